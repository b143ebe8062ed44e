#include "backend/subscription.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/waiting.hpp"

namespace chronicle {

subscription::subscription(time_source& time, random_source& random, retry_options const& pauses,
                           std::shared_ptr<bus_listener> listener)
    : time_(time), listener_(std::move(listener)), backoff_(pauses, random) {}

asio::awaitable<void> subscription::run() {
  cancellation_ = co_await asio::this_coro::cancellation_state;
  while (!is_cancelled()) {
    auto listening = listen_once();
    auto const why = co_await std::move(listening);
    if (is_cancelled()) co_return;
    if (!std::exchange(interrupted_, true)) listener_->on_interrupted(why);
    if (is_cancelled()) co_return;
    auto const now = time_.now();
    auto pausing = sleep_until(time_, backoff_.next(now, time_point::max()).value_or(now));
    co_await std::move(pausing);
  }
}

bool subscription::is_cancelled() const {
  return chronicle::is_cancelled(cancellation_);
}

void subscription::on_subscribed() {
  backoff_.reset();
  interrupted_ = false;
  listener_->on_subscribed();
}

}  // namespace chronicle
