// Options and states for the tests of upkeep: no jitter, round numbers.
#pragma once

#include <ostream>

#include "lease/upkeep.hpp"
#include "unit/lease/lease_fixture.hpp"

namespace chronicle::lease {

inline std::ostream& boost_test_print_type(std::ostream& out, upkeep_action action) {
  constexpr char const* names[] = {"sleep", "save", "renew", "release", "give_up", "finish"};
  return out << names[static_cast<int>(action)];
}

}  // namespace chronicle::lease

namespace chronicle::test {

using lease::upkeep_action;
using lease::upkeep_state;

/// When the sessions of these tests begin.
inline time_point const opened{1000h};

struct upkeep_options {
  lease_options lease;
  saving_options saving;
  retry_options retry;

  lease::upkeep_plan plan(upkeep_state const& state, time_point now) const {
    return plan_upkeep(state, lease, saving, retry, now);
  }
};

/// A session just opened, with a lease of 60 s.
inline upkeep_state just_opened() {
  upkeep_state state;
  state.confirmed_at = opened;
  state.duration = 60s;
  return state;
}

inline double seconds_since_opened(time_point t) {
  return std::chrono::duration<double>(t - opened).count();
}

}  // namespace chronicle::test
