// A token bucket: a mean rate with a bounded burst (RFC 2697, section 3, meters packets with one).
#pragma once

#include "chronicle/time_source.hpp"

namespace chronicle {

/// Holds up to `burst` tokens and gains `per_second`; full at first. Not safe for several threads. A `now`
/// earlier than one it has seen is taken for the latest.
class token_bucket {
 public:
  /// Both above 0 and at most 1e9; throws std::invalid_argument otherwise.
  token_bucket(double per_second, double burst);

  /// Takes `tokens` if that many are there.
  bool try_take(time_point now, double tokens = 1);
  /// How long until `tokens` (at most `burst`) are there if nobody takes any; 0 when they are.
  boot_clock::duration wait_for(time_point now, double tokens = 1) const;
  double available(time_point now) const;

 private:
  double per_second_;
  double burst_;
  double tokens_;
  time_point as_of_ = time_point::min();
};

}  // namespace chronicle
