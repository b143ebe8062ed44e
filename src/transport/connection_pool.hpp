// The connections of an HTTP client: how many there may be, which may be used again, and for how long. Lives
// on one strand.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "base/deadlines.hpp"
#include "base/launch.hpp"
#include "base/wake_up_call.hpp"
#include "transport/connector.hpp"
#include "transport/http_connection.hpp"

namespace chronicle {

class connection_pool : public std::enable_shared_from_this<connection_pool> {
 public:
  struct settings {
    endpoint server;
    http_connection::server_facts facts;
    http_limits limits;
    milliseconds connect_timeout{};
    milliseconds idle_timeout{};
    std::size_t max_connections = 1;
  };

  /// The right to use one connection. Handed on to the next in line when it goes.
  class permit {
   public:
    permit() = default;
    explicit permit(std::shared_ptr<connection_pool> pool) : pool_(std::move(pool)) {}
    permit(permit&&) = default;
    permit& operator=(permit&&) = delete;
    ~permit() {
      if (pool_) pool_->release();
    }

   private:
    std::shared_ptr<connection_pool> pool_;
  };

  connection_pool(strand_type strand, std::shared_ptr<time_source> time, std::shared_ptr<deadlines> time_outs,
                  std::shared_ptr<connector> connecting, settings s);

  /// Somebody who waits in line for a permit; the place is free again when it is destroyed.
  class place_in_line {
   public:
    explicit place_in_line(connection_pool& pool);
    ~place_in_line();
    place_in_line(place_in_line const&) = delete;
    place_in_line& operator=(place_in_line const&) = delete;

    /// For a permit; `operation_aborted` after `leave` or a cancellation (terminal).
    asio::awaitable<result<permit>> wait();
    /// Ends the waiting.
    void leave();

   private:
    friend class connection_pool;
    void call();

    connection_pool& pool_;
    event called_;
    std::list<place_in_line*>::iterator place_;
    bool granted_ = false;
    bool left_ = false;
  };

  /// One of the `max_connections` permits, if one is free; otherwise there is a line.
  std::optional<permit> try_acquire();

  /// For the holder of a permit: the kept-alive connection used last; nothing when there is none.
  std::unique_ptr<http_connection> take_idle();
  /// Gives up the kept connections: where one went stale the others did too.
  void drop_idle() { idle_.clear(); }

  /// A new connection; `errc::backend_unavailable` when that takes too long, or until `deadline`. Cancellable
  /// (terminal).
  asio::awaitable<result<std::unique_ptr<http_connection>>> connect(time_point deadline);

  /// Keeps a connection for the next request if it can be used again.
  void give_back(std::unique_ptr<http_connection> connection);

  /// Closes the connections that nobody uses, now and from now on; no timer stays behind.
  void close();

 private:
  struct idle_connection {
    std::unique_ptr<http_connection> connection;
    time_point since;
  };

  void release();
  // Returns when the next one will have been idle for too long.
  std::optional<time_point> expire_idle();

  strand_type strand_;
  std::shared_ptr<time_source> time_;
  std::shared_ptr<deadlines> time_outs_;
  std::shared_ptr<connector> connector_;
  settings settings_;
  wake_up_call expiry_;
  std::deque<idle_connection> idle_;  // used longest ago first
  std::list<place_in_line*> line_;
  std::size_t permits_out_ = 0;
  bool closed_ = false;
};

}  // namespace chronicle
