// Bounds repetitions to a share of first attempts, so that failures do not multiply the load that caused
// them.
#pragma once

#include "chronicle/retry_budget.hpp"
#include "resilience/sliding_window.hpp"

namespace chronicle {

/// Not safe for several threads. Times must not go back.
class retry_budget {
 public:
  /// Throws std::invalid_argument for options out of range.
  explicit retry_budget(retry_budget_options const& options = {});

  /// An operation sends its first request.
  void on_first_attempt(time_point now) noexcept { window_.add(now, {1, 0}); }
  /// Asks for leave to send a request again. When refused, fail the operation or wait; do not send.
  bool try_retry(time_point now) noexcept;
  /// Repetitions that would be allowed right now.
  double balance(time_point now) const noexcept;

 private:
  retry_budget_options options_;
  sliding_window window_;  // first: first attempts, second: repetitions
};

}  // namespace chronicle
