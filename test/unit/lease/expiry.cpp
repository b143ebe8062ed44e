// When a lease has expired, at the exact boundaries of the rules E1, E2 and E3.
#include "lease/expiry.hpp"

#include <algorithm>
#include <vector>

#include "chronicle/random_source.hpp"
#include "support/seed.hpp"
#include "unit/lease/lease_fixture.hpp"

namespace chronicle::test {
namespace {

using lease::expiry_rule;
using lease::lease_evidence;

lease_options options(double rho = 0.01, milliseconds granularity = 1s) {
  lease_options o;
  o.clock_rate_error = rho;
  o.age_granularity = granularity;
  o.trust_wall_clocks = false;
  return o;
}

lease_options wall_clock_options(milliseconds skew = 5s) {
  lease_options o;
  o.max_wall_clock_skew = skew;
  return o;
}

lease_evidence aged(milliseconds age) {
  lease_evidence evidence;
  evidence.age = age;
  return evidence;
}

lease_evidence watched(boot_clock::duration how_long) {
  lease_evidence evidence;
  evidence.watched = how_long;
  return evidence;
}

/// What our wall clock shows, after the expiry time that the owner wrote.
lease_evidence wall_clock_past_expiry(milliseconds by) {
  lease_evidence evidence;
  evidence.wall_now = noon + 60s + by;
  return evidence;
}

struct expiry_case {
  char const* name;
  lease_options options;
  lease_evidence evidence;
  expiry_rule expected;
};

void check(std::vector<expiry_case> const& cases) {
  auto const held = held_by("s", 2, 5).lease;
  for (auto const& c : cases)
    BOOST_TEST_CONTEXT(c.name) BOOST_TEST(judge_expiry(held, c.evidence, c.options) == c.expected);
}

BOOST_AUTO_TEST_SUITE(lease_expiry)

BOOST_AUTO_TEST_CASE(e1_by_the_age_the_backend_reports) {
  check({
      {"just written", options(), aged(0ms), expiry_rule::none},
      {"as old as its duration", options(), aged(60'000ms), expiry_rule::none},
      {"older than its duration by the rate error alone", options(), aged(60'600ms), expiry_rule::none},
      {"one ms below the limit", options(), aged(61'599ms), expiry_rule::none},
      {"at the limit", options(), aged(61'600ms), expiry_rule::server_age},
      {"long dead", options(), aged(24h * 365), expiry_rule::server_age},
      {"exact ages: one ms below", options(0.01, 0ms), aged(60'599ms), expiry_rule::none},
      {"exact ages: at the limit", options(0.01, 0ms), aged(60'600ms), expiry_rule::server_age},
      {"perfect clocks: one ms below", options(0, 0ms), aged(59'999ms), expiry_rule::none},
      {"perfect clocks: at the limit", options(0, 0ms), aged(60'000ms), expiry_rule::server_age},
      {"a backend whose clock went back", options(), aged(-1h), expiry_rule::none},
      {"no age", options(), {}, expiry_rule::none},
  });
}

BOOST_AUTO_TEST_CASE(e2_by_watching_the_same_version) {
  check({
      {"seen for the first time", options(), watched(0ns), expiry_rule::none},
      {"one ns below the limit", options(), watched(60'600ms - 1ns), expiry_rule::none},
      {"at the limit", options(), watched(60'600ms), expiry_rule::observation},
      {"the granularity of ages is no matter here", options(0.01, 1min), watched(60'600ms),
       expiry_rule::observation},
      {"perfect clocks: one ns below", options(0), watched(60s - 1ns), expiry_rule::none},
      {"perfect clocks: at the limit", options(0), watched(60s), expiry_rule::observation},
      {"never seen", options(), {}, expiry_rule::none},
  });
}

BOOST_AUTO_TEST_CASE(e3_by_wall_clocks) {
  auto aged_at_one_hour = wall_clock_past_expiry(1h);
  aged_at_one_hour.age = 0ms;
  auto never_trusted = wall_clock_options();
  never_trusted.trust_wall_clocks = false;
  check({
      {"one ms below the margin", wall_clock_options(), wall_clock_past_expiry(4'999ms), expiry_rule::none},
      {"at the margin", wall_clock_options(), wall_clock_past_expiry(5s), expiry_rule::wall_clock},
      {"the seed's rule: at the written time", wall_clock_options(0ms), wall_clock_past_expiry(0ms),
       expiry_rule::wall_clock},
      {"the seed's rule: one ms before", wall_clock_options(0ms), wall_clock_past_expiry(-1ms),
       expiry_rule::none},
      {"switched off", never_trusted, wall_clock_past_expiry(24h), expiry_rule::none},
      {"not beside an age from one clock, however young", wall_clock_options(), aged_at_one_hour,
       expiry_rule::none},
  });
}

BOOST_AUTO_TEST_CASE(the_surer_rule_is_named) {
  auto all = wall_clock_past_expiry(1h);
  all.watched = 2min;
  auto with_age = all;
  with_age.age = 2min;
  auto too_young = all;
  too_young.age = 10s;
  check({
      {"age before observation", wall_clock_options(), with_age, expiry_rule::server_age},
      {"observation before wall clock", wall_clock_options(), all, expiry_rule::observation},
      {"we watched it for longer than the backend says it exists: its clock stood still, ours did not",
       wall_clock_options(), too_young, expiry_rule::observation},
  });
}

// The real time left (of the owner's validity, when both clocks run alike) at which a contender whose wall
// clock is ahead of the owner's by `ahead` takes the lease.
milliseconds stolen_early_by(milliseconds ahead, milliseconds margin) {
  auto const held = held_by("s", 2, 5).lease;
  for (milliseconds left = 2min; left > -2min; left -= 1ms) {
    lease_evidence evidence;
    evidence.wall_now = noon + 60s - left + ahead;
    if (judge_expiry(held, evidence, wall_clock_options(margin)) == expiry_rule::wall_clock) return left;
  }
  return milliseconds::min();
}

BOOST_AUTO_TEST_CASE(e3_bears_skew_up_to_its_margin_and_no_more) {
  struct row {
    char const* name;
    milliseconds ahead, margin, left;
  };
  for (row const& r : {row{"clocks agree: the margin is waited out", 0s, 5s, -5s},
                       row{"the contender is behind: it waits for longer", -30s, 5s, -35s},
                       row{"the contender is ahead by the margin: exactly at the end", 5s, 5s, 0s},
                       row{"ahead by one ms more: stolen one ms early", 5'001ms, 5s, 1ms},
                       row{"the seed's rule steals a healthy lease as early as the skew", 10s, 0s, 10s}})
    BOOST_TEST_CONTEXT(r.name)
  BOOST_TEST(stolen_early_by(r.ahead, r.margin).count() == r.left.count());
}

BOOST_AUTO_TEST_CASE(the_rate_error_rounds_up) {
  struct row {
    milliseconds duration;
    double rho;
    milliseconds expected;
  };
  for (row const& r :
       {row{60'000ms, 0.01, 60'600ms}, row{60'001ms, 0.01, 60'602ms}, row{1ms, 0.01, 2ms},
        row{0ms, 0.01, 0ms}, row{100ms, 0.01, 101ms}, row{333ms, 0.1, 367ms}, row{60'000ms, 0.0, 60'000ms},
        row{60'000ms, 0.5, 90'000ms}, row{24h, 0.5, 36h}, row{5'000ms, 0.0001, 5'001ms}})
    BOOST_TEST(lease::stretched(r.duration, options(r.rho)).count() == r.expected.count());
}

BOOST_AUTO_TEST_CASE(the_rate_error_never_shortens_the_wait) {
  for_each_seed(200, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    auto const per_mille = static_cast<long>(uniform_up_to(*random, 500));
    auto const duration = static_cast<long>(uniform_up_to(*random, 3'600'000));
    long const exact = (duration * (1000 + per_mille) + 999) / 1000;
    long const got =
        lease::stretched(milliseconds{duration}, options(static_cast<double>(per_mille) / 1000)).count();
    BOOST_TEST(got >= exact);
    BOOST_TEST(got <= exact + 1);  // a product that is not exact in binary may round up by one
  });
}

// S12 in small: an owner, a backend and a contender whose clocks run at any rates within the bound, and whose
// wall clocks differ by up to the margin.
BOOST_AUTO_TEST_CASE(never_expired_while_the_owner_may_hold_it_valid) {
  for_each_seed(20'000, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    auto const rate = [&] { return 1.0 + 0.01 * static_cast<double>(uniform_up_to(*random, 2)) / 2; };
    double const owner_rate = rate();
    double const backend_rate = rate();
    double const contender_rate = rate();
    lease_options o = wall_clock_options();
    o.age_granularity = milliseconds{uniform_up_to(*random, 1) * 1000};

    // In true milliseconds since the owner sent its write; it believes itself valid until `valid_until`.
    auto const held = held_by("s", 2, 5).lease;
    double const valid_until = 60'000 / owner_rate;
    auto const applied_at = static_cast<double>(uniform_up_to(*random, 2'000));
    double const first_seen = applied_at + static_cast<double>(uniform_up_to(*random, 100));
    double const now = valid_until - 1 + static_cast<double>(uniform_up_to(*random, 2'000));

    lease_evidence evidence;
    auto const whole = [](double ms) { return milliseconds{static_cast<long>(ms)}; };
    if (uniform_up_to(*random, 1) == 0)  // an age may be too large by less than the granularity
      evidence.age = whole((now - applied_at) * backend_rate) + std::max(o.age_granularity - 1ms, 0ms);
    else
      evidence.wall_now = noon + whole(now) + milliseconds{uniform_up_to(*random, 10'000)} - 5s;
    evidence.watched = whole((now - first_seen) * contender_rate);

    bool const expired = judge_expiry(held, evidence, o) != expiry_rule::none;
    BOOST_TEST(!(expired && now < valid_until));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
