// Best-effort messages between game servers, by which a contender asks the owner of a lease whether it lives.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "chronicle/error.hpp"

namespace chronicle {

namespace asio = boost::asio;

/// Hears what a topic has to say. Called on the executor of the coroutine that listens.
class bus_listener {
 public:
  virtual ~bus_listener() = default;
  /// A message. May come late, twice, or out of order.
  virtual void on_message(std::string payload) = 0;
  /// The subscription works from here on: what is published now will be heard.
  virtual void on_subscribed() = 0;
  /// The subscription broke, for this reason; the bus is connecting anew by itself.
  virtual void on_interrupted(error_code why) = 0;
};

/// Publish and subscribe, best effort: messages may be lost, delayed, duplicated. Safe to call from several
/// threads.
class message_bus {
 public:
  virtual ~message_bus() = default;

  /// Sends one message to whoever listens on `topic` now. Clear when the bus took it, which proves nothing
  /// about delivery. A terminal cancellation makes it return soon. Does not throw.
  virtual asio::awaitable<error_code> publish(std::string topic, std::string payload) = 0;

  /// Listens until cancelled (terminal), connecting anew with backoff whenever the subscription breaks and
  /// resuming where it left off if the bus can. Returns only when cancelled. Does not throw.
  virtual asio::awaitable<void> listen(std::string topic, std::shared_ptr<bus_listener> listener) = 0;
};

}  // namespace chronicle
