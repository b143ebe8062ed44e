// What an open session does next: single decisions and single events.
#include <vector>

#include "unit/lease/upkeep_fixture.hpp"

namespace chronicle::test {
namespace {

upkeep_options const plain;

/// Edited once, so long after it was opened.
upkeep_state edited(boot_clock::duration at) {
  upkeep_state state = just_opened();
  lease::note_edit(state, opened + at);
  return state;
}

template <class Change>
upkeep_state changed(upkeep_state state, Change change) {
  change(state);
  return state;
}

upkeep_state releasing(upkeep_state state, boot_clock::duration asked) {
  state.release = true;
  state.release_asked_at = opened + asked;
  return state;
}

upkeep_state failing(upkeep_state state, boot_clock::duration at, boot_clock::duration pause) {
  lease::note_failed(state, opened + at, pause);
  return state;
}

struct plan_case {
  char const* name;
  upkeep_state state;
  boot_clock::duration now;
  upkeep_action action;
  boot_clock::duration at;
};

void check(std::vector<plan_case> const& cases, upkeep_options const& options = plain) {
  for (auto const& c : cases) BOOST_TEST_CONTEXT(c.name) {
      auto const next = options.plan(c.state, opened + c.now);
      BOOST_TEST(next.action == c.action);
      BOOST_TEST(seconds_since_opened(next.at) == std::chrono::duration<double>(c.at).count());
    }
}

BOOST_AUTO_TEST_SUITE(lease_upkeep)

BOOST_AUTO_TEST_CASE(renewal) {
  auto const quiet = just_opened();
  auto const jittered = changed(quiet, [](auto& s) { s.renew_early = 1500ms; });
  auto const bad = changed(quiet, [](auto& s) { s.bad_weather = true; });
  auto const bad_jittered = changed(jittered, [](auto& s) { s.bad_weather = true; });
  check({
      {"nothing to do at first", quiet, 0s, upkeep_action::sleep, 50s},
      {"one ns before age 50 s", quiet, 50s - 1ns, upkeep_action::sleep, 50s},
      {"at age 50 s", quiet, 50s, upkeep_action::renew, 50s},
      {"overdue, as after a suspend", quiet, 1h, upkeep_action::renew, 50s},
      {"jitter makes it earlier", jittered, 48'500ms - 1ns, upkeep_action::sleep, 48'500ms},
      {"jitter: at its time", jittered, 48'500ms, upkeep_action::renew, 48'500ms},
      {"bad weather: one ns before age 10 s", bad, 10s - 1ns, upkeep_action::sleep, 10s},
      {"bad weather: at age 10 s", bad, 10s, upkeep_action::renew, 10s},
      {"bad weather knows no jitter", bad_jittered, 9s, upkeep_action::sleep, 10s},
      {"bad weather: a lease that is old already", bad, 30s, upkeep_action::renew, 10s},
  });
}

BOOST_AUTO_TEST_CASE(bad_weather_never_makes_a_renewal_later) {
  upkeep_options options;
  options.lease.early_renew_age = 49s;
  options.lease.renew_jitter = 20s;
  auto state = just_opened();
  state.renew_early = 20s;
  BOOST_TEST(seconds_since_opened(lease::renewal_due(state, options.lease)) == 30.0);
  state.bad_weather = true;
  BOOST_TEST(seconds_since_opened(lease::renewal_due(state, options.lease)) == 30.0);
}

BOOST_AUTO_TEST_CASE(coalescing) {
  auto const once = edited(5s);
  auto twice = once;
  lease::note_edit(twice, opened + 6s);
  auto many = just_opened();
  for (auto t = 1s; t <= 31s; t += 1s) lease::note_edit(many, opened + t);
  auto const jittered = changed(once, [](auto& s) { s.save_early = 200ms; });
  auto const late = edited(49s);
  auto const at_once = edited(48s);
  check({
      {"one ns before 2 s after the edit", once, 7s - 1ns, upkeep_action::sleep, 7s},
      {"2 s after the edit", once, 7s, upkeep_action::save, 7s},
      {"a second edit puts it off", twice, 7s, upkeep_action::sleep, 8s},
      {"2 s after the last", twice, 8s, upkeep_action::save, 8s},
      {"steady edits: one ns before 30 s after the first", many, 31s - 1ns, upkeep_action::sleep, 31s},
      {"steady edits: 30 s after the first", many, 31s, upkeep_action::save, 31s},
      {"jitter makes it earlier", jittered, 6'800ms, upkeep_action::save, 6'800ms},
      {"a renewal that is due first takes the edit along", late, 50s, upkeep_action::renew, 50s},
      {"due at the same time: a save, which renews", at_once, 50s, upkeep_action::save, 50s},
  });
}

BOOST_AUTO_TEST_CASE(what_was_asked_for_goes_first) {
  auto const save_asked = [](upkeep_state state) {
    state.save_now = true;
    return state;
  };
  auto const doubted = [](upkeep_state state, boot_clock::duration at) {
    lease::note_doubt(state, opened + at);
    return state;
  };
  check({
      {"a manual save of edits", save_asked(edited(5s)), 5s, upkeep_action::save, 5s},
      {"a manual save without edits", save_asked(just_opened()), 1s, upkeep_action::save, 1s},
      {"a manual save waits out the backoff", save_asked(failing(edited(5s), 7s, 4s)), 8s,
       upkeep_action::sleep, 11s},
      {"a doubted lease is renewed at once", doubted(just_opened(), 1s), 1s, upkeep_action::renew, 1s},
      {"a doubted lease with an edit that is not due yet", doubted(edited(1s), 1s), 1s, upkeep_action::renew,
       1s},
      {"doubt cuts the backoff short", doubted(failing(just_opened(), 1s, 30s), 2s), 2s, upkeep_action::renew,
       2s},
      {"a manual save does for a doubted lease", save_asked(doubted(edited(1s), 1s)), 1s, upkeep_action::save,
       1s},
  });
}

BOOST_AUTO_TEST_CASE(backoff) {
  auto bad_save = failing(edited(0s), 2s, 1s);
  auto bad_renewal = failing(just_opened(), 50s, 4s);
  check({
      {"a failed save waits", bad_save, 2s, upkeep_action::sleep, 3s},
      {"a failed save is tried again", bad_save, 3s, upkeep_action::save, 3s},
      {"a failed renewal waits", bad_renewal, 54s - 1ns, upkeep_action::sleep, 54s},
      {"a failed renewal is tried again", bad_renewal, 54s, upkeep_action::renew, 54s},
      {"also when the lease has lapsed: lapsed is not lost", bad_renewal, 2h, upkeep_action::renew, 54s},
  });
}

BOOST_AUTO_TEST_CASE(a_document_that_cannot_be_written) {
  auto const unsavable = changed(edited(0s), [](auto& s) { s.unsavable_until = opened + 32s; });
  auto const for_long = changed(edited(0s), [](auto& s) { s.unsavable_until = opened + 1h; });
  auto const asked = changed(for_long, [](auto& s) { s.save_now = true; });
  check({
      {"is left alone for a while", unsavable, 2s, upkeep_action::sleep, 32s},
      {"is looked at again", unsavable, 32s, upkeep_action::save, 32s},
      {"does not keep the lease from being renewed", for_long, 49s, upkeep_action::sleep, 50s},
      {"does not keep the lease from being renewed, at age 50 s", for_long, 50s, upkeep_action::renew, 50s},
      {"is looked at when somebody asks", asked, 3s, upkeep_action::save, 3s},
      {"is released nevertheless", releasing(for_long, 3s), 3s, upkeep_action::release, 3s},
  });
}

BOOST_AUTO_TEST_CASE(release) {
  auto const everything_due = changed(failing(edited(0s), 20s, 1s), [](auto& s) {
    s.save_now = true;
    s.renew_now = true;
  });
  auto const asked = releasing(just_opened(), 5s);
  auto const late = releasing(just_opened(), 55s);  // may be tried to 85 s
  auto const failed = failing(asked, 5s, 4s);       // to 60 s, when the lease ends
  auto const failed_late = failing(late, 80s, 10s);
  check({
      {"at once", asked, 5s, upkeep_action::release, 5s},
      {"before a save and a renewal that are due", releasing(everything_due, 21s), 21s,
       upkeep_action::release, 21s},
      {"after the backoff", failed, 5s, upkeep_action::sleep, 9s},
      {"again after the backoff", failed, 9s, upkeep_action::release, 9s},
      {"while the lease may be ours, the deadline notwithstanding", failed, 60s - 1ns, upkeep_action::release,
       60s - 1ns},
      {"given up when the lease has run out", failed, 60s, upkeep_action::give_up, 60s},
      {"until its deadline, the lapsed lease notwithstanding", failed_late, 84s, upkeep_action::sleep, 85s},
      {"wakes at the limit and not after the backoff", failed_late, 85s - 1ns, upkeep_action::sleep, 85s},
      {"given up at its deadline", failed_late, 85s, upkeep_action::give_up, 85s},
      {"tried once in any case, as after a suspend", asked, 2h, upkeep_action::release, 2h},
  });
}

BOOST_AUTO_TEST_CASE(an_ended_session_does_nothing_more) {
  auto state = releasing(changed(edited(0s), [](auto& s) { s.save_now = true; }), 1s);
  state.ended = true;
  check({{"at once", state, 1s, upkeep_action::finish, 1s}, {"later", state, 2h, upkeep_action::finish, 2h}});
}

BOOST_AUTO_TEST_CASE(lapsed_from_exactly_the_end_of_validity_on) {
  auto const state = just_opened();
  BOOST_TEST((lease::vouch(state, opened) == session_state::active));
  BOOST_TEST((lease::vouch(state, opened + 60s - 1ns) == session_state::active));
  BOOST_TEST((lease::vouch(state, opened + 60s) == session_state::lapsed));
  BOOST_TEST((lease::vouch(state, opened + 2h) == session_state::lapsed));
}

BOOST_AUTO_TEST_CASE(validity_counts_from_before_the_write_was_sent) {
  auto state = just_opened();
  lease::note_confirmed(state, opened + 40s, false, opened + 49s);  // the answer took 9 s (H6)
  BOOST_TEST(seconds_since_opened(state.valid_until()) == 100.0);
  lease::note_confirmed(state, opened + 30s, false, opened + 50s);  // older news shortens nothing
  BOOST_TEST(seconds_since_opened(state.valid_until()) == 100.0);
}

BOOST_AUTO_TEST_CASE(a_lapsed_lease_comes_back_when_confirmed) {
  auto state = failing(just_opened(), 70s, 1s);
  BOOST_TEST((lease::vouch(state, opened + 75s) == session_state::lapsed));
  lease::note_confirmed(state, opened + 75s, false, opened + 76s);
  BOOST_TEST((lease::vouch(state, opened + 76s) == session_state::active));
  BOOST_TEST(state.failures == 0u);
  BOOST_TEST(!state.bad_weather);
}

BOOST_AUTO_TEST_CASE(edits_during_a_flight_stay_dirty_from_when_they_were_made) {
  auto state = edited(0s);
  lease::note_snapshot(state);
  lease::note_edit(state, opened + 3s);
  lease::note_edit(state, opened + 4s);
  BOOST_TEST(seconds_since_opened(state.first_unsaved) == 0.0);  // until the write is confirmed
  lease::note_confirmed(state, opened + 2s, true, opened + 5s);
  BOOST_TEST(state.dirty());
  BOOST_TEST(state.saved_edits == 1u);
  BOOST_TEST(seconds_since_opened(state.first_unsaved) == 3.0);
  BOOST_TEST(seconds_since_opened(plain.plan(state, opened + 5s).at) == 6.0);
}

BOOST_AUTO_TEST_CASE(a_flight_that_held_everything_leaves_nothing_dirty) {
  auto state = edited(0s);
  lease::note_edit(state, opened + 1s);
  lease::note_snapshot(state);
  lease::note_confirmed(state, opened + 3s, true, opened + 4s);
  BOOST_TEST(!state.dirty());
  lease::note_edit(state, opened + 20s);
  BOOST_TEST(seconds_since_opened(state.first_unsaved) == 20.0);
}

BOOST_AUTO_TEST_CASE(a_renewal_over_the_data_as_stored_saves_nothing) {
  auto state = edited(0s);
  lease::note_snapshot(state);
  lease::note_confirmed(state, opened + 3s, false, opened + 4s);
  BOOST_TEST(state.dirty());
  BOOST_TEST(seconds_since_opened(state.first_unsaved) == 0.0);
}

BOOST_AUTO_TEST_CASE(h19_a_failed_save_leaves_the_edits_scheduled) {
  auto state = edited(0s);
  lease::note_snapshot(state);
  lease::note_edit(state, opened + 3s);
  lease::note_failed(state, opened + 5s, 1s);
  BOOST_TEST(state.saved_edits == 0u);
  BOOST_TEST(seconds_since_opened(state.first_unsaved) == 0.0);
  // The next flight holds both; what comes after it counts by itself.
  lease::note_snapshot(state);
  lease::note_edit(state, opened + 7s);
  lease::note_confirmed(state, opened + 6s, true, opened + 8s);
  BOOST_TEST(seconds_since_opened(state.first_unsaved) == 7.0);
}

BOOST_AUTO_TEST_CASE(doubt_is_settled_only_by_a_write_sent_after_it) {
  auto state = just_opened();
  lease::note_doubt(state, opened + 5s);
  lease::note_confirmed(state, opened + 4s, false, opened + 6s);  // was in flight when the doubt arose
  BOOST_TEST((plain.plan(state, opened + 6s).action == upkeep_action::renew));
  lease::note_failed(state, opened + 7s, 1s);
  BOOST_TEST((plain.plan(state, opened + 8s).action == upkeep_action::renew));
  lease::note_confirmed(state, opened + 8s, false, opened + 9s);
  BOOST_TEST((plain.plan(state, opened + 9s).action == upkeep_action::sleep));
}

BOOST_AUTO_TEST_CASE(pauses_double_up_to_the_cap) {
  retry_options odd;
  odd.upkeep_base = 3s;
  odd.upkeep_cap = 10s;
  retry_options flat;
  flat.upkeep_base = 5s;
  flat.upkeep_cap = 5s;
  struct row {
    retry_options retry;
    std::vector<int> seconds;  // after 0, 1, 2 ... failures
  };
  for (row const& r :
       {row{{}, {1, 1, 2, 4, 8, 16, 30, 30, 30}}, row{odd, {3, 3, 6, 10, 10}}, row{flat, {5, 5, 5, 5}}})
    for (unsigned n = 0; n < r.seconds.size(); ++n)
      BOOST_TEST(lease::upkeep_pause(n, r.retry).count() == r.seconds[n] * 1000);
  BOOST_TEST(lease::upkeep_pause(4'000'000'000u, {}).count() == 30'000);
}

BOOST_AUTO_TEST_CASE(whom_an_open_circuit_refuses_comes_again_in_time) {
  struct row {
    bool releases;
    boot_clock::duration age, until, spread, pause;
  };
  for (row const& r : {
           row{false, 5s, 30s, 10s, 40s},     // when it may close, and a little later
           row{false, 5s, 300s, 40s, 47s},    // when the critical lane is open
           row{false, 5s, 300s, 1s, 46s},     //
           row{false, 50s, 20s, 60s, 2s},     // which it just is
           row{false, 52s, 1s, 60s, 3s},      // and has room soon
           row{false, 59s, 1s, 60s, 1250ms},  //
           row{false, 60s, 1s, 60s, 61s},     // run out: nothing is urgent any more
           row{true, 5s, 1s, 60s, 3s},        // a release has the lane from the beginning
           row{true, 2h, 1s, 60s, 3s},        // and to the end
       }) {
    upkeep_state state = just_opened();
    state.release = r.releases;
    BOOST_TEST_CONTEXT("age " << seconds_since_opened(opened + r.age))
    BOOST_CHECK(lease::pause_when_refused(state, r.until, r.spread, opened + r.age) == r.pause);
  }
}

BOOST_AUTO_TEST_CASE(a_backend_may_ask_to_wait_while_the_lease_has_time) {
  struct row {
    boot_clock::duration age, told, own, pause;
  };
  for (row const& r : {
           row{5s, 0s, 2s, 2s},      // nothing was asked
           row{5s, 10s, 2s, 12s},    // it has time
           row{5s, 1h, 2s, 47s},     // until ten seconds are left, and a little later
           row{45s, 0s, 25s, 7s},    // neither is our own longer
           row{49s, 1h, 2s, 3s},     //
           row{52s, 1h, 1s, 1s},     // urgent: as long as we think right
           row{52s, 0s, 25s, 2s},    // or a part of what is left
           row{59s, 1h, 4s, 1s},     // or a second
           row{60s, 5s, 4s, 9s},     // run out
           row{10min, 1h, 4s, 64s},  // as long as a lease lasts
       }) {
    BOOST_TEST_CONTEXT("age " << seconds_since_opened(opened + r.age))
    BOOST_CHECK(lease::pause_when_told(just_opened(), r.told, r.own, opened + r.age) == r.pause);
  }
}

BOOST_AUTO_TEST_CASE(a_release_may_be_tried_for_its_deadline_and_while_the_lease_may_be_ours) {
  struct row {
    boot_clock::duration asked;
    double limit;
  };
  for (row const& r : {row{0s, 60}, row{30s - 1ns, 60}, row{30s, 60}, row{31s, 61}, row{2h, 7230}})
    BOOST_TEST(seconds_since_opened(lease::release_limit(releasing(just_opened(), r.asked), {})) == r.limit);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
