// How long to wait before trying again: exponential backoff with full jitter, `Retry-After` and a deadline.
#pragma once

#include <chrono>
#include <optional>

#include "chronicle/random_source.hpp"
#include "chronicle/retry_options.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

/// The waits of one operation. Throws std::invalid_argument for options out of range, nothing else.
class backoff {
 public:
  /// `random` must outlive it.
  backoff(backoff_options const& options, random_source& random);

  /// When to try again after another failure at `now`, or nothing if that would not be before `deadline`:
  /// then stop now.
  ///
  /// `retry_after` is the least the backend asked to wait. The jitter is added to it, for all who were told
  /// the same would return at the same moment otherwise.
  std::optional<time_point> next(time_point now, time_point deadline,
                                 std::optional<std::chrono::milliseconds> retry_after = std::nullopt);

  /// Waits asked for since the start or the last reset.
  unsigned attempts() const noexcept { return attempts_; }
  /// Starts anew with the shortest wait, after a success.
  void reset() noexcept { attempts_ = 0; }

 private:
  boot_clock::duration ceiling() const noexcept;

  backoff_options options_;
  random_source* random_;
  unsigned attempts_ = 0;
};

}  // namespace chronicle
