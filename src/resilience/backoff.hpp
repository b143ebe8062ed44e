// How long to wait before trying again: exponential backoff with full jitter, `Retry-After` and a deadline.
#pragma once

#include <optional>

#include "chronicle/random_source.hpp"
#include "chronicle/store_options.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

/// The waits of one operation: before repetition n = 0, 1, 2 ... a random time in [0, min(cap, base * 2^n))
/// (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), with `backoff_base` and
/// `backoff_cap`; exactly that ceiling when `jitter` is off.
class backoff {
 public:
  /// The options must be in their ranges (`find_problem`); `random` must outlive this.
  backoff(retry_options const& options, random_source& random)
      : base_(options.backoff_base), cap_(options.backoff_cap), random_(options.jitter ? &random : nullptr) {}

  /// When to try again after another failure at `now`, or nothing if that would not be before `deadline`:
  /// then stop now.
  ///
  /// `retry_after` is the least the backend asked to wait. The jitter is added to it, for all who were told
  /// the same would return at the same moment otherwise.
  std::optional<time_point> next(time_point now, time_point deadline,
                                 std::optional<milliseconds> retry_after = std::nullopt);

  /// Waits asked for since the start or the last reset.
  unsigned attempts() const noexcept { return attempts_; }
  /// Starts anew with the shortest wait, after a success.
  void reset() noexcept { attempts_ = 0; }

 private:
  boot_clock::duration ceiling() const noexcept;

  boot_clock::duration base_;
  boot_clock::duration cap_;
  random_source* random_;
  unsigned attempts_ = 0;
};

}  // namespace chronicle
