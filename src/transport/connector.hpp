// How a client gets a stream to a server and a server its streams from clients, whatever the bytes travel on.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "chronicle/error.hpp"
#include "transport/byte_stream.hpp"

namespace chronicle {

/// Where a server listens: a host name or an address without brackets, and a port.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;

  endpoint() = default;
  endpoint(std::string h, std::uint16_t p) : host(std::move(h)), port(p) {}
  auto operator<=>(endpoint const&) const = default;
};

/// Opens streams. Safe to use by several coroutines at once.
class connector {
 public:
  virtual ~connector() = default;

  /// A stream to `to` whose I/O runs on `executor`, ready for the first byte of a request (TLS handshake
  /// included). Waits as long as it takes: give it a deadline. A terminal cancellation ends it with
  /// `operation_aborted`.
  virtual asio::awaitable<result<std::unique_ptr<byte_stream>>> connect(endpoint to,
                                                                        asio::any_io_executor executor) = 0;
};

/// Accepts streams. Belongs to one executor; one `accept` at a time.
class listener {
 public:
  /// Closes.
  virtual ~listener() = default;

  /// The next stream, whose I/O runs on `executor`. `operation_aborted` when cancelled (terminal) or closed.
  /// Any other error concerns one client or a passing shortage; go on accepting.
  virtual asio::awaitable<result<std::unique_ptr<byte_stream>>> accept(asio::any_io_executor executor) = 0;

  /// Where clients find it; the port is the one in use, also when any was asked for.
  virtual endpoint local() const = 0;

  /// Ends the accept under way; further connects are refused.
  virtual void close() noexcept = 0;
};

}  // namespace chronicle
