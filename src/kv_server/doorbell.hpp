// Lets any thread wake one coroutine that waits on a strand of its own.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/waiting.hpp"

namespace chronicle::kv {

class doorbell : public std::enable_shared_from_this<doorbell> {
 public:
  doorbell(asio::any_io_executor strand, std::shared_ptr<time_source> time)
      : strand_(std::move(strand)), time_(std::move(time)), alarm_(*time_) {}

  /// Ends the wait, or the next one if nobody waits now. Any thread.
  void ring();

  /// On the strand, one coroutine at a time. Returns at `deadline` at the latest; not cancellable, ring
  /// instead.
  asio::awaitable<void> wait_until(time_point deadline) { return alarm_.sleep_until(deadline); }

 private:
  asio::any_io_executor strand_;
  std::shared_ptr<time_source> time_;
  alarm alarm_;
  std::atomic<bool> ringing_ = false;
};

}  // namespace chronicle::kv
