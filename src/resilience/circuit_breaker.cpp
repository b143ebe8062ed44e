#include "chronicle/circuit_breaker.hpp"

#include <algorithm>
#include <utility>

#include "base/option_rules.hpp"
#include "resilience/sliding_window.hpp"

namespace chronicle {
using std::chrono::milliseconds;

std::string find_problem(circuit_breaker_options const& o) {
  using namespace std::chrono_literals;
  auto const within = [](milliseconds value, milliseconds least, milliseconds most) {
    return value >= least && value <= most;
  };
  return first_broken({
      {o.consecutive_failures >= 1, "consecutive_failures", "1 or more"},
      {o.error_rate > 0 && o.error_rate < 1, "error_rate", "above 0 and below 1"},
      {o.minimum_samples >= 1, "minimum_samples", "1 or more"},
      {within(o.window, 1s, 1h), "window", "1 s to 1 h"},
      {within(o.open_for, 1ms, 24h), "open_for", "1 ms to 1 day"},
      {within(o.longest_open, o.open_for, 24h), "longest_open", "open_for to 1 day"},
      {o.open_growth >= 1 && o.open_growth <= 10, "open_growth", "1 to 10"},
      {within(o.critical_interval, 1ms, 24h), "critical_interval", "1 ms to 1 day"},
      {within(o.probe_patience, 1ms, 24h), "probe_patience", "1 ms to 1 day"},
  });
}

char const* to_string(circuit_state state) noexcept {
  switch (state) {
    case circuit_state::closed: return "closed";
    case circuit_state::open: return "open";
    case circuit_state::half_open: return "half_open";
  }
  return "unknown";
}

char const* to_string(circuit_open_reason reason) noexcept {
  switch (reason) {
    case circuit_open_reason::consecutive_failures: return "consecutive_failures";
    case circuit_open_reason::error_rate: return "error_rate";
    case circuit_open_reason::probe_failed: return "probe_failed";
  }
  return "unknown";
}

class circuit_breaker::machine {
 public:
  explicit machine(circuit_breaker_options const& options)
      : options_(checked(options)), window_(options.window) {}

  circuit_admission try_acquire(time_point now, circuit_lane lane);
  std::optional<circuit_event> on_success(circuit_permit permit, time_point now);
  std::optional<circuit_event> on_failure(circuit_permit permit, time_point now);
  void on_cancelled(circuit_permit permit, time_point now);
  circuit_state state(time_point now) const;
  circuit_stats stats(time_point now) const;

 private:
  using kind = circuit_permit::kind;

  time_point advance(time_point now) { return latest_ = std::max(latest_, now); }
  circuit_event enter(circuit_state state, time_point now);
  circuit_event open(circuit_open_reason reason, milliseconds how_long, time_point now);
  bool too_many_fail(circuit_stats const& now) const;
  circuit_admission grant(kind k) const { return {circuit_permit(k, epoch_), {}, std::nullopt}; }
  circuit_admission refuse(time_point now, circuit_lane lane) const;

