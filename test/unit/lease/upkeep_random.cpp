// Random sequences of everything that can happen to a session's upkeep, against a plain list of the unsaved
// edits and the invariants of every plan.
#include <algorithm>
#include <utility>
#include <vector>

#include "chronicle/random_source.hpp"
#include "support/seed.hpp"
#include "unit/lease/upkeep_fixture.hpp"

namespace chronicle::test {
namespace {

/// A session, and beside it what it ought to know.
class world {
 public:
  explicit world(std::uint64_t seed) : random_(make_seeded_random_source(seed)), state_(just_opened()) {
    options_.lease.early_renew_age = milliseconds{draw(20'000)};
    options_.lease.renew_age = 20s + milliseconds{draw(39'000)};
    options_.saving.quiet_period = 1ms + milliseconds{draw(5'000)};
    options_.saving.max_delay = options_.saving.quiet_period + milliseconds{draw(40'000)};
  }

  void step() {
    pass_time();
    something_happens();
    check_bookkeeping();
    auto const next = options_.plan(state_, now_);
    check_plan(next);
    if (!flight_) follow(next);
  }

 private:
  std::uint64_t draw(std::uint64_t bound) { return uniform_up_to(*random_, bound); }
  bool one_in(std::uint64_t n) { return draw(n - 1) == 0; }

  void pass_time() {
    if (one_in(3)) return;
    // Mostly a little, sometimes exactly to what was planned, rarely far beyond.
    auto const planned = options_.plan(state_, now_).at;
    if (one_in(3) && planned > now_)
      now_ = planned;
    else
      now_ += milliseconds{draw(one_in(20) ? 100'000 : 2'000)};
  }

  void something_happens() {
    switch (draw(11)) {
      case 0:
      case 1:
      case 2:
        if (state_.release) break;
        lease::note_edit(state_, now_);
        unsaved_.push_back(now_);
        break;
      case 3: state_.save_now = true; break;
      case 4:
        lease::note_doubt(state_, now_);
        (flight_ && *flight_ == now_ ? doubted_before_flight_ : doubted_) = true;
        break;
      case 5: state_.bad_weather = true; break;
      case 6:
        if (one_in(5)) state_.unsavable_until = now_ + milliseconds{draw(60'000)};
        break;
      case 7:
        if (!one_in(40) || state_.release) break;
        state_.release = true;
        state_.release_asked_at = now_;
        break;
      default:
        if (flight_) land();
    }
  }

  void follow(lease::upkeep_plan const& next) {
    switch (next.action) {
      case upkeep_action::save:
      case upkeep_action::renew:
      case upkeep_action::release:
        state_.save_now = false;
        lease::note_snapshot(state_);
        flight_ = now_;
        doubted_before_flight_ = std::exchange(doubted_, false);
        held_by_flight_ = unsaved_.size();
        releases_ = next.action == upkeep_action::release;
        break;
      case upkeep_action::give_up: state_.ended = true; break;
      case upkeep_action::sleep:
      case upkeep_action::finish: break;
    }
  }

  void land() {
    time_point const sent_at = *flight_;
    flight_.reset();
    if (one_in(3)) {
      lease::note_failed(state_, now_, lease::upkeep_pause(state_.failures + 1, options_.retry));
      doubted_ = doubted_ || doubted_before_flight_;
      return;
    }
    bool const holds_snapshot = !one_in(5);
    time_point const confirmed_before = state_.confirmed_at;
    lease::note_confirmed(state_, sent_at, holds_snapshot, now_);
    if (holds_snapshot)
      unsaved_.erase(unsaved_.begin(), unsaved_.begin() + static_cast<long>(held_by_flight_));
    BOOST_TEST((state_.confirmed_at == std::max(confirmed_before, sent_at)));
    BOOST_TEST(state_.failures == 0u);
    if (releases_) state_.ended = true;
  }

  void check_bookkeeping() const {
    BOOST_TEST(state_.dirty() == (state_.edits != state_.saved_edits));
    BOOST_TEST(state_.dirty() == !unsaved_.empty());
    BOOST_TEST(state_.edits - state_.saved_edits == unsaved_.size());
    BOOST_TEST(state_.saved_edits <= state_.snapshot_edits);
    BOOST_TEST(state_.snapshot_edits <= state_.edits);
    if (unsaved_.empty()) return;
    BOOST_TEST((state_.first_unsaved == unsaved_.front()));
    BOOST_TEST((state_.last_edit == unsaved_.back()));
    BOOST_TEST((state_.first_unsaved <= state_.last_edit));
  }

  void check_plan(lease::upkeep_plan const& next) const {
    if (state_.ended) {
      BOOST_TEST(next.action == upkeep_action::finish);
      return;
    }
    BOOST_TEST((next.action == upkeep_action::sleep) == (next.at > now_));
    BOOST_TEST(options_.plan(state_, next.at).action !=
               upkeep_action::sleep);  // whoever sleeps has a reason to wake
    if (state_.release) return check_release(next);

    bool const writes = next.action == upkeep_action::save || next.action == upkeep_action::renew;
    BOOST_TEST((writes || next.action == upkeep_action::sleep));
    BOOST_TEST((next.at >= state_.not_before));
    BOOST_TEST((next.action != upkeep_action::save || state_.dirty() || state_.save_now));
    // Liveness: neither an edit nor the lease waits for longer than promised, but for the backoff.
    auto const by = [&](time_point promised) { return std::max({promised, state_.not_before, now_}); };
    if (state_.dirty())
      BOOST_TEST((next.at <=
                  by(std::max(state_.first_unsaved + options_.saving.max_delay, state_.unsavable_until))));
    if (state_.dirty() && state_.unsavable_until <= now_)
      BOOST_TEST((next.at <= by(state_.last_edit + options_.saving.quiet_period)));
    BOOST_TEST((next.at <= by(state_.confirmed_at + options_.lease.renew_age)));
    if (state_.bad_weather) BOOST_TEST((next.at <= by(state_.confirmed_at + options_.lease.early_renew_age)));
    if (doubted_ || state_.save_now) BOOST_TEST((next.at <= by(now_)));
  }

  void check_release(lease::upkeep_plan const& next) const {
    time_point const limit = lease::release_limit(state_, options_.retry);
    if (next.action == upkeep_action::release) BOOST_TEST((now_ >= state_.not_before || now_ >= limit));
    if (next.action == upkeep_action::give_up) BOOST_TEST((now_ >= limit && state_.failures > 0));
    BOOST_TEST((next.at <= std::max(limit, now_)));
    BOOST_TEST((next.action != upkeep_action::save && next.action != upkeep_action::renew));
  }

  std::shared_ptr<random_source> random_;
  upkeep_options options_;
  upkeep_state state_;
  time_point now_ = opened;
  std::vector<time_point> unsaved_;  // the edits that no confirmed write holds
  std::optional<time_point> flight_;
  std::size_t held_by_flight_ = 0;
  bool releases_ = false;
  bool doubted_ = false;                // since the last take-off
  bool doubted_before_flight_ = false;  // what the flight is to settle
};

BOOST_AUTO_TEST_SUITE(lease_upkeep_random)

BOOST_AUTO_TEST_CASE(any_sequence_keeps_the_invariants) {
  for_each_seed(1'000, [](std::uint64_t seed) {
    world w(seed);
    for (int n = 0; n < 400; ++n) w.step();
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
