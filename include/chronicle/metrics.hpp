// What a store counts: counters, gauges and latency histograms as a plain struct, and its rendering for
// Prometheus.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "chronicle/circuit_breaker.hpp"

namespace chronicle {

/// How long things took, counted in fixed buckets. Recording allocates nothing. Not safe for several threads.
class latency_histogram {
 public:
  /// The upper end of a bucket.
  struct bound {
    std::chrono::microseconds upper;  ///< inclusive
    std::string_view seconds;         ///< the same, as Prometheus writes it
  };
  /// From half a millisecond, a local store, to a minute, a start that waits for a lease.
  static constexpr std::array<bound, 16> bounds{{{std::chrono::microseconds{500}, "0.0005"},
                                                 {std::chrono::milliseconds{1}, "0.001"},
                                                 {std::chrono::microseconds{2500}, "0.0025"},
                                                 {std::chrono::milliseconds{5}, "0.005"},
                                                 {std::chrono::milliseconds{10}, "0.01"},
                                                 {std::chrono::milliseconds{25}, "0.025"},
                                                 {std::chrono::milliseconds{50}, "0.05"},
                                                 {std::chrono::milliseconds{100}, "0.1"},
                                                 {std::chrono::milliseconds{250}, "0.25"},
                                                 {std::chrono::milliseconds{500}, "0.5"},
                                                 {std::chrono::seconds{1}, "1"},
                                                 {std::chrono::milliseconds{2500}, "2.5"},
                                                 {std::chrono::seconds{5}, "5"},
                                                 {std::chrono::seconds{10}, "10"},
                                                 {std::chrono::seconds{30}, "30"},
                                                 {std::chrono::seconds{60}, "60"}}};

  /// Counts one. A negative duration counts as zero.
  void record(std::chrono::nanoseconds duration) noexcept;

  /// How many fell into bucket `i` and no earlier one; `bounds.size()` for those beyond the last bound.
  std::uint64_t in_bucket(std::size_t i) const noexcept { return buckets_[i]; }
  /// How many were recorded.
  std::uint64_t count() const noexcept { return count_; }
  /// All that was recorded, added up.
  std::chrono::nanoseconds sum() const noexcept { return sum_; }

 private:
  std::array<std::uint64_t, bounds.size() + 1> buckets_{};
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds sum_{0};
};

/// The state of one store at one moment. Counters only grow; they begin at zero with the store.
struct store_metrics {
  std::string store;  ///< its name

  /// Calls of `async_start_session` that ended, by outcome.
  struct {
    std::uint64_t loaded = 0;        ///< a session began
    std::uint64_t lease_held = 0;    ///< another server holds the lease
    std::uint64_t cancelled = 0;     ///< the caller lost interest
    std::uint64_t corrupted = 0;     ///< the record failed its checks
    std::uint64_t circuit_open = 0;  ///< refused by the circuit breaker
    std::uint64_t failed = 0;        ///< anything else
  } starts;

  /// By outcome, as `save_outcome` has them. Every try counts.
  struct writes {
    std::uint64_t saved = 0;           ///< confirmed
    std::uint64_t lost = 0;            ///< the session was lost before it
    std::uint64_t lost_but_saved = 0;  ///< the session was lost after it
    std::uint64_t indeterminate = 0;   ///< not confirmed within the deadline
    std::uint64_t rejected = 0;        ///< definitely not applied
  };
  /// Saves, by hand, by themselves and along with renewals. A save of a document that cannot be written does
  /// not count.
  writes saves;
  writes releases;  ///< releases
  writes renewals;  ///< renewals that were no saves

  /// Starts that met another server's lease, by what came of it.
  struct {
    std::uint64_t expired_lease_steal = 0;
    std::uint64_t messaging_timeout_steal = 0;
    std::uint64_t active_owner_confirmed = 0;
  } lease_conflicts;

  /// Sessions that ended although nobody released them, by cause.
  struct {
    std::uint64_t stolen = 0;
    std::uint64_t removed = 0;
    std::uint64_t internal_error = 0;
  } sessions_lost;

  std::uint64_t corrupted_records = 0;    ///< records that failed their checks
  std::uint64_t challenges_sent = 0;      ///< other owners that were asked whether they live
  std::uint64_t challenges_answered = 0;  ///< challenges this server answered
  std::uint64_t hook_exceptions = 0;      ///< hooks that threw

  /// Requests to the backend, repetitions included.
  struct {
    std::uint64_t failures = 0;            ///< what the circuit breaker counts as a failure
    std::uint64_t retries = 0;             ///< requests that repeated an earlier one
    std::uint64_t retries_denied = 0;      ///< repetitions the retry budget refused
    std::uint64_t circuit_rejections = 0;  ///< requests the circuit breaker refused
    std::uint64_t bytes_read = 0;          ///< of records
    std::uint64_t bytes_written = 0;       ///< of records, failed writes included
    latency_histogram get;                 ///< duration of reads, whatever their outcome
    latency_histogram put;                 ///< of writes
    latency_histogram history;             ///< of looks into a key's history
  } backend;

  /// Changes of the circuit breaker's state that this store's calls caused, by the state entered.
  struct {
    std::uint64_t open = 0;
    std::uint64_t half_open = 0;
    std::uint64_t closed = 0;
  } circuit_changes;
  circuit_state circuit = circuit_state::closed;  ///< gauge

  /// Sessions there are, by state; gauges.
  struct {
    std::uint64_t starting = 0;   ///< calls of `async_start_session` under way
    std::uint64_t active = 0;     ///< lease valid
    std::uint64_t lapsed = 0;     ///< lease not confirmed in time
    std::uint64_t releasing = 0;  ///< final write under way
  } sessions;
  std::uint64_t dirty_sessions = 0;  ///< gauge: sessions with edits that are not saved

  /// Starts, from their beginning to the outcome, waiting for another server's lease included.
  latency_histogram start_duration;
  /// Saves, each try on its own, from the moment it was begun to its outcome.
  latency_histogram save_duration;
  latency_histogram renewal_duration;  ///< likewise, of renewals that were no saves
  latency_histogram release_duration;  ///< likewise, of releases

  store_metrics() = default;
};

/// The media type of what `render_prometheus` returns, for the Content-Type of a scrape's response.
inline constexpr std::string_view prometheus_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of some stores in Prometheus' text exposition format 0.0.4, told apart by the label `store`;
/// names begin with `chronicle_`. Serve it under `/metrics`.
std::string render_prometheus(std::span<store_metrics const> stores);
/// Of one store.
inline std::string render_prometheus(store_metrics const& store) {
  return render_prometheus({&store, 1});
}

}  // namespace chronicle
