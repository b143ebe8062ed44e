// Where the backend and the bus of a simulated world are, and the way to them. There are two: at the
// interface of a backend (network.hpp), and through the HTTP client and chronicle-kv over bytes
// (http_cloud.hpp).
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "chronicle/backend.hpp"
#include "chronicle/message_bus.hpp"
#include "chronicle/time_source.hpp"
#include "sim/chance.hpp"

namespace chronicle::sim {

/// A server as the network sees it.
struct host {
  std::size_t number = 0;
  time_point backend_cut_until{};
  time_point bus_cut_until{};
  /// Called once, while the next write of this server is under way: trouble comes when it hurts most.
  std::function<void()> ambush;
};

/// The event loop of one process.
class event_loop : public asio::io_context {
 public:
  using asio::io_context::io_context;
  /// Destroys whatever is suspended on it, as when the process is killed; it runs no more.
  void fall_silent() { shutdown(); }
};

class cloud {
 public:
  virtual ~cloud() = default;

  /// The backend and the bus as seen from one server, whose event loop is behind `executor`.
  virtual std::shared_ptr<backend> connect_backend(std::shared_ptr<host> from, asio::any_io_executor executor,
                                                   std::shared_ptr<time_source> time) = 0;
  virtual std::shared_ptr<message_bus> connect_bus(std::shared_ptr<host> from, asio::any_io_executor executor,
                                                   std::shared_ptr<time_source> time) = 0;

  /// The chances of what goes on between the servers and here.
  virtual chance& draws() = 0;

  virtual void begin_slowness(time_point until, int factor) = 0;
  /// Until then nobody gets an answer; or everybody a refusal.
  virtual void begin_outage(time_point until, bool refuses) = 0;
  virtual void begin_bus_outage(time_point until) = 0;
  virtual void heal() = 0;

  /// Whether it has event loops of its own: then any loop may rouse any other.
  virtual bool has_loops() const = 0;
  /// Runs what is ready there; how much that was.
  virtual std::size_t poll() = 0;
  /// Takes what is left of a server.
  virtual void bury(std::unique_ptr<event_loop> dead) = 0;
};

}  // namespace chronicle::sim
