// The circuit breaker while it is closed: what opens it and what does not.
#include <limits>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "unit/resilience/breaker_fixture.hpp"

using namespace chronicle;
using namespace chronicle::test;

namespace {

/// Failures and successes in turn, so that no five failures come in a row.
void mix(breaker_fixture& f, int failures, int successes) {
  while (failures > 0 || successes > 0) {
    if (successes > 0) f.succeed(), --successes;
    if (failures > 0) f.fail(), --failures;
  }
}

bool refuses(circuit_breaker_options const& options, char const* name) {
  try {
    circuit_breaker const breaker(options);
  } catch (std::invalid_argument const& e) {
    return std::string_view(e.what()).starts_with(name);
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(circuit_options)

BOOST_AUTO_TEST_CASE(defaults_are_those_of_the_protocol) {
  circuit_breaker_options const o;
  BOOST_TEST(o.consecutive_failures == 5u);
  BOOST_TEST(o.error_rate == 0.5);
  BOOST_TEST(o.minimum_samples == 10u);
  BOOST_TEST(o.window.count() == 60'000);
  BOOST_TEST(o.open_for.count() == 30'000);
  BOOST_TEST(o.longest_open.count() == 300'000);
  BOOST_TEST(o.critical_interval.count() == 1'000);
  BOOST_TEST(find_problem(o) == "");
}

BOOST_AUTO_TEST_CASE(wrong_options_are_refused_by_name) {
  auto const with = [](auto member, auto value) {
    circuit_breaker_options o;
    o.*member = value;
    return o;
  };
  using o = circuit_breaker_options;
  BOOST_TEST(refuses(with(&o::consecutive_failures, 0u), "consecutive_failures: must be "));
  BOOST_TEST(refuses(with(&o::error_rate, 0.0), "error_rate: must be "));
  BOOST_TEST(refuses(with(&o::error_rate, 1.0), "error_rate: must be "));
  BOOST_TEST(refuses(with(&o::error_rate, -0.1), "error_rate: must be "));
  BOOST_TEST(refuses(with(&o::error_rate, std::numeric_limits<double>::quiet_NaN()), "error_rate: must be "));
  BOOST_TEST(refuses(with(&o::minimum_samples, 0u), "minimum_samples: must be "));
  BOOST_TEST(refuses(with(&o::window, 999ms), "window: must be "));
  BOOST_TEST(refuses(with(&o::window, milliseconds::max()), "window: must be "));
  BOOST_TEST(refuses(with(&o::open_for, 0ms), "open_for: must be "));
  BOOST_TEST(refuses(with(&o::longest_open, 29'999ms), "longest_open: must be "));
  BOOST_TEST(refuses(with(&o::open_growth, 0.99), "open_growth: must be "));
  BOOST_TEST(refuses(with(&o::critical_interval, -1ms), "critical_interval: must be "));
  BOOST_TEST(refuses(with(&o::probe_patience, 0ms), "probe_patience: must be "));
}

BOOST_AUTO_TEST_CASE(states_and_reasons_have_names) {
  BOOST_TEST(to_string(circuit_state::closed) == "closed");
  BOOST_TEST(to_string(circuit_state::open) == "open");
  BOOST_TEST(to_string(circuit_state::half_open) == "half_open");
  BOOST_TEST(to_string(circuit_open_reason::consecutive_failures) == "consecutive_failures");
  BOOST_TEST(to_string(circuit_open_reason::error_rate) == "error_rate");
  BOOST_TEST(to_string(circuit_open_reason::probe_failed) == "probe_failed");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(circuit_closed, breaker_fixture)

BOOST_AUTO_TEST_CASE(starts_closed_and_empty) {
  BOOST_TEST(state() == circuit_state::closed);
  BOOST_TEST(stats().consecutive_failures == 0u);
  BOOST_TEST(stats().samples == 0u);
  BOOST_TEST(stats().error_rate == 0.0);
  BOOST_TEST(stats().open_for.count() == 0);
  BOOST_TEST(!stats().open_until);
}

BOOST_AUTO_TEST_CASE(admits_both_lanes_without_an_event) {
  for (auto const lane : {circuit_lane::ordinary, circuit_lane::critical}) {
    auto const admission = ask(lane);
    BOOST_TEST(bool(admission));
    BOOST_TEST(!admission.permit->is_probe());
    BOOST_TEST(!admission.event);
    BOOST_TEST(admission.retry_in.count() == 0);
  }
}

BOOST_AUTO_TEST_CASE(admits_any_number_at_the_same_time) {
  for (int i = 0; i < 1000; ++i) BOOST_TEST(bool(ask()));
}

BOOST_AUTO_TEST_CASE(successes_keep_it_closed) {
  BOOST_TEST(!succeed(1000));
  BOOST_TEST(state() == circuit_state::closed);
  BOOST_TEST(stats().samples == 1000u);
}

BOOST_AUTO_TEST_CASE(four_failures_in_a_row_do_not_open) {
  BOOST_TEST(!fail(4));
  BOOST_TEST(state() == circuit_state::closed);
  BOOST_TEST(stats().consecutive_failures == 4u);
}

BOOST_AUTO_TEST_CASE(five_failures_in_a_row_open) {
  auto const event = fail(5);
  BOOST_REQUIRE(event);
  BOOST_TEST(event->entered == circuit_state::open);
  BOOST_TEST(event->reason == circuit_open_reason::consecutive_failures);
  BOOST_TEST(state() == circuit_state::open);
}

BOOST_AUTO_TEST_CASE(opening_reports_what_caused_it) {
  succeed(5);
  auto const event = fail(5);
  BOOST_REQUIRE(event);
  BOOST_TEST(event->stats.consecutive_failures == 5u);
  BOOST_TEST(event->stats.samples == 10u);
  BOOST_TEST(event->stats.error_rate == 0.5);
  BOOST_TEST(event->stats.open_for.count() == 30'000);
  BOOST_TEST((event->stats.open_until == now + 30s));
}

BOOST_AUTO_TEST_CASE(a_success_breaks_the_row) {
  fail(4);
  succeed();
  BOOST_TEST(stats().consecutive_failures == 0u);
  BOOST_TEST(!fail(4));
  BOOST_TEST(state() == circuit_state::closed);
}

BOOST_AUTO_TEST_CASE(time_does_not_break_the_row) {
  fail(4);
  pass(1h);
  BOOST_TEST(fail().has_value());
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_neither_breaks_nor_extends_the_row) {
  fail(4);
  breaker.on_cancelled(take(), now);
  BOOST_TEST(stats().consecutive_failures == 4u);
  BOOST_TEST(stats().samples == 4u);
  BOOST_TEST(fail().has_value());
}

BOOST_AUTO_TEST_CASE(failures_of_the_critical_lane_count) {
  for (int i = 0; i < 4; ++i) breaker.on_failure(take(circuit_lane::critical), now);
  BOOST_TEST(fail().has_value());
}

BOOST_AUTO_TEST_CASE(results_count_in_the_order_they_arrive) {
  auto const first = take();
  fail(4);
  breaker.on_success(first, now);
  BOOST_TEST(!fail(4));
  BOOST_TEST(state() == circuit_state::closed);
}

BOOST_AUTO_TEST_CASE(calls_under_way_together_can_open_it) {
  std::vector<circuit_permit> permits;
  for (int i = 0; i < 5; ++i) permits.push_back(take());
  for (int i = 0; i < 4; ++i) BOOST_TEST(!breaker.on_failure(permits[static_cast<std::size_t>(i)], now));
  BOOST_TEST(breaker.on_failure(permits[4], now).has_value());
}

BOOST_AUTO_TEST_CASE(one_failure_of_one_call_is_not_a_rate) {
  BOOST_TEST(!fail());
  BOOST_TEST(stats().error_rate == 1.0);
  BOOST_TEST(state() == circuit_state::closed);
}

BOOST_AUTO_TEST_CASE(nine_samples_do_not_open_whatever_their_rate) {
  mix(*this, 5, 4);
  BOOST_TEST(stats().samples == 9u);
  BOOST_TEST(stats().error_rate > 0.5);
  BOOST_TEST(state() == circuit_state::closed);
}

BOOST_AUTO_TEST_CASE(exactly_half_does_not_open) {
  mix(*this, 5, 5);
  BOOST_TEST(stats().samples == 10u);
  BOOST_TEST(stats().error_rate == 0.5);
  BOOST_TEST(state() == circuit_state::closed);
}

BOOST_AUTO_TEST_CASE(more_than_half_of_ten_opens) {
  mix(*this, 3, 4);
  fail(2);
  BOOST_TEST(state() == circuit_state::closed);
  auto const event = fail();
  BOOST_REQUIRE(event);
  BOOST_TEST(event->reason == circuit_open_reason::error_rate);
  BOOST_TEST(event->stats.samples == 10u);
  BOOST_TEST(event->stats.error_rate == 0.6);
  BOOST_TEST(event->stats.consecutive_failures == 3u);
}

BOOST_AUTO_TEST_CASE(a_row_within_a_bad_rate_is_named_a_row) {
  circuit_breaker_options o;
  o.minimum_samples = 5;
  breaker_fixture f(o);
  auto const event = f.fail(5);
  BOOST_REQUIRE(event);
  BOOST_TEST(event->reason == circuit_open_reason::consecutive_failures);
}

BOOST_AUTO_TEST_CASE(a_success_never_opens) {
  fail(4);
  succeed();
  fail(4);
  BOOST_TEST(!succeed());  // the tenth sample; 8 of 10 failed
  BOOST_TEST(state() == circuit_state::closed);
  BOOST_TEST(fail().has_value());  // the next failure does
}

BOOST_AUTO_TEST_CASE(time_never_opens) {
  succeed(10);
  pass(30s);
  mix(*this, 8, 8);
  pass(31s);  // the early successes are forgotten
  BOOST_TEST(state() == circuit_state::closed);
  BOOST_TEST(stats().samples == 16u);
  BOOST_TEST(bool(ask()));
}

BOOST_AUTO_TEST_CASE(failures_older_than_the_window_are_forgotten) {
  mix(*this, 5, 5);
  pass(60s);
  BOOST_TEST(stats().samples == 0u);
  BOOST_TEST(stats().error_rate == 0.0);
  succeed(5);
  BOOST_TEST(!fail(4));
  BOOST_TEST(state() == circuit_state::closed);
}

BOOST_AUTO_TEST_CASE(successes_older_than_the_window_are_forgotten) {
  succeed(100);
  pass(60s);
  mix(*this, 5, 5);
  BOOST_TEST(fail().has_value());
}

BOOST_AUTO_TEST_CASE(the_window_holds_59_seconds_at_least) {
  fail();
  pass(59s - 1ns);
  BOOST_TEST(stats().samples == 1u);
}

BOOST_AUTO_TEST_CASE(the_window_slides_a_second_at_a_time) {
  for (int i = 0; i < 60; ++i) {
    succeed();
    pass(1s);
  }
  BOOST_TEST(stats().samples == 59u);
  pass(1s);
  BOOST_TEST(stats().samples == 58u);
  pass(57s);
  BOOST_TEST(stats().samples == 1u);
  pass(1s);
  BOOST_TEST(stats().samples == 0u);
}

BOOST_AUTO_TEST_CASE(a_long_silence_empties_the_window_at_once) {
  succeed(50);
  pass(24h * 365);
  BOOST_TEST(stats().samples == 0u);
  succeed();
  BOOST_TEST(stats().samples == 1u);
}

BOOST_AUTO_TEST_CASE(a_slow_result_counts_when_it_arrives) {
  auto const slow = take();
  pass(10min);
  breaker.on_failure(slow, now);
  BOOST_TEST(stats().samples == 1u);
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_is_taken_for_the_latest) {
  succeed(3);
  now -= 10min;
  fail(2);
  BOOST_TEST(stats().samples == 5u);
  now += 10min;
  BOOST_TEST(stats().samples == 5u);
}

BOOST_AUTO_TEST_CASE(every_threshold_is_an_option) {
  circuit_breaker_options o;
  o.consecutive_failures = 100;
  o.error_rate = 0.25;
  o.minimum_samples = 4;
  o.window = 6s;
  o.open_for = 1s;
  breaker_fixture f(o);
  f.fail();
  f.pass(6s);
  f.succeed(3);
  BOOST_TEST(!f.fail());
  auto const event = f.fail();
  BOOST_REQUIRE(event);
  BOOST_TEST(event->reason == circuit_open_reason::error_rate);
  BOOST_TEST(event->stats.open_for.count() == 1000);
}

BOOST_AUTO_TEST_CASE(one_failure_may_be_enough) {
  circuit_breaker_options o;
  o.consecutive_failures = 1;
  breaker_fixture f(o);
  BOOST_TEST(f.fail().has_value());
}

BOOST_AUTO_TEST_CASE(it_can_be_moved) {
  fail(4);
  circuit_breaker moved = std::move(breaker);
  auto const permit = moved.try_acquire(now).permit;
  BOOST_TEST(moved.on_failure(*permit, now).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
