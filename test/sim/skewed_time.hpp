// The clocks of one simulated server: a monotonic clock that runs a little too fast or slow and a wall clock
// that is wrong, both over the one time of the world.
#pragma once

#include <memory>
#include <utility>

#include "chronicle/time_source.hpp"

namespace chronicle::sim {

/// How wrong the clocks of a server are.
struct clock_error {
  milliseconds wall_offset{0};
  std::int64_t rate = 0;  ///< in 1/100 %: 100 runs 1 % fast
  time_point started{};   ///< the clock's zero, in the world's time
};

class skewed_time final : public time_source {
 public:
  skewed_time(std::shared_ptr<time_source> world, clock_error error)
      : world_(std::move(world)), error_(error) {}

  time_point now() const noexcept override { return to_local(world_->now()); }
  wall_time_point wall_now() const noexcept override {
    auto const drifted = now().time_since_epoch() - (world_->now() - error_.started);
    return world_->wall_now() + error_.wall_offset + std::chrono::floor<milliseconds>(drifted);
  }
  void wait_until(time_point deadline, asio::any_io_executor executor,
                  asio::any_completion_handler<void(error_code)> handler) override {
    world_->wait_until(to_world(deadline), std::move(executor), std::move(handler));
  }

 private:
  static constexpr std::int64_t unit = 10'000;

  time_point to_local(time_point world) const noexcept {
    auto const passed = (world - error_.started).count();
    return time_point(
        boot_clock::duration(passed + passed / unit * error_.rate + passed % unit * error_.rate / unit));
  }
  // The first moment at which the local clock shows at least `local`.
  time_point to_world(time_point local) const noexcept {
    if (local == time_point::max()) return local;
    auto const shown = local.time_since_epoch().count();
    auto const passed =
        shown / (unit + error_.rate) * unit + shown % (unit + error_.rate) * unit / (unit + error_.rate);
    time_point world = error_.started + boot_clock::duration(passed);
    while (to_local(world) < local) world += boot_clock::duration(1);
    return world;
  }

  std::shared_ptr<time_source> world_;
  clock_error error_;
};

}  // namespace chronicle::sim
