// A circuit breaker: it stops calls to a backend that fails, and lets one probe at a time find out whether it
// is back. A plain state machine driven by the caller's `now`: no clock, no I/O, no callbacks.
//
//   closed ----- 5 failures in a row, or more than half of at least 10 calls in 60 s ----> open
//   open ------- after 30 s, at the next call --------------------------------------------> half-open
//   half-open -- the probe succeeds ------------------------------------------------------> closed
//   half-open -- the probe fails ---------------------------------------------------------> open, twice as
//   long, up to 300 s
//
// After Nygard, "Release It!" (2007), chapter 5.2, with a critical lane: what gives leases back or keeps them
// must not wait for a circuit, or an outage of a minute costs every lease.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "chronicle/error.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

/// When the circuit opens and for how long. The defaults are those of the protocol.
struct circuit_breaker_options {
  /// Opens at this many failures in a row. 1 or more.
  unsigned consecutive_failures = 5;
  /// Opens when a larger share of the calls in `window` failed. Above 0, below 1.
  double error_rate = 0.5;
  /// The share means nothing below this many calls in `window`. 1 or more.
  unsigned minimum_samples = 10;
  /// How far back calls count. Kept in 60 buckets, so that a call is forgotten when it is between 59/60 and
  /// 60/60 of this old. 1 s to 1 h.
  std::chrono::milliseconds window{60'000};
  /// How long the circuit stays open the first time. 1 ms to 1 day.
  std::chrono::milliseconds open_for{30'000};
  /// It never stays open longer than this. `open_for` to 1 day.
  std::chrono::milliseconds longest_open{300'000};
  /// Each failed probe multiplies the time open by this. 1 to 10.
  double open_growth = 2.0;
  /// While the circuit is not closed the critical lane may send one request in this time, besides probes. 1
  /// ms to 1 day.
  std::chrono::milliseconds critical_interval{1'000};
  /// A probe that has not reported for this long counts as cancelled, as if its caller had gone. Longer than
  /// any request lasts. 1 ms to 1 day.
  std::chrono::milliseconds probe_patience{60'000};

  circuit_breaker_options() = default;
};

/// The first option out of range, as "member: must be ..."; empty when all is well.
std::string find_problem(circuit_breaker_options const& options);

/// Whether calls pass (`closed`), are refused (`open`), or wait for what one probe finds (`half_open`).
enum class circuit_state { closed, open, half_open };

/// How urgent a call is. Releases, reads that find out what became of a write, and renewals of leases that
/// are about to lapse are critical; everything else is ordinary.
enum class circuit_lane { ordinary, critical };

/// Why the circuit opened.
enum class circuit_open_reason { consecutive_failures, error_rate, probe_failed };

/// The name, as in the enumerator.
char const* to_string(circuit_state state) noexcept;
/// The name, as in the enumerator.
char const* to_string(circuit_open_reason reason) noexcept;

/// What the breaker knows.
struct circuit_stats {
  unsigned consecutive_failures = 0;  ///< failures since the last success, failed probes included
  double error_rate = 0;      ///< share of the calls in the window that failed; 0 when there were none
  std::uint64_t samples = 0;  ///< calls in the window
  std::chrono::milliseconds open_for{0};  ///< how long this time open lasts as a whole; 0 while closed
  std::optional<time_point> open_until;   ///< when the next probe may go; absent while closed
};

/// A change of state, returned by the call that caused it, once.
struct circuit_event {
  circuit_state entered = circuit_state::closed;                           ///< the new state
  circuit_open_reason reason = circuit_open_reason::consecutive_failures;  ///< when `entered` is open

  /// At the moment of the change. For `closed`: what the change put an end to.
  circuit_stats stats;
};

/// What a call's outcome says about the backend.
enum class circuit_verdict {
  success,      ///< it answers, whatever it answered: a value, absent, a conflict, any 4xx, a damaged record
  failure,      ///< it does not answer as it should: no connection, TLS, time-out, reset, 500, 502, 503, 504,
                ///< lasting 429
  no_evidence,  ///< the call was cancelled or never sent
};

/// The verdict on an error code of this library, of Asio or of a transport below it; a clear code is a
/// success. Throttling (429) is no evidence at first, because a backend that asks for patience works; it is a
/// failure when it persists: pass `throttling_persists` when the same operation was throttled before, or when
/// the call was the probe.
circuit_verdict judge(error_code const& ec, bool throttling_persists) noexcept;

/// The right to make one call. Report what became of it exactly once.
class circuit_permit {
 public:
  /// The fate of the circuit hangs on this call.
  bool is_probe() const noexcept { return kind_ == kind::probe; }

 private:
  friend class circuit_breaker;
  enum class kind : unsigned char { sample, probe, uncounted };
  circuit_permit(kind k, std::uint64_t epoch) noexcept : kind_(k), epoch_(epoch) {}

  kind kind_;
  std::uint64_t epoch_;  // of the breaker when it was issued; another one now makes the result stale
};

/// The answer to a request for a permit.
struct circuit_admission {
  std::optional<circuit_permit> permit;  ///< empty: do not call
  boot_clock::duration retry_in{0};      ///< when refused: asking earlier is of no use
  std::optional<circuit_event> event;    ///< this request made the circuit half-open

  /// True when the call may be made.
  explicit operator bool() const noexcept { return permit.has_value(); }
};

/// The state machine. Not safe for several threads; see `shared_circuit_breaker`. A `now` earlier than one it
/// has seen is taken for the latest. Memory does not grow with calls. Nothing throws but the constructor.
class circuit_breaker {
 public:
  /// Throws std::invalid_argument for options out of range.
  explicit circuit_breaker(circuit_breaker_options const& options = {});
  /// Moves the state; the source may only be destroyed or assigned to.
  circuit_breaker(circuit_breaker&&) noexcept;
  /// Moves the state; the source may only be destroyed or assigned to.
  circuit_breaker& operator=(circuit_breaker&&) noexcept;
  ~circuit_breaker();

  /// Asks for leave to make one call. While open, ordinary calls are refused and critical ones get one permit
  /// every `critical_interval`; when the time is over, the next call of either lane is the probe, and until
  /// it has reported it is the only one but for that trickle.
  circuit_admission try_acquire(time_point now, circuit_lane lane = circuit_lane::ordinary);

  /// The call succeeded. Closes the circuit when it was the probe.
  std::optional<circuit_event> on_success(circuit_permit permit, time_point now);
  /// The call failed. May open the circuit: only failures do, neither successes nor the passing of time.
  std::optional<circuit_event> on_failure(circuit_permit permit, time_point now);
  /// The call says nothing about the backend. A probe's permit goes to the next who asks.
  void on_cancelled(circuit_permit permit, time_point now);
  /// One of the three above.
  std::optional<circuit_event> report(circuit_permit permit, circuit_verdict verdict, time_point now);

  /// Half-open from the moment on when the next call would be the probe.
  circuit_state state(time_point now) const;
  /// What it knows at `now`.
  circuit_stats stats(time_point now) const;

 private:
  class machine;
  std::unique_ptr<machine> machine_;
};

/// A circuit breaker for several threads: what all stores on one backend share. A mutex around each call,
/// held across nothing foreign.
class shared_circuit_breaker {
 public:
  /// Throws std::invalid_argument for options out of range.
  explicit shared_circuit_breaker(circuit_breaker_options const& options = {}) : breaker_(options) {}

  /// As `circuit_breaker::try_acquire`.
  circuit_admission try_acquire(time_point now, circuit_lane lane = circuit_lane::ordinary) {
    std::lock_guard const lock(mutex_);
    return breaker_.try_acquire(now, lane);
  }
  /// As `circuit_breaker::report`.
  std::optional<circuit_event> report(circuit_permit permit, circuit_verdict verdict, time_point now) {
    std::lock_guard const lock(mutex_);
    return breaker_.report(permit, verdict, now);
  }
  /// As `circuit_breaker::state`.
  circuit_state state(time_point now) const {
    std::lock_guard const lock(mutex_);
    return breaker_.state(now);
  }
  /// As `circuit_breaker::stats`.
  circuit_stats stats(time_point now) const {
    std::lock_guard const lock(mutex_);
    return breaker_.stats(now);
  }

 private:
  mutable std::mutex mutex_;
  circuit_breaker breaker_;
};

}  // namespace chronicle
