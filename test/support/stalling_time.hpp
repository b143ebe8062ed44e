// The clocks of a process that stands still for a while, wherever a test wants it.
#pragma once

#include <memory>
#include <utility>

#include "chronicle/time_source.hpp"

namespace chronicle::test {

/// Another source's time, until the process stalls between a reading of a clock and whatever it does next.
class stalling_time final : public time_source {
 public:
  explicit stalling_time(std::shared_ptr<time_source> inner) : inner_(std::move(inner)) {}

  /// After the clocks have been read `readings` times from now on.
  void stall_after(unsigned readings, boot_clock::duration how_long) {
    readings_ = readings;
    stall_ = how_long;
  }

  time_point now() const noexcept override { return stand_still(inner_->now() + lost_); }
  wall_time_point wall_now() const noexcept override {
    return stand_still(inner_->wall_now() + std::chrono::floor<milliseconds>(lost_));
  }
  void wait_until(time_point deadline, asio::any_io_executor executor,
                  asio::any_completion_handler<void(error_code)> handler) override {
    inner_->wait_until(deadline - lost_, std::move(executor), std::move(handler));
  }

 private:
  template <class T>
  T stand_still(T shown) const noexcept {
    if (readings_ > 0 && --readings_ == 0) lost_ += std::exchange(stall_, boot_clock::duration(0));
    return shown;
  }

  std::shared_ptr<time_source> inner_;
  mutable unsigned readings_ = 0;
  mutable boot_clock::duration stall_{0};
  mutable boot_clock::duration lost_{0};
};

}  // namespace chronicle::test
