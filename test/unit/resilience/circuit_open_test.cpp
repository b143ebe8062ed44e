// The circuit breaker when it is not closed: failing fast, the probe, the critical lane, stale results.
#include <atomic>
#include <thread>
#include <vector>

#include "unit/resilience/breaker_fixture.hpp"

using namespace chronicle;
using namespace chronicle::test;

BOOST_FIXTURE_TEST_SUITE(circuit_open, breaker_fixture)

BOOST_AUTO_TEST_CASE(ordinary_calls_fail_fast) {
  open();
  for (int i = 0; i < 100; ++i) BOOST_TEST(refused());
  BOOST_TEST(state() == circuit_state::open);
}

BOOST_AUTO_TEST_CASE(a_refusal_says_how_long_to_wait) {
  open();
  BOOST_TEST((ask().retry_in == 30s));
  pass(12s);
  BOOST_TEST((ask().retry_in == 18s));
}

BOOST_AUTO_TEST_CASE(a_refusal_makes_no_event_and_no_sample) {
  open();
  auto const before = stats();
  BOOST_TEST(!ask().event);
  BOOST_TEST(stats().samples == before.samples);
  BOOST_TEST(stats().consecutive_failures == before.consecutive_failures);
}

BOOST_AUTO_TEST_CASE(stays_open_until_its_last_nanosecond) {
  open();
  pass(30s - 1ns);
  BOOST_TEST(state() == circuit_state::open);
  BOOST_TEST(refused());
}

BOOST_AUTO_TEST_CASE(is_half_open_when_its_time_is_over) {
  open();
  pass(30s);
  BOOST_TEST(state() == circuit_state::half_open);
}

BOOST_AUTO_TEST_CASE(stays_half_open_however_long_nobody_calls) {
  open();
  pass(24h);
  BOOST_TEST(state() == circuit_state::half_open);
  BOOST_TEST(take().is_probe());
}

BOOST_AUTO_TEST_CASE(looking_at_the_state_changes_nothing) {
  open();
  pass(30s);
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(state() == circuit_state::half_open);
    stats();
  }
  BOOST_TEST(ask().event.has_value());
}

BOOST_AUTO_TEST_CASE(failures_of_calls_sent_before_are_stale) {
  auto const before = take();
  open();
  auto const until = stats().open_until;
  pass(10s);
  BOOST_TEST(!breaker.on_failure(before, now));
  BOOST_TEST((stats().open_until == until));
  BOOST_TEST(stats().consecutive_failures == 5u);
}

BOOST_AUTO_TEST_CASE(successes_of_calls_sent_before_are_stale) {
  auto const before = take();
  open();
  BOOST_TEST(!breaker.on_success(before, now));
  BOOST_TEST(state() == circuit_state::open);
  BOOST_TEST(stats().consecutive_failures == 5u);
}

BOOST_AUTO_TEST_CASE(cancels_of_calls_sent_before_are_stale) {
  auto const before = take();
  auto const probe = open_and_probe();
  breaker.on_cancelled(before, now);
  BOOST_TEST(refused());
  BOOST_TEST(breaker.on_success(probe, now).has_value());
}

