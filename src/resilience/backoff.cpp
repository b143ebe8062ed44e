#include "resilience/backoff.hpp"

#include <algorithm>

namespace chronicle {

boot_clock::duration backoff::ceiling() const noexcept {
  // By doubling in a loop that ends at the cap, as 2^n leaves every integer type.
  boot_clock::duration ceiling = base_;
  for (unsigned n = 0; n < attempts_ && ceiling < cap_; ++n) ceiling *= 2;
  return std::min(ceiling, cap_);
}

std::optional<time_point> backoff::next(time_point now, time_point deadline,
                                        std::optional<milliseconds> retry_after) {
  boot_clock::duration wait = ceiling();
  ++attempts_;
  if (random_ != nullptr)
    wait = boot_clock::duration(uniform_up_to(*random_, static_cast<std::uint64_t>(wait.count()) - 1));
  boot_clock::duration const left = deadline - now;
  if (retry_after && *retry_after > milliseconds{0}) {
    // Compared before it is added: a backend may ask for more than the clock can hold.
    if (*retry_after > std::chrono::floor<milliseconds>(left)) return std::nullopt;
    wait += *retry_after;
  }
  if (wait >= left) return std::nullopt;
  return now + wait;
}

}  // namespace chronicle
