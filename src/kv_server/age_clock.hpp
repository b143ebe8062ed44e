// How old a record is, by one clock that neither steps with the calendar nor stops with a restart of the
// server.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "chronicle/time_source.hpp"

namespace chronicle::kv {

/// When something was written.
struct write_stamp {
  wall_time_point calendar;  ///< for people
  std::int64_t boot = 0;     ///< during which boot of the machine
  milliseconds uptime{0};    ///< on that boot's monotonic clock
};

/// Ages must never be overstated: a contender takes over a lease whose record is old enough. Hence the
/// calendar, which administrators and NTP step, does not count. Within one boot of the machine the age is
/// exact, across restarts of the server too; what was written during an earlier boot, or is in a backup,
/// counts from when this boot was first seen or the backup restored.
class age_clock {
 public:
  age_clock(std::shared_ptr<time_source> time, std::int64_t boot, milliseconds first_seen)
      : time_(std::move(time)), boot_(boot), first_seen_(first_seen) {}

  /// The time of the boot's clock to write down; rounded up, so that ages round down.
  static milliseconds uptime(time_source const& time) {
    return std::chrono::ceil<milliseconds>(time.now().time_since_epoch());
  }

  write_stamp stamp() const {
    write_stamp s;
    s.calendar = time_->wall_now();
    s.boot = boot_;
    s.uptime = uptime(*time_);
    return s;
  }

  milliseconds age(write_stamp const& written) const {
    milliseconds const since = written.boot == boot_ ? written.uptime : first_seen_;
    auto const now = std::chrono::floor<milliseconds>(time_->now().time_since_epoch());
    return std::max(milliseconds{0}, now - since);
  }

  wall_time_point calendar() const { return time_->wall_now(); }

 private:
  std::shared_ptr<time_source> time_;
  std::int64_t boot_;
  milliseconds first_seen_;
};

}  // namespace chronicle::kv
