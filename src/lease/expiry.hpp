// When another server's lease has expired, without trusting wall clocks more than they deserve (PROTOCOL
// section 4).
#pragma once

#include <optional>

#include "chronicle/store_options.hpp"
#include "chronicle/time_source.hpp"
#include "record/record.hpp"

namespace chronicle::lease {

/// Which rule says that a lease has expired.
enum class expiry_rule {
  none,         ///< no rule: the lease counts as fresh
  server_age,   ///< E1: the backend says the record is old enough, by one clock
  observation,  ///< E2: we watched the same version for long enough, by our own clock
  wall_clock,   ///< E3: its written expiry is past, by more than clocks may differ
};

char const* to_string(expiry_rule rule) noexcept;

/// What is known about the record that holds the lease.
struct lease_evidence {
  /// Its age by the backend's clock, when the backend reports ages.
  std::optional<milliseconds> age;
  /// How long this very version has been watched, from the end of the first read to the start of the latest.
  std::optional<boot_clock::duration> watched;
  wall_time_point wall_now{};
};

/// The rule by which `held` has expired. E1 and E2 first; E3 only where the backend reports no ages: beside
/// an age from one clock, the comparison of two can only be wrong.
expiry_rule judge_expiry(record::lease const& held, lease_evidence const& evidence,
                         lease_options const& options);

/// The lease's duration as seen by the fastest clock allowed: what E1 and E2 wait for.
milliseconds stretched(milliseconds duration, lease_options const& options);

}  // namespace chronicle::lease
