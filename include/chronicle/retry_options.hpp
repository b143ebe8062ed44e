// How requests that failed are repeated: how long to wait in between, and how many repetitions the backend
// has to bear.
#pragma once

#include <chrono>

namespace chronicle {

/// Exponential backoff with full jitter: before repetition n = 0, 1, 2 ... wait a random time in
/// [0, min(cap, base * 2^n)) (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
struct backoff_options {
  /// Upper end of the first wait. 1 ms to 1 h.
  std::chrono::milliseconds base{100};
  /// No wait is longer, unless the backend asks for it (`Retry-After`). `base` to 1 day.
  std::chrono::milliseconds cap{5'000};
};

/// How many repetitions are allowed in proportion to first attempts, so that a backend on its way back meets
/// little more than its usual load. The same idea and numbers of the same order as Finagle's RetryBudget (20
/// %, at least 10 a second, 10 s) and Envoy's retry_budget (20 %).
struct retry_budget_options {
  /// Repetitions per first attempt, over `window`. 0 to 10.
  double ratio = 0.2;
  /// Repetitions that are allowed however few first attempts there are, per second, averaged over `window`: a
  /// burst of `window` times this is possible. 0 to 1000.
  double minimum_per_second = 2.0;
  /// How far back attempts count, to within a sixtieth. 1 s to 1 h.
  std::chrono::milliseconds window{10'000};
};

/// Throw std::invalid_argument, which names the option, unless every option is in its range.
void validate(backoff_options const& options);
void validate(retry_budget_options const& options);

}  // namespace chronicle
