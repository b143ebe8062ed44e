#include "resilience/token_bucket.hpp"

#include <algorithm>
#include <cmath>

#include "base/option_rules.hpp"

namespace chronicle {

token_bucket::token_bucket(double per_second, double burst)
    : per_second_(per_second), burst_(burst), tokens_(burst) {
  std::string const problem = first_broken({
      {per_second > 0 && per_second <= 1e9, "per_second", "above 0, at most 1e9"},
      {burst > 0 && burst <= 1e9, "burst", "above 0, at most 1e9"},
  });
  if (!problem.empty()) throw std::invalid_argument("token_bucket: " + problem);
}

double token_bucket::available(time_point now) const {
  if (now <= as_of_ || as_of_ == time_point::min()) return tokens_;
  std::chrono::duration<double> const since = now - as_of_;
  return std::min(burst_, tokens_ + since.count() * per_second_);
}

bool token_bucket::try_take(time_point now, double tokens) {
  tokens_ = available(now);
  as_of_ = std::max(as_of_, now);
  if (tokens > tokens_) return false;
  tokens_ -= tokens;
  return true;
}

boot_clock::duration token_bucket::wait_for(time_point now, double tokens) const {
  double const missing = tokens - available(now);
  if (missing <= 0) return {};
  // Rounded up, and one more for the rounding of the refill, so that whoever waits this long finds the
  // tokens.
  double const nanoseconds = std::ceil(missing / per_second_ * 1e9) + 1;
  return boot_clock::duration{static_cast<boot_clock::rep>(std::min(nanoseconds, 9e18))};
}

}  // namespace chronicle
