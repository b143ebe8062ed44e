// An HTTP/1.1 client for one server: a pool of kept-alive connections, bounded in number, time and memory,
// that never sends a request twice which the server may have carried out.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "chronicle/time_source.hpp"
#include "transport/connector.hpp"
#include "transport/http_message.hpp"
#include "transport/url.hpp"

namespace chronicle {

struct http_client_options {
  url server;
  http_headers headers;  ///< sent with every request, such as `Authorization`
  milliseconds connect_timeout = std::chrono::seconds{3};   ///< look-up, TCP and TLS together
  milliseconds request_timeout = std::chrono::seconds{10};  ///< from the call to the last byte of the answer
  milliseconds idle_timeout = std::chrono::seconds{30};  ///< an unused connection is closed after this long
  std::size_t max_connections = 64;  ///< of a strand; others wait their turn, streams do not count
  std::size_t max_response_bytes = 16 * 1024 * 1024;  ///< larger bodies are refused, announced or not
  std::size_t max_header_bytes = 64 * 1024;

  http_client_options() = default;
};

/// An answer whose body comes in pieces, for as long as the server likes. Its connection is its own. One read
/// at a time.
class http_stream {
 public:
  virtual ~http_stream() = default;
  /// More of the body, an empty string at its end; `errc::timeout` when nothing has come by `deadline`. After
  /// an error or a cancellation (terminal) the stream is good for nothing.
  virtual asio::awaitable<result<std::string>> read_some(time_point deadline) = 0;
};

/// What became of the request for a stream: as `http_outcome`, the body apart.
struct http_stream_outcome : http_outcome {
  std::shared_ptr<http_stream> stream;

  http_stream_outcome() = default;
  http_stream_outcome(error_code e, bool s) : http_outcome(e, s) {}
};

/// Operations may be called from several threads at once; they do not throw. What is called on a strand is
/// carried out there, over connections that are this strand's own; all else runs on a strand of `executor`.
/// The context of `executor` has to outlive the client; strands of other contexts count as all else.
/// Destroying the client ends the operations under way with `operation_aborted`.
class http_client {
 public:
  http_client(asio::any_io_executor executor, std::shared_ptr<time_source> time,
              std::shared_ptr<connector> connecting, http_client_options options);
  ~http_client();
  http_client(http_client const&) = delete;
  http_client& operator=(http_client const&) = delete;

  /// Sends a request and reads the answer. It is sent once, with two exceptions that cannot repeat its
  /// effect: when a kept-alive connection turns out dead before it took a byte, and, for a repeatable
  /// request, before it gave one.
  ///
  /// Errors: `errc::backend_unavailable` when no connection could be had in time, `errc::timeout` when the
  /// answer did not come in time, `errc::response_too_large`, `errc::protocol_error`, `asio::error::eof` and
  /// the system's own. A terminal cancellation ends it soon with `operation_aborted`; its connection is
  /// dropped when the request was begun.
  asio::awaitable<http_outcome> send(http_request request);

  /// Sends a request and reads the head of the answer, whatever its status.
  asio::awaitable<http_stream_outcome> open_stream(http_request request);

  /// Ends the operations under way and closes all connections; later operations fail with
  /// `operation_aborted`. Returns when nothing runs any more.
  asio::awaitable<void> close();

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace chronicle
