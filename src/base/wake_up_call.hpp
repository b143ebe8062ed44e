// One timer for many things that have their times: set when it has to be, not once for each of them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/waiting.hpp"

namespace chronicle {

/// Calls its owner when something may be due; used on one strand. A call that was ordered is made even when
/// what it was for has gone: that costs less than to set the timer anew each time.
class wake_up_call {
 public:
  /// Does what is due, and returns when it wants to be called next, if it does.
  using duty = std::function<std::optional<time_point>()>;

  /// `time` outlives it.
  wake_up_call(time_source& time, asio::any_io_executor strand, duty what)
      : time_(time), strand_(std::move(strand)), duty_(std::move(what)), alarm_(time) {}

  /// Orders a call at `at`, unless there is one before. Until then `owner`, of which this is a part and which
  /// has a `shared_from_this`, stays alive.
  template <class Owner>
  void order(time_point at, Owner& owner) {
    if (!running_) {
      next_ = at;
      spawn(std::shared_ptr<wake_up_call>(owner.shared_from_this(), this));
    } else if (at < next_) {
      next_ = at;
      alarm_.ring();
    }
  }

  /// No call any more, until one is ordered again.
  void cancel();

 private:
  void spawn(std::shared_ptr<wake_up_call> self);
  static asio::awaitable<void> run(std::shared_ptr<wake_up_call> self);

  time_source& time_;
  asio::any_io_executor strand_;
  duty duty_;
  alarm alarm_;
  time_point next_ = time_point::max();
  bool running_ = false;
};

}  // namespace chronicle
