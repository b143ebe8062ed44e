// The life of a session over time: `plan_upkeep` in a loop, as a session's coroutine drives it, against a
// backend that takes its time and fails when told to.
#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "chronicle/random_source.hpp"
#include "unit/lease/upkeep_fixture.hpp"

namespace chronicle::test {
namespace {

class timeline {
 public:
  struct written {
    upkeep_action action;
    double sent;          // seconds since the session was opened
    std::uint64_t edits;  // how many it holds
    bool confirmed;
  };

  upkeep_options options;
  upkeep_state state = just_opened();
  boot_clock::duration latency{0};
  std::function<boot_clock::duration()> draw_renewal_jitter;

  /// Does something at a time; before what the session does at that very time.
  void at(boot_clock::duration when, std::function<void(timeline&)> what) {
    events_.emplace(opened + when, std::move(what));
  }
  void edit_at(boot_clock::duration when) {
    at(when, [](timeline& t) { lease::note_edit(t.state, t.now_); });
  }
  void save_at(boot_clock::duration when) {
    at(when, [](timeline& t) { t.state.save_now = true; });
  }
  void release_at(boot_clock::duration when) {
    at(when, [](timeline& t) {
      t.state.release = true;
      t.state.release_asked_at = t.now_;
      t.state.not_before = t.now_;
    });
  }
  void down(boot_clock::duration from, boot_clock::duration to) {
    at(from, [](timeline& t) { t.down_ = true; });
    at(to, [](timeline& t) { t.down_ = false; });
  }

  /// Up to and including that time.
  void run_until(boot_clock::duration end) {
    while (true) {
      time_point const next =
          std::min(next_step(), events_.empty() ? time_point::max() : events_.begin()->first);
      if (next > opened + end) return;
      now_ = std::max(now_, next);
      if (!events_.empty() && events_.begin()->first <= now_) {
        auto const what = events_.extract(events_.begin());
        what.mapped()(*this);
      } else if (flight_) {
        land();
      } else {
        take_off();
      }
    }
  }

  std::vector<written> const& writes() const { return writes_; }
  std::vector<double> sent(bool confirmed = true) const {
    std::vector<double> times;
    for (auto const& w : writes_)
      if (w.confirmed == confirmed) times.push_back(w.sent);
    return times;
  }
  session_state now_is() const { return lease::vouch(state, now_); }

 private:
  time_point next_step() const {
    if (flight_) return *flight_ + latency;
    auto const next = options.plan(state, now_);
    return next.action == upkeep_action::finish ? time_point::max() : std::max(next.at, now_);
  }

  void take_off() {
    auto const next = options.plan(state, now_);
    if (next.action == upkeep_action::sleep) return;
    if (next.action == upkeep_action::give_up) {
      state.ended = true;
      return;
    }
    BOOST_TEST_REQUIRE(writes_.size() < 1000u);  // a plan that never rests
    state.save_now = false;
    lease::note_snapshot(state);
    writes_.push_back({next.action, seconds_since_opened(now_), state.snapshot_edits, !down_});
    flight_ = now_;
  }

  void land() {
    time_point const sent_at = *flight_;
    flight_.reset();
    if (!writes_.back().confirmed) {
      lease::note_failed(state, now_, lease::upkeep_pause(state.failures + 1, options.retry));
      return;
    }
    lease::note_confirmed(state, sent_at, true, now_);
    state.ended = writes_.back().action == upkeep_action::release;
    if (draw_renewal_jitter) state.renew_early = draw_renewal_jitter();
  }

