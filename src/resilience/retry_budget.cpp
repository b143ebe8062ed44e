#include "resilience/retry_budget.hpp"

#include "base/option_rules.hpp"

namespace chronicle {

std::string find_problem(retry_budget_options const& o) {
  using namespace std::chrono_literals;
  return first_broken({
      {o.ratio >= 0 && o.ratio <= 10, "ratio", "0 to 10"},
      {o.minimum_per_second >= 0 && o.minimum_per_second <= 1000, "minimum_per_second", "0 to 1000"},
      {o.window >= 1s && o.window <= 1h, "window", "1 s to 1 h"},
  });
}

retry_budget::retry_budget(retry_budget_options const& options)
    : options_(checked(options)), window_(options.window) {}

bool retry_budget::try_retry(time_point now) noexcept {
  if (balance(now) < 1) return false;
  window_.add(now, {0, 1});
  return true;
}

double retry_budget::balance(time_point now) const noexcept {
  auto const [first_attempts, repetitions] = window_.total(now);
  std::chrono::duration<double> const seconds = options_.window;
  return options_.minimum_per_second * seconds.count() +
         options_.ratio * static_cast<double>(first_attempts) - static_cast<double>(repetitions);
}

}  // namespace chronicle
