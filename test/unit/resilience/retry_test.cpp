// Backoff, token bucket and retry budget.
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "resilience/backoff.hpp"
#include "resilience/retry_budget.hpp"
#include "resilience/token_bucket.hpp"
#include "unit/resilience/breaker_fixture.hpp"

using namespace chronicle;
using namespace chronicle::test;

namespace {

time_point const start{2h};
time_point const never = time_point::max();

/// Gives the same number for ever.
class constant final : public random_source {
 public:
  explicit constant(std::uint64_t value) : value_(value) {}
  std::uint64_t next() override { return value_; }

 private:
  std::uint64_t value_;
};

retry_options from(milliseconds base, milliseconds cap) {
  retry_options o;
  o.backoff_base = base;
  o.backoff_cap = cap;
  return o;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(retry_backoff)

BOOST_AUTO_TEST_CASE(the_wait_is_uniform_below_a_doubling_ceiling) {
  std::array<long, 8> const ceilings{100, 200, 400, 800, 1600, 3200, 5000, 5000};
  constexpr int draws = 4000;
  std::uint64_t const seed = 7;
  auto const random = make_seeded_random_source(seed);
  for (std::size_t n = 0; n < ceilings.size(); ++n) {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < draws; ++i) {
      backoff b(from(100ms, 5s), *random);
      for (std::size_t skip = 0; skip < n; ++skip) b.next(start, never);
      std::chrono::duration<double, std::milli> const wait = *b.next(start, never) - start;
      double const part = wait.count() / static_cast<double>(ceilings[n]);
      BOOST_REQUIRE(part >= 0);
      BOOST_REQUIRE(part < 1);
      sum += part;
      squares += part * part;
    }
    // Five standard deviations of the mean of a uniform variable; variance 1/12.
    double const mean = sum / draws;
    BOOST_TEST_CONTEXT("seed " << seed << ", repetition " << n) {
      BOOST_TEST(std::abs(mean - 0.5) < 5 * std::sqrt(1.0 / 12 / draws));
      BOOST_TEST(std::abs(squares / draws - mean * mean - 1.0 / 12) < 0.01);
    }
  }
}

BOOST_AUTO_TEST_CASE(never_reaches_the_ceiling_even_with_the_largest_draw) {
  constant random(std::numeric_limits<std::uint64_t>::max() / 100'000'000 * 100'000'000 - 1);
  backoff b(from(100ms, 5s), random);
  BOOST_TEST((*b.next(start, never) == start + 100ms - 1ns));
}

BOOST_AUTO_TEST_CASE(without_jitter_the_waits_are_the_ceilings) {
  constant random(0);
  retry_options o = from(1s, 5s);
  o.jitter = false;
  backoff b(o, random);
  std::vector<long> seconds;
  for (int i = 0; i < 5; ++i)
    seconds.push_back(std::chrono::floor<std::chrono::seconds>(*b.next(start, never) - start).count());
  BOOST_TEST(seconds == (std::vector<long>{1, 2, 4, 5, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(may_be_zero) {
  constant random(0);
  backoff b(retry_options(), random);
  BOOST_TEST((*b.next(start, never) == start));
}

BOOST_AUTO_TEST_CASE(a_thousand_attempts_overflow_nothing) {
  auto const random = make_seeded_random_source(1);
  backoff b(from(1ms, 24h), *random);
  for (int i = 0; i < 1000; ++i) {
    auto const at = b.next(start, never);
    BOOST_REQUIRE(at);
    BOOST_REQUIRE((*at >= start && *at < start + 24h));
  }
  BOOST_TEST(b.attempts() == 1000u);
}

BOOST_AUTO_TEST_CASE(reset_starts_with_the_shortest_wait) {
  constant random(std::uint64_t{1} << 40);
  backoff b(from(100ms, 5s), random);
  auto const first = b.next(start, never);
  b.next(start, never);
  b.reset();
  BOOST_TEST(b.attempts() == 0u);
  BOOST_TEST((b.next(start, never) == first));
}

BOOST_AUTO_TEST_CASE(retry_after_is_a_floor_with_jitter_on_top) {
  auto const random = make_seeded_random_source(3);
  bool differ = false;
  std::optional<time_point> last;
  for (int i = 0; i < 100; ++i) {
    backoff b(from(100ms, 5s), *random);
    auto const at = b.next(start, never, 7s);
    BOOST_REQUIRE(at);
    BOOST_REQUIRE((*at >= start + 7s && *at < start + 7100ms));
    differ = differ || (last && *last != *at);
    last = at;
  }
  BOOST_TEST(differ);
}

BOOST_AUTO_TEST_CASE(a_senseless_retry_after_does_no_harm) {
  constant random(0);
  backoff b(retry_options(), random);
  BOOST_TEST((b.next(start, never, -5s) == start));
  BOOST_TEST((b.next(start, start + 10s, milliseconds::max()) == std::nullopt));
  BOOST_TEST((b.next(start, start + 10s, milliseconds::min()) == start));
}

BOOST_AUTO_TEST_CASE(gives_up_when_it_would_not_be_before_the_deadline) {
  constant random(50'000'000);  // 50 ms
  struct row {
    boot_clock::duration left;
    std::optional<milliseconds> retry_after;
    bool again;
  };
  for (row const& r : {row{51ms, {}, true}, row{50ms, {}, false}, row{0ms, {}, false}, row{-1s, {}, false},
                       row{1s, 950ms, false}, row{1s, 949ms, true}, row{1s, 2s, false}}) {
    backoff b(from(100ms, 5s), random);
    BOOST_TEST(b.next(start, start + r.left, r.retry_after).has_value() == r.again);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(retry_token_bucket)

BOOST_AUTO_TEST_CASE(arguments_are_checked) {
  BOOST_CHECK_THROW(token_bucket(0, 1), std::invalid_argument);
  BOOST_CHECK_THROW(token_bucket(1, 0), std::invalid_argument);
  BOOST_CHECK_THROW(token_bucket(std::nan(""), 1), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(starts_full_and_refuses_when_empty) {
  token_bucket bucket(10, 5);
  for (int i = 0; i < 5; ++i) BOOST_TEST(bucket.try_take(start));
  BOOST_TEST(!bucket.try_take(start));
}

BOOST_AUTO_TEST_CASE(refills_at_its_rate_up_to_the_burst) {
  struct row {
    boot_clock::duration after;
    double available;
  };
  for (row const& r : {row{0s, 0}, row{100ms, 1}, row{250ms, 2.5}, row{500ms, 5}, row{1s, 5}, row{24h, 5}}) {
    token_bucket bucket(10, 5);
    bucket.try_take(start, 5);
    BOOST_TEST(bucket.available(start + r.after) == r.available, boost::test_tools::tolerance(1e-9));
  }
}

BOOST_AUTO_TEST_CASE(a_refused_take_costs_nothing) {
  token_bucket bucket(1, 2);
  BOOST_TEST(!bucket.try_take(start, 3));
  BOOST_TEST(bucket.available(start) == 2.0);
}

BOOST_AUTO_TEST_CASE(the_wait_it_names_is_enough_and_not_much_more) {
  for (double const rate : {0.01, 0.3, 1.0, 7.0, 1234.5}) {
    token_bucket bucket(rate, 3);
    bucket.try_take(start, 3);
    auto const wait = bucket.wait_for(start, 2);
    token_bucket early = bucket;
    BOOST_TEST(!early.try_take(start + wait - 3ns, 2));
    BOOST_TEST(bucket.try_take(start + wait, 2));
  }
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_what_is_there) {
  token_bucket const bucket(1, 1);
  BOOST_TEST(bucket.wait_for(start).count() == 0);
}

BOOST_AUTO_TEST_CASE(no_stretch_of_time_yields_more_than_burst_and_rate) {
  auto const random = make_seeded_random_source(11);
  token_bucket bucket(20, 10);
  std::vector<time_point> taken;
  time_point now = start;
  for (int i = 0; i < 20'000; ++i) {
    now += std::chrono::microseconds(uniform_up_to(*random, 30'000));
    if (bucket.try_take(now)) taken.push_back(now);
  }
  for (std::size_t i = 0; i + 50 < taken.size(); ++i) {
    std::chrono::duration<double> const span = taken[i + 50] - taken[i];
    BOOST_REQUIRE(51 <= 10 + 20 * span.count() + 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_gives_nothing_twice) {
  token_bucket bucket(1, 1);
  BOOST_TEST(bucket.try_take(start));
  BOOST_TEST(!bucket.try_take(start - 1h));
  BOOST_TEST(!bucket.try_take(start));
  BOOST_TEST(bucket.try_take(start + 1s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(retry_budgets)

namespace {
retry_budget_options budget(double ratio, double minimum) {
  retry_budget_options o;
  o.ratio = ratio;
  o.minimum_per_second = minimum;
  return o;
}
int retries(retry_budget& b, time_point now, int wanted) {
  int got = 0;
  for (int i = 0; i < wanted; ++i) got += b.try_retry(now);
  return got;
}
}  // namespace

BOOST_AUTO_TEST_CASE(options_are_checked) {
  BOOST_CHECK_THROW(retry_budget(budget(-0.1, 1)), std::invalid_argument);
  BOOST_CHECK_THROW(retry_budget(budget(11, 1)), std::invalid_argument);
  BOOST_CHECK_THROW(retry_budget(budget(0.1, -1)), std::invalid_argument);
  retry_budget_options o;
  o.window = 0s;
  BOOST_CHECK_THROW(retry_budget{o}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(an_idle_client_has_the_minimum) {
  retry_budget b(budget(0.2, 2));
  BOOST_TEST(retries(b, start, 100) == 20);  // 2 a second over 10 s
  BOOST_TEST(retries(b, start + 5s, 100) == 0);
  BOOST_TEST(retries(b, start + 10s, 100) == 20);
}

BOOST_AUTO_TEST_CASE(a_busy_client_has_its_share) {
  retry_budget b(budget(0.2, 0));
  for (int i = 0; i < 1000; ++i) b.on_first_attempt(start);
  BOOST_TEST(retries(b, start, 1000) == 200);
}

BOOST_AUTO_TEST_CASE(share_and_minimum_add_up) {
  retry_budget b(budget(0.1, 1));
  for (int i = 0; i < 100; ++i) b.on_first_attempt(start);
  BOOST_TEST(b.balance(start) == 20.0);
  BOOST_TEST(retries(b, start, 1000) == 20);
}

BOOST_AUTO_TEST_CASE(nothing_is_allowed_with_both_at_zero) {
  retry_budget b(budget(0, 0));
  for (int i = 0; i < 100; ++i) b.on_first_attempt(start);
  BOOST_TEST(!b.try_retry(start));
}

BOOST_AUTO_TEST_CASE(old_attempts_give_no_credit) {
  retry_budget b(budget(0.2, 0));
  for (int i = 0; i < 1000; ++i) b.on_first_attempt(start);
  BOOST_TEST(retries(b, start + 10s, 1000) == 0);
}

BOOST_AUTO_TEST_CASE(an_outage_costs_a_fifth_more_load_at_most) {
  // 100 operations a second fail and each would be repeated three times.
  retry_budget b;
  int first = 0;
  int again = 0;
  for (int tick = 0; tick < 6000; ++tick) {
    time_point const now = start + tick * 10ms;
    b.on_first_attempt(now);
    ++first;
    again += retries(b, now, 3);
  }
  BOOST_TEST(again <= first / 5 + 2 * 60 + 20);
  BOOST_TEST(again >= first / 5);
}

BOOST_AUTO_TEST_SUITE_END()
