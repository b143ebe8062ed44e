// Operations that have a deadline. All those of one strand share one timer, which is set when it has to be
// and not once for each of them: most operations end in time, and then cost no system call.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/intrusive/set.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "base/waiting.hpp"
#include "base/wake_up_call.hpp"

namespace chronicle {

/// An operation under way: by its deadline in `deadlines`, unless it has expired.
class timed_operation
    : public boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  explicit timed_operation(time_point at) : deadline_(at) {}

  time_point deadline() const noexcept { return deadline_; }
  bool expired() const noexcept { return expired_; }
  void expire() {
    expired_ = true;
    stop();
  }

  friend bool operator<(timed_operation const& a, timed_operation const& b) noexcept {
    return a.deadline_ < b.deadline_;
  }

 protected:
  ~timed_operation() = default;

 private:
  /// Makes the operation end soon.
  virtual void stop() = 0;

  time_point deadline_;
  bool expired_ = false;
};

/// One that obeys a signal.
class cancelled_operation final : public timed_operation {
 public:
  /// `cancel` outlives it.
  cancelled_operation(time_point at, asio::cancellation_signal& cancel)
      : timed_operation(at), cancel_(cancel) {}

 private:
  void stop() override { cancel_.emit(asio::cancellation_type::terminal); }

  asio::cancellation_signal& cancel_;
};

/// The deadlines of the operations under way on one strand; used on that strand only.
class deadlines : public std::enable_shared_from_this<deadlines> {
 public:
  deadlines(std::shared_ptr<time_source> time, asio::any_io_executor strand)
      : time_(std::move(time)),
        call_(*time_, std::move(strand), [this] { return expire_due(time_->now()); }) {}

  void add(timed_operation& operation);
  void remove(timed_operation& operation);

  /// All operations under way expire now.
  void expire_all() { expire_due(time_point::max()); }

  /// The timer is not kept for operations to come. Those under way, and later ones, keep their deadlines.
  void close();

 private:
  // Returns when the next one is due.
  std::optional<time_point> expire_due(time_point now);

  std::shared_ptr<time_source> time_;
  boost::intrusive::multiset<timed_operation, boost::intrusive::constant_time_size<false>> all_;
  wake_up_call call_;
  bool closed_ = false;
};

/// What became of an operation that had a deadline.
template <class T>
struct timed_result {
  T value;               ///< what the operation returned, even when it was cut short
  bool expired = false;  ///< the deadline came first; the operation was cancelled and has finished
  std::exception_ptr thrown;

  timed_result(T v, bool e, std::exception_ptr x) : value(std::move(v)), expired(e), thrown(std::move(x)) {}
};

/// Runs `operation` in a coroutine of its own and cancels it (terminal) at `deadline` or when the calling
/// coroutine is cancelled (at once if it has been cancelled before). Returns when the operation has finished
/// either way. Does not throw for either. The calling coroutine runs on the strand of `watched_by`, which
/// outlives it.
template <class T>
asio::awaitable<timed_result<T>> with_deadline(deadlines& watched_by, time_point deadline,
                                               asio::awaitable<T> operation) {
  auto const executor = co_await asio::this_coro::executor;
  auto const state = co_await asio::this_coro::cancellation_state;
  asio::cancellation_signal cancel;
  cancelled_operation mine(deadline, cancel);
  auto run = asio::async_initiate<asio::as_tuple_t<asio::deferred_t> const, void(std::exception_ptr, T)>(
      [&](auto handler, asio::awaitable<T> what) {
        auto outer = asio::get_associated_cancellation_slot(handler);
        if (outer.is_connected())
          outer.assign(
              [&cancel](asio::cancellation_type) { cancel.emit(asio::cancellation_type::terminal); });
        asio::co_spawn(executor, std::move(what),
                       asio::bind_cancellation_slot(cancel.slot(), std::move(handler)));
        watched_by.add(mine);
        if (is_cancelled(state)) cancel.emit(asio::cancellation_type::terminal);
      },
      asio::as_tuple(asio::deferred), std::move(operation));
  auto [thrown, value] = co_await std::move(run);
  state.slot().clear();
  watched_by.remove(mine);
  co_return timed_result<T>(std::move(value), mine.expired(), std::move(thrown));
}

}  // namespace chronicle