  time_point now_ = opened;
  bool down_ = false;
  std::optional<time_point> flight_;  // when it took off
  std::multimap<time_point, std::function<void(timeline&)>> events_;
  std::vector<written> writes_;
};

using times = std::vector<double>;

void check_times(times const& got, times const& expected) {
  BOOST_TEST(got == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE(lease_upkeep_timeline)

BOOST_AUTO_TEST_CASE(a_quiet_session_renews_216_times_in_three_hours) {
  for (auto const latency : {boot_clock::duration{0}, boot_clock::duration{300ms}, boot_clock::duration{3s}})
    BOOST_TEST_CONTEXT("latency " << latency.count() << " ns") {
      timeline t;
      t.latency = latency;
      t.run_until(3h);
      BOOST_TEST_REQUIRE(t.writes().size() == 216u);
      for (std::size_t n = 0; n < 216; ++n) {
        BOOST_TEST((t.writes()[n].action == upkeep_action::renew));
        BOOST_TEST(t.writes()[n].sent == 50.0 * static_cast<double>(n + 1));
      }
    }
}

BOOST_AUTO_TEST_CASE(jitter_spreads_renewals_and_costs_little) {
  auto const random = make_seeded_random_source(1);
  timeline t;
  t.draw_renewal_jitter = [&] { return milliseconds{uniform_up_to(*random, 2000)}; };
  t.run_until(3h);
  BOOST_TEST(t.writes().size() >= 216u);
  BOOST_TEST(t.writes().size() <= 225u);  // 3 h / 48 s
  for (std::size_t n = 1; n < t.writes().size(); ++n) {
    double const period = t.writes()[n].sent - t.writes()[n - 1].sent;
    BOOST_TEST((period >= 48.0 && period <= 50.0));
  }
}

BOOST_AUTO_TEST_CASE(ten_edits_make_one_write_two_seconds_after_the_last) {
  timeline t;
  for (int n = 0; n < 10; ++n) t.edit_at(1s + n * 100ms);
  t.run_until(50s);
  BOOST_TEST_REQUIRE(t.writes().size() == 1u);
  BOOST_TEST(t.writes()[0].action == upkeep_action::save);
  BOOST_TEST(t.writes()[0].sent == 3.9);
  BOOST_TEST(t.writes()[0].edits == 10u);
  BOOST_TEST(!t.state.dirty());
}

BOOST_AUTO_TEST_CASE(edits_every_second_are_written_30_s_after_the_first_unsaved_one) {
  timeline t;
  for (auto when = 1s; when <= 120s; when += 1s) t.edit_at(when);
  t.run_until(119s);
  check_times(t.sent(), {31, 62, 93});  // the edit of that second included: the next ones are of 32 and 63
  BOOST_TEST(t.writes()[0].edits == 31u);
}

BOOST_AUTO_TEST_CASE(a_save_renews_the_lease_too) {
  timeline t;
  t.edit_at(20s);
  t.run_until(3min);
  check_times(t.sent(), {22, 72, 122, 172});
}

BOOST_AUTO_TEST_CASE(a_failed_save_does_not_reset_the_30_s) {
  timeline t;
  t.options.lease.early_renew_age = 49s;  // bad weather would save earlier
  for (auto when = 1s; when <= 40s; when += 1s) t.edit_at(when);
  t.down(10s, 10'500ms);
  t.save_at(10s);
  t.run_until(40s);
  check_times(t.sent(false), {10});
  check_times(t.sent(), {31});
}

BOOST_AUTO_TEST_CASE(an_edit_during_a_flight_has_30_s_of_its_own) {
  timeline t;
  t.latency = 1500ms;
  t.edit_at(0s);  // saved from 2 s to 3.5 s
  for (auto when = 3s; when <= 40s; when += 1s) t.edit_at(when);
  t.run_until(34s);
  check_times(t.sent(), {2, 33});
  BOOST_TEST(t.writes()[0].edits == 1u);
}

BOOST_AUTO_TEST_CASE(a_manual_save_that_succeeds_cancels_the_scheduled_one) {
  timeline t;
  t.edit_at(5s);
  t.save_at(6s);
  t.run_until(57s);
  check_times(t.sent(), {6, 56});
  BOOST_TEST(t.writes()[1].action == upkeep_action::renew);
}

BOOST_AUTO_TEST_CASE(a_manual_save_that_fails_cancels_nothing) {
  timeline t;
  t.edit_at(5s);
  t.down(6s, 6'500ms);
  t.save_at(6s);
  t.run_until(30s);
  check_times(t.sent(false), {6});
  check_times(t.sent(), {7});
}

BOOST_AUTO_TEST_CASE(saves_asked_for_during_a_flight_become_one) {
  timeline t;
  t.latency = 4s;
  t.save_at(1s);
  for (auto when : {2s, 3s, 4s}) {
    t.edit_at(when);
    t.save_at(when);
  }
  t.run_until(40s);
  check_times(t.sent(), {1, 5});
}

BOOST_AUTO_TEST_CASE(a_renewal_queued_behind_a_save_is_dropped) {
  timeline t;
  t.latency = 3s;
  t.edit_at(47s);  // saved from 49 s to 52 s; a renewal was due at 50 s
  t.run_until(100s);
  check_times(t.sent(), {49, 99});
}

BOOST_AUTO_TEST_CASE(bad_weather_pulls_one_renewal_to_age_10_s) {
  timeline t;
  t.at(5s, [](timeline& session) { session.state.bad_weather = true; });  // somebody challenges
  t.run_until(70s);
  check_times(t.sent(), {10, 60});
}

BOOST_AUTO_TEST_CASE(after_a_failure_the_lease_is_confirmed_from_age_10_s_on) {
  timeline t;
  t.options.retry.upkeep_base = 5s;
  t.edit_at(0s);
  t.down(2s, 3s);
  t.at(3s, [](timeline& session) {
    session.state.unsavable_until = opened + 1h;  // so that only the lease is left to look after
  });
  t.run_until(70s);
  check_times(t.sent(false), {2});
  check_times(t.sent(), {10, 60});
}

BOOST_AUTO_TEST_CASE(an_outage_of_30_s_lapses_the_lease_and_loses_nothing) {
  timeline t;
  t.edit_at(47s);
  t.down(48s, 78s);
  t.run_until(79s);
  check_times(t.sent(false), {49, 50, 52, 56, 64});  // pauses of 1, 2, 4, 8 and 16 s
  BOOST_TEST((t.now_is() == session_state::lapsed));
  BOOST_TEST(t.state.dirty());
  t.run_until(81s);
  check_times(t.sent(), {80});
  BOOST_TEST((t.now_is() == session_state::active));
  BOOST_TEST(!t.state.dirty());
  t.run_until(131s);
  check_times(t.sent(), {80, 130});  // the weather is good again
}

BOOST_AUTO_TEST_CASE(retries_come_at_most_30_s_apart) {
  timeline t;
  t.down(0s, 1h);
  t.run_until(1h - 1ns);
  auto const failed = t.sent(false);
  BOOST_TEST_REQUIRE(failed.size() > 100u);
  for (std::size_t n = 6; n < failed.size(); ++n) BOOST_TEST(failed[n] - failed[n - 1] == 30.0);
}

BOOST_AUTO_TEST_CASE(r1_a_release_waits_for_the_write_in_flight_and_is_the_last) {
  timeline t;
  t.latency = 4s;
  t.edit_at(0s);
  t.save_at(1s);
  t.edit_at(2s);
  t.release_at(3s);
  t.save_at(4s);
  t.run_until(3h);
  BOOST_TEST_REQUIRE(t.writes().size() == 2u);
  BOOST_TEST(t.writes()[1].action == upkeep_action::release);
  BOOST_TEST(t.writes()[1].sent == 5.0);
  BOOST_TEST(t.writes()[1].edits == 2u);
}

BOOST_AUTO_TEST_CASE(a_release_in_an_outage_is_tried_while_the_lease_may_be_ours_then_given_up) {
  timeline t;
  t.edit_at(0s);
  t.release_at(1s);
  t.down(0s, 2h);
  t.run_until(2h);
  check_times(t.sent(false), {1, 2, 4, 8, 16, 32});
  BOOST_TEST(t.state.ended);
  BOOST_TEST(t.state.dirty());
}

BOOST_AUTO_TEST_CASE(a_release_in_an_outage_that_ends_in_time_gets_through) {
  timeline t;
  t.edit_at(0s);
  t.release_at(1s);
  t.down(0s, 20s);
  t.run_until(2h);
  check_times(t.sent(), {32});
  BOOST_TEST(t.state.ended);
  BOOST_TEST(!t.state.dirty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
