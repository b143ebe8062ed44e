// A bus over scripted servers, and somebody who listens on it.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "diary.hpp"
#include "support/http_world.hpp"
#include "support/teardown.hpp"

namespace chronicle::test {

/// `World` has the servers. Whoever still listens at the end of a test is cancelled.
template <class World>
struct bus_world : World {
  std::shared_ptr<message_bus> bus;
  std::shared_ptr<diary> heard = std::make_shared<diary>(World::shared_time());
  asio::cancellation_signal cancel;
  bool ended = false;

  virtual ~bus_world() { stop_listening(); }

  virtual std::shared_ptr<message_bus> make_bus() = 0;
  message_bus& open_bus() {
    if (!bus) bus = make_bus();
    return *bus;
  }

  void listen() {
    asio::co_spawn(World::executor(), open_bus().listen("servers/a", heard),
                   asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr thrown) {
                     BOOST_TEST(!thrown);
                     ended = true;
                   }));
  }
  void stop_listening() {
    cancel.emit(asio::cancellation_type::terminal);
    World::run_for(std::chrono::milliseconds(1));
  }

  /// The server says `begun`, and the listener has enough of it.
  void check_that_a_listener_may_end_it(scripted_reply begun) {
    heard->whenever_something_happens = [this] { cancel.emit(asio::cancellation_type::terminal); };
    World::server->reply(std::move(begun));
    listen();
    World::run_for(std::chrono::seconds(1));
    BOOST_TEST(ended);
    BOOST_TEST(heard->lines.size() == 1u);
  }

  /// The server says `begun`, and a second later the bus is destroyed.
  void check_that_listening_outlives_the_bus(scripted_reply begun) {
    World::server->reply(std::move(begun));
    listen();
    World::run_for(std::chrono::seconds(1));
    bus.reset();
    World::run_for(std::chrono::seconds(20));
    BOOST_TEST(!ended);
    stop_listening();
    BOOST_TEST(ended);
  }
};

/// Ends a program at every event of a subscription to which a server says `answer`, and that its listener
/// ends when it is interrupted.
inline void tear_down_a_subscription(
    scripted_reply const& answer,
    std::function<std::shared_ptr<message_bus>(virtual_context&, http_peers&)> const& make_bus) {
  auto const events = tear_down_at_every_event([&](virtual_context& world) -> std::shared_ptr<void> {
    auto const at = std::make_shared<http_peers>(world);
    at->server->reply(answer);
    auto const bus = make_bus(world, *at);
    auto const cancel = std::make_shared<asio::cancellation_signal>();
    auto const heard = std::make_shared<diary>(world.shared_time());
    heard->whenever_something_happens = [cancel, times = 0]() mutable {
      if (++times == 3) cancel->emit(asio::cancellation_type::terminal);
    };
    asio::co_spawn(world.executor(), bus->listen("t", heard),
                   asio::bind_cancellation_slot(cancel->slot(), [cancel](std::exception_ptr) {}));
    return std::make_shared<std::pair<std::shared_ptr<http_peers>, std::shared_ptr<message_bus>>>(at, bus);
  });
  BOOST_TEST(events > 10u);
}

}  // namespace chronicle::test
