#include "lease/expiry.hpp"

#include <cmath>

namespace chronicle::lease {

char const* to_string(expiry_rule rule) noexcept {
  switch (rule) {
    case expiry_rule::none: return "none";
    case expiry_rule::server_age: return "server_age";
    case expiry_rule::observation: return "observation";
    case expiry_rule::wall_clock: return "wall_clock";
  }
  return "unknown";
}

milliseconds stretched(milliseconds duration, lease_options const& options) {
  auto const count = static_cast<double>(duration.count()) * (1.0 + options.clock_rate_error);
  return milliseconds{static_cast<milliseconds::rep>(std::ceil(count))};
}

expiry_rule judge_expiry(record::lease const& held, lease_evidence const& evidence,
                         lease_options const& options) {
  milliseconds const patience = stretched(held.duration, options);
  if (evidence.age && *evidence.age >= patience + options.age_granularity) return expiry_rule::server_age;
  if (evidence.watched && *evidence.watched >= patience) return expiry_rule::observation;
  if (!evidence.age && options.trust_wall_clocks &&
      evidence.wall_now >= held.expires_at + options.max_wall_clock_skew)
    return expiry_rule::wall_clock;
  return expiry_rule::none;
}

}  // namespace chronicle::lease
