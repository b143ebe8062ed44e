#include "resilience/backoff.hpp"

#include <algorithm>

#include "base/check_option.hpp"

namespace chronicle {

void validate(backoff_options const& o) {
  using namespace std::chrono_literals;
  check_option(o.base >= 1ms && o.base <= 1h, "backoff_options::base", "1 ms to 1 h");
  check_option(o.cap >= o.base && o.cap <= 24h, "backoff_options::cap", "base to 1 day");
}

backoff::backoff(backoff_options const& options, random_source& random)
    : options_(options), random_(&random) {
  validate(options);
}

boot_clock::duration backoff::ceiling() const noexcept {
  // By doubling in a loop that ends at the cap, as 2^n leaves every integer type.
  boot_clock::duration ceiling = options_.base;
  for (unsigned n = 0; n < attempts_ && ceiling < options_.cap; ++n) ceiling *= 2;
  return std::min<boot_clock::duration>(ceiling, options_.cap);
}

std::optional<time_point> backoff::next(time_point now, time_point deadline,
                                        std::optional<std::chrono::milliseconds> retry_after) {
  auto const below = static_cast<std::uint64_t>(ceiling().count());
  boot_clock::duration wait{static_cast<boot_clock::rep>(uniform_up_to(*random_, below - 1))};
  ++attempts_;
  // Compared before it is added: a backend may ask for more than the clock can hold.
  auto const left = std::chrono::floor<std::chrono::milliseconds>(deadline - now);
  if (retry_after && *retry_after > left) return std::nullopt;
  if (retry_after) wait += std::max(*retry_after, std::chrono::milliseconds{0});
  if (wait >= deadline - now) return std::nullopt;
  return now + wait;
}

}  // namespace chronicle