BOOST_AUTO_TEST_CASE(opens_once_for_many_failures_under_way) {
  std::vector<circuit_permit> permits;
  for (int i = 0; i < 50; ++i) permits.push_back(take());
  int events = 0;
  for (auto const permit : permits) events += breaker.on_failure(permit, now).has_value();
  BOOST_TEST(events == 1);
  BOOST_TEST(stats().open_for.count() == 30'000);
}

BOOST_AUTO_TEST_CASE(the_rate_may_open_it_as_well) {
  for (int i = 0; i < 5; ++i) succeed(), fail();
  BOOST_TEST(fail().has_value());
  BOOST_TEST(refused());
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_does_not_close_it) {
  open();
  now -= 1h;
  BOOST_TEST(state() == circuit_state::open);
  BOOST_TEST((ask().retry_in == 30s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(circuit_half_open, breaker_fixture)

BOOST_AUTO_TEST_CASE(the_next_call_is_the_probe) {
  open();
  pass(30s);
  auto const admission = ask();
  BOOST_REQUIRE(admission.permit);
  BOOST_TEST(admission.permit->is_probe());
  BOOST_REQUIRE(admission.event);
  BOOST_TEST(admission.event->entered == circuit_state::half_open);
  BOOST_TEST(admission.event->stats.consecutive_failures == 5u);
}

BOOST_AUTO_TEST_CASE(one_probe_at_a_time) {
  open_and_probe();
  for (int i = 0; i < 100; ++i) BOOST_TEST(refused());
}

BOOST_AUTO_TEST_CASE(a_refusal_asks_to_come_back_in_a_second) {
  open_and_probe();
  BOOST_TEST((ask().retry_in == 1s));
}

BOOST_AUTO_TEST_CASE(half_opening_is_reported_once) {
  auto const probe = open_and_probe();
  breaker.on_cancelled(probe, now);
  BOOST_TEST(!ask().event);
}

BOOST_AUTO_TEST_CASE(success_of_the_probe_closes) {
  auto const probe = open_and_probe();
  pass(1s);
  auto const event = breaker.on_success(probe, now);
  BOOST_REQUIRE(event);
  BOOST_TEST(event->entered == circuit_state::closed);
  BOOST_TEST(event->stats.open_for.count() == 30'000);
  BOOST_TEST(state() == circuit_state::closed);
  BOOST_TEST(bool(ask()));
}

BOOST_AUTO_TEST_CASE(closing_forgets_everything) {
  breaker.on_success(open_and_probe(), now);
  BOOST_TEST(stats().consecutive_failures == 0u);
  BOOST_TEST(stats().samples == 0u);
  BOOST_TEST(stats().open_for.count() == 0);
  BOOST_TEST(!stats().open_until);
  BOOST_TEST(!fail(4));
}

BOOST_AUTO_TEST_CASE(failure_of_the_probe_opens_again) {
  auto const probe = open_and_probe();
  pass(2s);
  auto const event = breaker.on_failure(probe, now);
  BOOST_REQUIRE(event);
  BOOST_TEST(event->entered == circuit_state::open);
  BOOST_TEST(event->reason == circuit_open_reason::probe_failed);
  BOOST_TEST(event->stats.consecutive_failures == 6u);
  BOOST_TEST((event->stats.open_until == now + 60s));
  BOOST_TEST(refused());
}

BOOST_AUTO_TEST_CASE(the_time_open_doubles_up_to_300_seconds) {
  open();
  std::vector<long> seconds;
  for (int i = 0; i < 7; ++i) {
    seconds.push_back(std::chrono::duration_cast<std::chrono::seconds>(*stats().open_until - now).count());
    fail_next_probe();
  }
  BOOST_TEST(seconds == (std::vector<long>{30, 60, 120, 240, 300, 300, 300}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(closing_resets_the_time_open) {
  open();
  for (int i = 0; i < 5; ++i) fail_next_probe();
  now = *stats().open_until;
  succeed();
  open();
  BOOST_TEST(stats().open_for.count() == 30'000);
}

BOOST_AUTO_TEST_CASE(growth_is_an_option) {
  circuit_breaker_options o;
  o.open_growth = 1.5;
  o.longest_open = 50s;
  breaker_fixture f(o);
  f.open();
  BOOST_TEST(f.fail_next_probe()->stats.open_for.count() == 45'000);
  BOOST_TEST(f.fail_next_probe()->stats.open_for.count() == 50'000);
}

BOOST_AUTO_TEST_CASE(growth_of_one_keeps_the_time_open) {
  circuit_breaker_options o;
  o.open_growth = 1;
  breaker_fixture f(o);
  f.open();
  BOOST_TEST(f.fail_next_probe()->stats.open_for.count() == 30'000);
}

BOOST_AUTO_TEST_CASE(a_cancelled_probe_gives_its_permit_back) {
  auto const probe = open_and_probe();
  breaker.on_cancelled(probe, now);
  BOOST_TEST(state() == circuit_state::half_open);
  BOOST_TEST(take().is_probe());
  BOOST_TEST(refused());
}

BOOST_AUTO_TEST_CASE(a_cancelled_probe_neither_closes_nor_prolongs) {
  auto const probe = open_and_probe();
  breaker.on_cancelled(probe, now);
  BOOST_TEST(stats().open_for.count() == 30'000);
  BOOST_TEST(stats().consecutive_failures == 5u);
}

BOOST_AUTO_TEST_CASE(many_cancelled_probes_one_after_the_other) {
  auto probe = open_and_probe();
  for (int i = 0; i < 100; ++i) {
    breaker.on_cancelled(probe, now);
    probe = take();
    BOOST_REQUIRE(probe.is_probe());
  }
  BOOST_TEST(breaker.on_success(probe, now).has_value());
}

BOOST_AUTO_TEST_CASE(the_result_of_a_cancelled_probe_is_stale) {
  auto const cancelled = open_and_probe();
  breaker.on_cancelled(cancelled, now);
  BOOST_TEST(!breaker.on_success(cancelled, now));
  auto const probe = take();
  BOOST_TEST(!breaker.on_failure(cancelled, now));
  BOOST_TEST(state() == circuit_state::half_open);
  BOOST_TEST(breaker.on_success(probe, now).has_value());
}

BOOST_AUTO_TEST_CASE(cancelling_a_probe_twice_frees_one_place_only) {
  auto const cancelled = open_and_probe();
  breaker.on_cancelled(cancelled, now);
  take();
  breaker.on_cancelled(cancelled, now);
  BOOST_TEST(refused());
}

BOOST_AUTO_TEST_CASE(a_probe_that_never_reports_is_replaced) {
  open_and_probe();
  pass(60s - 1ns);
  BOOST_TEST(refused());
  pass(1ns);
  BOOST_TEST(take().is_probe());
  BOOST_TEST(refused());
}

BOOST_AUTO_TEST_CASE(the_result_of_a_replaced_probe_is_stale) {
  auto const lost = open_and_probe();
  pass(60s);
  auto const probe = take();
  BOOST_TEST(!breaker.on_success(lost, now));
  BOOST_TEST(!breaker.on_failure(lost, now));
  breaker.on_cancelled(lost, now);
  BOOST_TEST(refused());
  BOOST_TEST(breaker.on_success(probe, now).has_value());
}

BOOST_AUTO_TEST_CASE(a_late_probe_counts_if_nobody_asked_meanwhile) {
  auto const probe = open_and_probe();
  pass(10min);
  BOOST_TEST(breaker.on_success(probe, now).has_value());
}

BOOST_AUTO_TEST_CASE(results_from_before_it_opened_are_stale) {
  auto const old = take();
  auto const probe = open_and_probe();
  BOOST_TEST(!breaker.on_success(old, now));
  BOOST_TEST(!breaker.on_failure(old, now));
  BOOST_TEST(state() == circuit_state::half_open);
  BOOST_TEST(breaker.on_success(probe, now).has_value());
}

BOOST_AUTO_TEST_CASE(results_from_before_it_closed_again_are_stale) {
  std::vector<circuit_permit> old;
  for (int i = 0; i < 5; ++i) old.push_back(take());
  breaker.on_success(open_and_probe(), now);
  for (auto const permit : old) BOOST_TEST(!breaker.on_failure(permit, now));
  BOOST_TEST(state() == circuit_state::closed);
  BOOST_TEST(stats().samples == 0u);
}

BOOST_AUTO_TEST_CASE(a_probe_from_an_earlier_half_open_is_stale) {
  auto const first = open_and_probe();
  breaker.on_failure(first, now);
  pass(60s);
  auto const second = take();
  BOOST_TEST(!breaker.on_success(first, now));
  BOOST_TEST(state() == circuit_state::half_open);
  BOOST_TEST(breaker.on_failure(second, now).has_value());
}

BOOST_AUTO_TEST_CASE(report_does_what_the_verdict_says) {
  auto const probe = open_and_probe();
  BOOST_TEST(!breaker.report(probe, circuit_verdict::no_evidence, now));
  BOOST_TEST(breaker.report(take(), circuit_verdict::failure, now)->entered == circuit_state::open);
  now = *stats().open_until;
  BOOST_TEST(breaker.report(take(), circuit_verdict::success, now)->entered == circuit_state::closed);
}

BOOST_AUTO_TEST_CASE(a_whole_life) {
  std::vector<circuit_state> entered;
  auto const note = [&](std::optional<circuit_event> const& event) {
    if (event) entered.push_back(event->entered);
  };
  note(fail(5));
  for (auto const verdict :
       {circuit_verdict::failure, circuit_verdict::no_evidence, circuit_verdict::success}) {
    if (state() == circuit_state::open) now = *stats().open_until;
    auto const admission = ask();
    note(admission.event);
    note(breaker.report(*admission.permit, verdict, now));
  }
  note(fail(5));
  using s = circuit_state;
  std::vector<circuit_state> const expected{s::open, s::half_open, s::open, s::half_open, s::closed, s::open};
  BOOST_TEST((entered == expected));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(circuit_critical_lane, breaker_fixture)

BOOST_AUTO_TEST_CASE(one_request_a_second_while_open) {
  open();
  BOOST_TEST(bool(ask(circuit_lane::critical)));
  BOOST_TEST(refused(circuit_lane::critical));
  pass(1s - 1ns);
  BOOST_TEST(refused(circuit_lane::critical));
  pass(1ns);
  BOOST_TEST(bool(ask(circuit_lane::critical)));
}

BOOST_AUTO_TEST_CASE(thirty_requests_while_open_for_thirty_seconds) {
  open();
  int sent = 0;
  for (int i = 0; i < 300; ++i, pass(100ms)) sent += bool(ask(circuit_lane::critical));
  BOOST_TEST(sent == 30);
}

BOOST_AUTO_TEST_CASE(seconds_not_used_are_not_saved_up) {
  open();
  pass(20s);
  BOOST_TEST(bool(ask(circuit_lane::critical)));
  BOOST_TEST(refused(circuit_lane::critical));
}

BOOST_AUTO_TEST_CASE(the_trickle_is_no_probe_and_no_event) {
  open();
  auto const admission = ask(circuit_lane::critical);
  BOOST_TEST(!admission.permit->is_probe());
  BOOST_TEST(!admission.event);
  BOOST_TEST(state() == circuit_state::open);
}

BOOST_AUTO_TEST_CASE(the_trickle_leaves_ordinary_calls_refused) {
  open();
  ask(circuit_lane::critical);
  BOOST_TEST(refused());
}

BOOST_AUTO_TEST_CASE(a_refusal_says_when_the_next_may_go) {
  open();
  ask(circuit_lane::critical);
  pass(300ms);
  BOOST_TEST((ask(circuit_lane::critical).retry_in == 700ms));
  BOOST_TEST((ask().retry_in == 29'700ms));
}

BOOST_AUTO_TEST_CASE(a_refusal_does_not_point_beyond_the_next_probe) {
  open();
  pass(29'800ms);
  ask(circuit_lane::critical);
  BOOST_TEST((ask(circuit_lane::critical).retry_in == 200ms));
}

BOOST_AUTO_TEST_CASE(success_of_the_trickle_does_not_close) {
  open();
  BOOST_TEST(!breaker.on_success(take(circuit_lane::critical), now));
  BOOST_TEST(state() == circuit_state::open);
  BOOST_TEST(stats().consecutive_failures == 5u);
}

BOOST_AUTO_TEST_CASE(failure_of_the_trickle_does_not_prolong) {
  open();
  auto const before = stats();
  pass(5s);
  BOOST_TEST(!breaker.on_failure(take(circuit_lane::critical), now));
  BOOST_TEST((stats().open_until == before.open_until));
  BOOST_TEST(stats().samples == before.samples);
}

BOOST_AUTO_TEST_CASE(cancelling_the_trickle_does_not_refund_the_second) {
  open();
  breaker.on_cancelled(take(circuit_lane::critical), now);
  BOOST_TEST(refused(circuit_lane::critical));
}

BOOST_AUTO_TEST_CASE(may_be_the_probe) {
  open();
  pass(30s);
  auto const admission = ask(circuit_lane::critical);
  BOOST_TEST(admission.permit->is_probe());
  BOOST_TEST(admission.event.has_value());
  BOOST_TEST(breaker.on_success(*admission.permit, now)->entered == circuit_state::closed);
}

BOOST_AUTO_TEST_CASE(may_be_the_probe_within_the_same_second) {
  open();
  pass(29'900ms);
  ask(circuit_lane::critical);
  pass(100ms);
  BOOST_TEST(take(circuit_lane::critical).is_probe());
}

BOOST_AUTO_TEST_CASE(the_probe_does_not_use_up_the_second) {
  open();
  pass(30s);
  take(circuit_lane::critical);
  BOOST_TEST(bool(ask(circuit_lane::critical)));
  BOOST_TEST(refused(circuit_lane::critical));
}

BOOST_AUTO_TEST_CASE(trickles_on_while_a_probe_is_under_way) {
  auto const probe = open_and_probe();
  auto const extra = take(circuit_lane::critical);
  BOOST_TEST(!extra.is_probe());
  BOOST_TEST(refused(circuit_lane::critical));
  BOOST_TEST(!breaker.on_failure(extra, now));
  BOOST_TEST(!breaker.on_success(extra, now));
  BOOST_TEST(state() == circuit_state::half_open);
  BOOST_TEST(breaker.on_success(probe, now).has_value());
}

BOOST_AUTO_TEST_CASE(the_trickle_keeps_its_pace_across_changes_of_state) {
  auto const probe = open_and_probe();
  take(circuit_lane::critical);
  pass(500ms);
  breaker.on_failure(probe, now);
  BOOST_TEST(refused(circuit_lane::critical));
  pass(500ms);
  BOOST_TEST(bool(ask(circuit_lane::critical)));
}

BOOST_AUTO_TEST_CASE(the_interval_is_an_option) {
  circuit_breaker_options o;
  o.critical_interval = 250ms;
  breaker_fixture f(o);
  f.open();
  int sent = 0;
  for (int i = 0; i < 40; ++i, f.pass(50ms)) sent += bool(f.ask(circuit_lane::critical));
  BOOST_TEST(sent == 8);
}

BOOST_AUTO_TEST_CASE(a_trickle_permit_is_stale_once_closed) {
  open();
  auto const extra = take(circuit_lane::critical);
  pass(30s);
  succeed();
  BOOST_TEST(!breaker.on_failure(extra, now));
  BOOST_TEST(stats().samples == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(circuit_shared)

BOOST_AUTO_TEST_CASE(several_threads_open_it_once) {
  shared_circuit_breaker breaker;
  time_point const now{1h};
  std::atomic<int> opened{0};
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) {
          auto const admission = breaker.try_acquire(now);
          if (!admission) {
            ++refused;
          } else if (breaker.report(*admission.permit, circuit_verdict::failure, now)) {
            ++opened;
          }
        }
      });
    }
  }
  BOOST_TEST(opened == 1);
  BOOST_TEST(refused >= 4 * 2000 - 5 - 3);  // at most three were under way when it opened
  BOOST_TEST(breaker.state(now) == circuit_state::open);
  BOOST_TEST(breaker.stats(now).consecutive_failures == 5u);
}

BOOST_AUTO_TEST_CASE(several_threads_get_one_probe) {
  shared_circuit_breaker breaker;
  time_point const start{1h};
  for (int i = 0; i < 5; ++i)
    breaker.report(*breaker.try_acquire(start).permit, circuit_verdict::failure, start);
  std::atomic<int> probes{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) probes += bool(breaker.try_acquire(start + 30s));
      });
    }
  }
  BOOST_TEST(probes == 1);
}

BOOST_AUTO_TEST_SUITE_END()
