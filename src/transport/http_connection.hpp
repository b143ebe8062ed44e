// One HTTP/1.1 connection: a request, its answer, and perhaps the next. Knows nothing of pools, retries or
// time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "transport/byte_stream.hpp"
#include "transport/http_message.hpp"

namespace chronicle {

struct http_limits {
  std::size_t header_bytes = 64 * 1024;
  std::size_t body_bytes = 16 * 1024 * 1024;
};

/// How far an exchange got. Kept outside of it, so that it is known however the exchange ends.
struct http_progress {
  bool sent = false;      ///< the stream took bytes of the request
  bool answered = false;  ///< bytes of an answer came
};

/// Coroutines run on the stream's executor, one at a time. A terminal cancellation ends them with
/// `operation_aborted`; the connection is good for nothing then, as after any other error.
class http_connection {
 public:
  /// `server` is what all requests begin with: the base path, the `Host` header and further headers, none of
  /// which a request may bring as well.
  struct server_facts {
    std::string base_path;
    std::string host;
    http_headers headers;
  };

  http_connection(std::unique_ptr<byte_stream> stream, server_facts const& server, http_limits limits);
  ~http_connection();

  /// Sends a request and reads the whole answer. Fails with `errc::response_too_large` or
  /// `errc::protocol_error` for an answer that is not acceptable, `asio::error::eof` for one that ends too
  /// early or never comes, or as the stream does.
  asio::awaitable<result<http_response>> exchange(http_request const& request, http_progress& progress);

  /// The same, but returns when the head of the answer is there; its body is read with `read_some`.
  asio::awaitable<result<http_response>> begin(http_request const& request, http_progress& progress);

  /// More of the body of the answer to `begin`; an empty string at its end.
  asio::awaitable<result<std::string>> read_some();

  /// Whether an exchange has been completed on it and the server has not announced its end, nor sent anything
  /// beyond its answer so far: it is worth keeping.
  bool is_kept_alive() const;
  /// Whether it may be used for another exchange now: the server has not carried out its end meanwhile, nor
  /// sent anything. Asks the system.
  bool is_reusable();
  bool was_used() const noexcept;

  /// Closes it: what is under way on it fails.
  void abort() noexcept;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace chronicle
