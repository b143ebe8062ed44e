// Streams and a network in memory, so that client and server run without sockets and a simulator decides what
// becomes of every byte. Single-threaded: everything of one network runs on one thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "chronicle/time_source.hpp"
#include "transport/byte_stream.hpp"
#include "transport/connector.hpp"

namespace chronicle {

/// One direction of a connection, as its bytes experience it.
class wire {
 public:
  /// What becomes of the bytes of one write.
  struct fate {
    std::size_t taken = 0;         ///< this many of them travel as one piece; the rest is offered again
    boot_clock::duration delay{};  ///< they arrive this much later, never before what was sent earlier
    bool cut = false;              ///< once they have arrived the connection is reset, for both sides
  };
  virtual ~wire() = default;
  /// `bytes` is not empty. A `taken` of zero without `cut` counts as one.
  virtual fate carry(std::string_view bytes) = 0;
};

/// How a pair of streams is connected.
struct memory_link {
  std::size_t capacity = 64 * 1024;      ///< bytes under way in each direction before a writer has to wait
  std::shared_ptr<time_source> time;     ///< needed for delays
  boot_clock::duration connect_delay{};  ///< how long a connect takes; `memory_network` only
  std::shared_ptr<wire> to_server;       ///< none: bytes arrive at once
  std::shared_ptr<wire> to_client;
};

/// A stream that can also break.
class memory_stream : public byte_stream {
 public:
  /// Resets the connection as a crashed machine does: both sides fail with `connection_reset`.
  virtual void reset() noexcept = 0;
};

/// The client's and the server's end of one connection. As with TCP, bytes written to a peer that has closed
/// are accepted once, lost, and answered by a reset.
std::pair<std::unique_ptr<memory_stream>, std::unique_ptr<memory_stream>> make_memory_streams(
    asio::any_io_executor client, asio::any_io_executor server, memory_link link = {});

/// Listeners by endpoint and a connector that finds them.
class memory_network final : public connector {
 public:
  /// Decides how a new connection to an endpoint is linked; an error refuses it.
  using link_maker = std::function<result<memory_link>(endpoint const&)>;

  explicit memory_network(link_maker make_link = {});
  ~memory_network() override;

  /// `address_in_use` when somebody listens there already. Port 0 takes a free one. The streams it accepts
  /// run on `executor` whatever `accept` is told: with one thread it makes no difference.
  result<std::unique_ptr<listener>> listen(endpoint at, asio::any_io_executor executor);

  /// `connection_refused` where nobody listens.
  asio::awaitable<result<std::unique_ptr<byte_stream>>> connect(endpoint to,
                                                                asio::any_io_executor executor) override;

 private:
  class state;
  std::shared_ptr<state> state_;
};

}  // namespace chronicle
