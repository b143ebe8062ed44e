#include "resilience/retry_budget.hpp"

#include "base/check_option.hpp"

namespace chronicle {

void validate(retry_budget_options const& o) {
  using namespace std::chrono_literals;
  check_option(o.ratio >= 0 && o.ratio <= 10, "retry_budget_options::ratio", "0 to 10");
  check_option(o.minimum_per_second >= 0 && o.minimum_per_second <= 1000,
               "retry_budget_options::minimum_per_second", "0 to 1000");
  check_option(o.window >= 1s && o.window <= 1h, "retry_budget_options::window", "1 s to 1 h");
}

retry_budget::retry_budget(retry_budget_options const& options)
    : options_((validate(options), options)), window_(options.window) {}

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
