// How many repetitions of failed requests the backend has to bear.
#pragma once

#include <chrono>
#include <string>

namespace chronicle {

/// Repetitions allowed in proportion to first attempts, so that a backend on its way back meets little more
/// than its usual load. The idea of Finagle's RetryBudget (20 % and at least 10 a second, over 10 s) and of
/// Envoy's retry_budget (20 %); the minimum is lower here because a fleet has many servers.
struct retry_budget_options {
  /// Repetitions per first attempt, over `window`. 0 to 10.
  double ratio = 0.2;
  /// Repetitions that are allowed however few first attempts there are, per second, averaged over `window`: a
  /// burst of `window` times this is possible. 0 to 1000.
  double minimum_per_second = 2.0;
  /// How far back attempts count, to within a sixtieth. 1 s to 1 h.
  std::chrono::milliseconds window{10'000};

  retry_budget_options() = default;
};

/// The first option out of range, as "member: must be ..."; empty when all is well.
std::string find_problem(retry_budget_options const& options);

}  // namespace chronicle
