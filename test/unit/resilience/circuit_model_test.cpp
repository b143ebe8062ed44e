// The circuit breaker against a model that remembers everything and knows no buckets, over a million random
// events.
#include <cmath>
#include <deque>
#include <vector>

#include "chronicle/random_source.hpp"
#include "support/seed.hpp"
#include "unit/resilience/breaker_fixture.hpp"

using namespace chronicle;
using namespace chronicle::test;

namespace {

/// Times in nanoseconds; one list of all results, counted anew for each question.
class model {
 public:
  enum class role { sample, probe, extra };
  struct ticket {
    role what;
    long life;  // which life of the circuit it belongs to
  };

  std::optional<ticket> ask(long now, bool critical) {
    event.reset();
    if (open_until_ < 0) return ticket{role::sample, life_};
    if (!half_ && now >= open_until_) {
      half_ = true;
      ++life_;
      event = circuit_state::half_open;
    }
    if (half_ && (probe_at_ < 0 || now - probe_at_ >= 60 * second)) {
      probe_at_ = now;
      return ticket{role::probe, ++life_};
    }
    if (critical && now >= last_extra_ + second) {
      last_extra_ = now;
      return ticket{role::extra, life_};
    }
    return std::nullopt;
  }

  void finish(ticket t, circuit_verdict verdict, long now) {
    event.reset();
    if (t.what == role::extra || t.life != life_) return;
    if (verdict == circuit_verdict::no_evidence) {
      if (t.what == role::probe) ++life_, probe_at_ = -1;
      return;
    }
    bool const good = verdict == circuit_verdict::success;
    if (good && t.what == role::probe) {
      results_.clear();
      row = 0;
      open_until_ = -1;
      turn(circuit_state::closed);
      return;
    }
    results_.emplace_back(now / second, good);
    row = good ? 0 : row + 1;
    if (good) return;
    if (t.what == role::probe) {
      how_long_ = std::min(how_long_ * 2, 300 * second);
    } else if (row >= 5 || (samples(now) >= 10 && 2 * failures(now) > samples(now))) {
      how_long_ = 30 * second;
    } else {
      return;
    }
    open_until_ = now + how_long_;
    turn(circuit_state::open);
  }

  circuit_state state(long now) const {
    if (open_until_ < 0) return circuit_state::closed;
    return half_ || now >= open_until_ ? circuit_state::half_open : circuit_state::open;
  }
  long samples(long now) const { return count(now, false); }
  long failures(long now) const { return count(now, true); }

  std::optional<circuit_state> event;
  unsigned row = 0;

 private:
  static constexpr long second = 1'000'000'000;

  void turn(circuit_state s) {
    half_ = false;
    probe_at_ = -1;
    ++life_;
    event = s;
  }
  long count(long now, bool failures_only) const {
    long n = 0;
    for (auto it = results_.rbegin(); it != results_.rend() && now / second - it->first < 60; ++it)
      n += !failures_only || !it->second;
    return n;
  }

  std::deque<std::pair<long, bool>> results_;
  long life_ = 0;
  long open_until_ = -1;
  long how_long_ = 0;
  long probe_at_ = -1;
  long last_extra_ = -second;
  bool half_ = false;
};

struct under_way {
  circuit_permit permit;
  model::ticket ticket;
};

class run {
 public:
  explicit run(std::uint64_t seed) : random_(make_seeded_random_source(seed)) {}

  void step() {
    now_ += draw_pause();
    if (uniform_up_to(*random_, 199) == 0) health_ = uniform(*random_);
    if (calls_.empty() || (calls_.size() < 40 && uniform_up_to(*random_, 1) == 0))
      ask();
    else
      finish();
    check();
  }

  int opened = 0, closed = 0, probes = 0, extras = 0, refused = 0, by_rate = 0;

 private:
  boot_clock::duration draw_pause() {
    switch (uniform_up_to(*random_, 9)) {
      case 0: return std::chrono::milliseconds(uniform_up_to(*random_, 20'000));
      case 1: return 1s;
      case 2: return 0s;
      default: return std::chrono::microseconds(uniform_up_to(*random_, 1'500'000));
    }
  }

  void ask() {
    bool const critical = uniform_up_to(*random_, 3) == 0;
    auto const admission =
        breaker_.try_acquire(now_, critical ? circuit_lane::critical : circuit_lane::ordinary);
    auto const ticket = model_.ask(now_.time_since_epoch().count(), critical);
    BOOST_REQUIRE(bool(admission) == ticket.has_value());
    compare(admission.event);
    if (!ticket) {
      ++refused;
      BOOST_REQUIRE((admission.retry_in > 0s));
      return;
    }
    BOOST_REQUIRE(admission.permit->is_probe() == (ticket->what == model::role::probe));
    probes += ticket->what == model::role::probe;
    extras += ticket->what == model::role::extra;
    calls_.push_back({*admission.permit, *ticket});
  }

  void finish() {
    auto const at = static_cast<std::ptrdiff_t>(uniform_up_to(*random_, calls_.size() - 1));
    auto const call = calls_[static_cast<std::size_t>(at)];
    calls_.erase(calls_.begin() + at);
    auto verdict = uniform(*random_) < health_ ? circuit_verdict::success : circuit_verdict::failure;
    if (uniform_up_to(*random_, 9) == 0) verdict = circuit_verdict::no_evidence;
    auto const event = breaker_.report(call.permit, verdict, now_);
    model_.finish(call.ticket, verdict, now_.time_since_epoch().count());
    compare(event);
    if (!event) return;
    opened += event->entered == circuit_state::open;
    closed += event->entered == circuit_state::closed;
    by_rate += event->entered == circuit_state::open && event->reason == circuit_open_reason::error_rate;
  }

  void compare(std::optional<circuit_event> const& event) const {
    BOOST_REQUIRE(event.has_value() == model_.event.has_value());
    if (event) BOOST_REQUIRE(event->entered == *model_.event);
  }

  void check() const {
    long const t = now_.time_since_epoch().count();
    auto const stats = breaker_.stats(now_);
    BOOST_REQUIRE(breaker_.state(now_) == model_.state(t));
    BOOST_REQUIRE(stats.consecutive_failures == model_.row);
    BOOST_REQUIRE(static_cast<long>(stats.samples) == model_.samples(t));
    BOOST_REQUIRE(std::lround(stats.error_rate * static_cast<double>(stats.samples)) == model_.failures(t));
  }

  std::shared_ptr<random_source> random_;
  circuit_breaker breaker_;
  model model_;
  time_point now_{};
  double health_ = 0.9;
  std::vector<under_way> calls_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_million_random_events_agree_with_the_model) {
  for_each_seed(10, [](std::uint64_t seed) {
    run r(seed);
    for (int i = 0; i < 100'000; ++i) r.step();
    // The walk must have been everywhere.
    BOOST_TEST(r.opened > 200);
    BOOST_TEST(r.by_rate > 20);
    BOOST_TEST(r.closed > 100);
    BOOST_TEST(r.probes > r.closed);
    BOOST_TEST(r.extras > 1000);
    BOOST_TEST(r.refused > 10'000);
  });
}
