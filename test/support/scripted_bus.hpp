// A message bus that does what a test tells it: drops messages to one server, drops everything, delivers
// late.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/waiting.hpp"
#include "chronicle/message_bus.hpp"

namespace chronicle::test {

class scripted_bus final : public message_bus {
 public:
  scripted_bus(std::shared_ptr<message_bus> inner, std::shared_ptr<time_source> time)
      : inner_(std::move(inner)), time_(std::move(time)) {}

  /// What is sent to this topic is lost.
  void deafen(std::string const& topic) { deaf_.insert(topic); }
  void hear_again(std::string const& topic) { deaf_.erase(topic); }
  /// Everything is lost, and sending fails.
  void cut() { cut_ = true; }
  void mend() { cut_ = false; }
  void set_delay(milliseconds each) { delay_ = each; }

  asio::awaitable<error_code> publish(std::string topic, std::string payload) override {
    if (cut_) co_return make_error_code(errc::messaging_unavailable);
    if (deaf_.contains(topic)) co_return error_code{};
    auto const executor = co_await asio::this_coro::executor;
    asio::co_spawn(executor, deliver(inner_, time_, delay_, std::move(topic), std::move(payload)),
                   asio::detached);
    co_return error_code{};
  }
  asio::awaitable<void> listen(std::string topic, std::shared_ptr<bus_listener> listener) override {
    return inner_->listen(std::move(topic), std::move(listener));
  }

 private:
  static asio::awaitable<void> deliver(std::shared_ptr<message_bus> inner, std::shared_ptr<time_source> time,
                                       milliseconds delay, std::string topic, std::string payload) {
    auto waiting = sleep_until(*time, time->now() + delay);
    if (delay > milliseconds{0}) co_await std::move(waiting);
    auto publishing = inner->publish(std::move(topic), std::move(payload));
    co_await std::move(publishing);
  }

  std::shared_ptr<message_bus> inner_;
  std::shared_ptr<time_source> time_;
  std::set<std::string> deaf_;
  bool cut_ = false;
  milliseconds delay_{0};
};

}  // namespace chronicle::test
