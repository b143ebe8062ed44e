// One `listen` on a bus whose connections break: listens, and connects anew with backoff, until it is
// cancelled.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <memory>
#include <string>

#include "base/option_rules.hpp"
#include "chronicle/message_bus.hpp"
#include "chronicle/random_source.hpp"
#include "chronicle/time_source.hpp"
#include "resilience/backoff.hpp"

namespace chronicle {

/// The first broken rule about when a subscription counts as dead and how it comes back; empty when all hold.
template <class Options>
std::string find_subscription_problem(Options const& options) {
  using namespace std::chrono_literals;
  return first_broken({
      {options.silence_limit >= 1s && options.silence_limit <= 1h, "silence_limit", "1 s to 1 h"},
      {options.backoff_base >= 1ms && options.backoff_base <= 1min, "backoff_base", "1 ms to 1 min"},
      {options.backoff_cap >= options.backoff_base && options.backoff_cap <= 10min, "backoff_cap",
       "at least backoff_base and at most 10 min"},
  });
}

/// How the options of a bus space out its attempts to connect.
template <class Options>
retry_options make_pauses(Options const& options) {
  retry_options out;
  out.backoff_base = options.backoff_base;
  out.backoff_cap = options.backoff_cap;
  return out;
}

class subscription {
 public:
  subscription(time_source& time, random_source& random, retry_options const& pauses,
               std::shared_ptr<bus_listener> listener);
  virtual ~subscription() = default;
  subscription(subscription const&) = delete;
  subscription& operator=(subscription const&) = delete;

  asio::awaitable<void> run();

 protected:
  /// Listens on one connection until it breaks or the subscription is cancelled; says why.
  virtual asio::awaitable<error_code> listen_once() = 0;

  /// Also by the listener, while it is called.
  bool is_cancelled() const;
  void on_subscribed();
  void on_message(std::string payload) { listener_->on_message(std::move(payload)); }

 private:
  time_source& time_;
  std::shared_ptr<bus_listener> listener_;
  backoff backoff_;
  asio::cancellation_state cancellation_;
  bool interrupted_ = false;  // and the listener knows
};

}  // namespace chronicle