  circuit_breaker_options options_;
  circuit_state state_ = circuit_state::closed;
  // Grows with every change of state, and whenever the right to probe is withdrawn from whoever had it.
  std::uint64_t epoch_ = 0;
  time_point latest_ = time_point::min();
  unsigned consecutive_failures_ = 0;
  sliding_window window_;  // first: successes, second: failures
  milliseconds open_for_{0};
  time_point open_until_{};
  std::optional<time_point> probing_since_;
  time_point next_critical_ = time_point::min();
};

circuit_event circuit_breaker::machine::enter(circuit_state state, time_point now) {
  state_ = state;
  ++epoch_;
  probing_since_.reset();
  return {state, circuit_open_reason{}, stats(now)};
}

circuit_event circuit_breaker::machine::open(circuit_open_reason reason, milliseconds how_long,
                                             time_point now) {
  open_for_ = std::min(how_long, options_.longest_open);
  open_until_ = now + open_for_;
  circuit_event event = enter(circuit_state::open, now);
  event.reason = reason;
  return event;
}

circuit_admission circuit_breaker::machine::try_acquire(time_point now, circuit_lane lane) {
  now = advance(now);
  if (state_ == circuit_state::closed) return grant(kind::sample);

  std::optional<circuit_event> event;
  if (state_ == circuit_state::open && now >= open_until_) event = enter(circuit_state::half_open, now);
  if (state_ == circuit_state::half_open) {
    bool const abandoned = probing_since_ && now - *probing_since_ >= options_.probe_patience;
    if (!probing_since_ || abandoned) {
      if (abandoned) ++epoch_;
      probing_since_ = now;
      circuit_admission admission = grant(kind::probe);
      admission.event = event;
      return admission;
    }
  }
  // In half-open too: it must not be stricter on them than open is, and a probe may take long to fail.
  if (lane == circuit_lane::critical && now >= next_critical_) {
    next_critical_ = now + options_.critical_interval;
    return grant(kind::uncounted);
  }
  return refuse(now, lane);
}

circuit_admission circuit_breaker::machine::refuse(time_point now, circuit_lane lane) const {
  // Nobody knows how long the probe takes; the critical interval is a polite time to ask again.
  time_point until = state_ == circuit_state::open ? open_until_ : now + options_.critical_interval;
  if (lane == circuit_lane::critical) until = std::min(until, next_critical_);
  return {std::nullopt, until - now, std::nullopt};
}

std::optional<circuit_event> circuit_breaker::machine::on_success(circuit_permit permit, time_point now) {
  now = advance(now);
  // A success of the trickle does not close the circuit: at one try a second a backend that answers one call
  // in ten would close it again and again, and the doubling would be worth nothing.
  if (permit.epoch_ != epoch_ || permit.kind_ == kind::uncounted) return std::nullopt;
  if (state_ == circuit_state::closed) {
    consecutive_failures_ = 0;
    window_.add(now, {1, 0});
    return std::nullopt;
  }
  circuit_stats const ended = stats(now);
  circuit_event event = enter(circuit_state::closed, now);
  event.stats = ended;
  consecutive_failures_ = 0;
  window_.clear();
  open_for_ = milliseconds{0};
  return event;
}

std::optional<circuit_event> circuit_breaker::machine::on_failure(circuit_permit permit, time_point now) {
  now = advance(now);
  if (permit.epoch_ != epoch_ || permit.kind_ == kind::uncounted) return std::nullopt;
  ++consecutive_failures_;
  window_.add(now, {0, 1});
  if (state_ == circuit_state::half_open) {
    double const longer = static_cast<double>(open_for_.count()) * options_.open_growth;
    return open(circuit_open_reason::probe_failed, milliseconds{static_cast<milliseconds::rep>(longer)}, now);
  }
  if (consecutive_failures_ >= options_.consecutive_failures)
    return open(circuit_open_reason::consecutive_failures, options_.open_for, now);
  if (too_many_fail(stats(now))) return open(circuit_open_reason::error_rate, options_.open_for, now);
  return std::nullopt;
}

void circuit_breaker::machine::on_cancelled(circuit_permit permit, time_point now) {
  advance(now);
  if (permit.epoch_ != epoch_ || permit.kind_ != kind::probe) return;
  probing_since_.reset();
  ++epoch_;
}

bool circuit_breaker::machine::too_many_fail(circuit_stats const& now) const {
  return now.samples >= options_.minimum_samples && now.error_rate > options_.error_rate;
}

circuit_state circuit_breaker::machine::state(time_point now) const {
  return state_ == circuit_state::open && std::max(now, latest_) >= open_until_ ? circuit_state::half_open
                                                                                : state_;
}

circuit_stats circuit_breaker::machine::stats(time_point now) const {
  auto const [successes, failures] = window_.total(std::max(now, latest_));
  circuit_stats s;
  s.consecutive_failures = consecutive_failures_;
  s.samples = successes + failures;
  if (s.samples > 0) s.error_rate = static_cast<double>(failures) / static_cast<double>(s.samples);
  if (state_ != circuit_state::closed) {
    s.open_for = open_for_;
    s.open_until = open_until_;
  }
  return s;
}

circuit_breaker::circuit_breaker(circuit_breaker_options const& options)
    : machine_(std::make_unique<machine>(options)) {}
circuit_breaker::circuit_breaker(circuit_breaker&&) noexcept = default;
circuit_breaker& circuit_breaker::operator=(circuit_breaker&&) noexcept = default;
circuit_breaker::~circuit_breaker() = default;

circuit_admission circuit_breaker::try_acquire(time_point now, circuit_lane lane) {
  return machine_->try_acquire(now, lane);
}
std::optional<circuit_event> circuit_breaker::on_success(circuit_permit permit, time_point now) {
  return machine_->on_success(permit, now);
}
std::optional<circuit_event> circuit_breaker::on_failure(circuit_permit permit, time_point now) {
  return machine_->on_failure(permit, now);
}
void circuit_breaker::on_cancelled(circuit_permit permit, time_point now) {
  machine_->on_cancelled(permit, now);
}

std::optional<circuit_event> circuit_breaker::report(circuit_permit permit, circuit_verdict verdict,
                                                     time_point now) {
  switch (verdict) {
    case circuit_verdict::success: return machine_->on_success(permit, now);
    case circuit_verdict::failure: return machine_->on_failure(permit, now);
    case circuit_verdict::no_evidence: break;
  }
  machine_->on_cancelled(permit, now);
  return std::nullopt;
}

circuit_state circuit_breaker::state(time_point now) const {
  return machine_->state(now);
}
circuit_stats circuit_breaker::stats(time_point now) const {
  return machine_->stats(now);
}

}  // namespace chronicle
