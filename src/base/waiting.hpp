// How coroutines wait: for a time and for an event.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "chronicle/time_source.hpp"

namespace chronicle {

/// Completes at `deadline`; with `operation_aborted` when cancelled. As an operation it takes any token.
/// `wake`, if connected, cancels it in place of the token's own slot (Boost 1.81 cannot bind a slot to
/// `deferred`).
template <class Token = asio::deferred_t>
auto async_wait_until(time_source& time, time_point deadline, asio::any_io_executor executor,
                      Token&& token = {}, asio::cancellation_slot wake = {}) {
  return asio::async_initiate<Token, void(error_code)>(
      [&time, deadline, executor, wake](asio::any_completion_handler<void(error_code)> handler) {
        if (wake.is_connected()) {
          time.wait_until(deadline, executor, asio::bind_cancellation_slot(wake, std::move(handler)));
        } else {
          time.wait_until(deadline, executor, std::move(handler));
        }
      },
      token);
}

/// Whether a coroutine (`co_await asio::this_coro::cancellation_state`) has been cancelled and goes on all
/// the same, because it switched off `throw_if_cancelled`. Asio does not cancel what such a coroutine starts;
/// the waits below do not let that pass. A coroutine that cleans up resets its cancellation state first.
inline bool is_cancelled(asio::cancellation_state const& state) noexcept {
  return state.cancelled() != asio::cancellation_type::none;
}

/// Suspends until `deadline`. `operation_aborted` when the coroutine is cancelled meanwhile, or has been
/// cancelled before.
asio::awaitable<error_code> sleep_until(time_source& time, time_point deadline);

/// What coroutines of one strand wait on for something to have changed. Waiting ends for everybody at
/// `notify_all`; the reason has to be looked up by the waiter, in a loop. Owned by the execution context in
/// the sense that matters: a context that goes away destroys the waiting coroutines.
class event {
 public:
  explicit event(asio::any_io_executor executor) : never_(std::move(executor), time_point::max()) {}

  asio::any_io_executor get_executor() { return never_.get_executor(); }

  /// Wakes everybody who waits now.
  void notify_all() { never_.cancel(); }

  /// Suspends until the next `notify_all` or until the coroutine is cancelled, which does not throw here.
  /// False when the coroutine was cancelled.
  asio::awaitable<bool> wait();

  /// Calls `handler(error_code)` after the next `notify_all` or when its slot is cancelled.
  template <class Handler>
  void async_wait(Handler handler) {
    never_.async_wait(std::move(handler));
  }

 private:
  // Of the clock that all other timers have: the first timer of a clock costs a system call, always.
  asio::basic_waitable_timer<boot_clock> never_;
};

/// An alarm clock for one coroutine: it sleeps until a time or until somebody rings. A ring while nobody
/// sleeps is remembered.
class alarm {
 public:
  explicit alarm(time_source& time) : time_(time) {}
  alarm(alarm const&) = delete;
  alarm& operator=(alarm const&) = delete;

  /// Wakes the sleeper. On the sleeper's strand only.
  void ring() {
    rung_ = true;
    if (sleeping_) wake_.emit(asio::cancellation_type::terminal);
  }

  /// Suspends until `deadline` or `ring`. At most one coroutine at a time; cancelling it has no effect, ring
  /// instead.
  asio::awaitable<void> sleep_until(time_point deadline);

 private:
  time_source& time_;
  asio::cancellation_signal wake_;
  bool rung_ = false;
  bool sleeping_ = false;
};

}  // namespace chronicle
