#include "chronicle/metrics.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/prometheus.hpp"

namespace chronicle {
namespace {

using kind = prometheus_writer::kind;
/// What one store adds to a family: the value of the family's own label, and the number.
using numbers = std::vector<std::pair<std::string_view, std::uint64_t>>;
using histograms = std::vector<std::pair<std::string_view, latency_histogram const*>>;

class rendering {
 public:
  explicit rendering(std::span<store_metrics const> stores) : stores_(stores) {}

  void sessions();
  void leases();
  void backend();
  void durations();
  std::string take() { return out_.take(); }

 private:
  /// A family of one number a store.
  template <class Number>
  void one(std::string_view name, kind what, std::string_view help, Number number) {
    out_.family(name, what, help);
    for (store_metrics const& m : stores_) out_.sample({{"store", m.store}}, number(m));
  }

  /// A family whose numbers are told apart by `label`.
  void several(std::string_view name, kind what, std::string_view help, std::string_view label,
               numbers (*of)(store_metrics const&)) {
    out_.family(name, what, help);
    for (store_metrics const& m : stores_)
      for (auto const& [value, number] : of(m)) out_.sample({{"store", m.store}, {label, value}}, number);
  }

  void distribution(std::string_view name, std::string_view help, histograms (*of)(store_metrics const&)) {
    out_.family(name, kind::histogram, help);
    for (store_metrics const& m : stores_)
      for (auto const& [value, histogram] : of(m))
        out_.sample({{"store", m.store}, {"operation", value}}, *histogram);
  }

  std::span<store_metrics const> stores_;
  prometheus_writer out_;
};

numbers by_outcome(store_metrics::writes const& w) {
  return {{"saved", w.saved},
          {"lost", w.lost},
          {"lost_but_saved", w.lost_but_saved},
          {"indeterminate", w.indeterminate},
          {"rejected", w.rejected}};
}

void rendering::sessions() {
  several("chronicle_starts_total", kind::counter, "Session starts that ended, by outcome.", "outcome",
          [](store_metrics const& m) -> numbers {
            return {{"loaded", m.starts.loaded},
                    {"lease_held", m.starts.lease_held},
                    {"cancelled", m.starts.cancelled},
                    {"corrupted", m.starts.corrupted},
                    {"circuit_open", m.starts.circuit_open},
                    {"failed", m.starts.failed}};
          });
  several("chronicle_saves_total", kind::counter, "Saves, by hand and by themselves, by outcome.", "outcome",
          [](store_metrics const& m) { return by_outcome(m.saves); });
  several("chronicle_releases_total", kind::counter, "Releases, by outcome.", "outcome",
          [](store_metrics const& m) { return by_outcome(m.releases); });
  several("chronicle_sessions", kind::gauge, "Sessions there are, by state.", "state",
          [](store_metrics const& m) -> numbers {
            return {{"starting", m.sessions.starting},
                    {"active", m.sessions.active},
                    {"lapsed", m.sessions.lapsed},
                    {"releasing", m.sessions.releasing}};
          });
  one("chronicle_dirty_sessions", kind::gauge, "Sessions with edits that are not saved.",
      [](store_metrics const& m) { return m.dirty_sessions; });
  several("chronicle_sessions_lost_total", kind::counter,
          "Sessions that ended although nobody released them, by cause.", "cause",
          [](store_metrics const& m) -> numbers {
            return {{"stolen", m.sessions_lost.stolen},
                    {"removed", m.sessions_lost.removed},
                    {"internal_error", m.sessions_lost.internal_error}};
          });
  one("chronicle_corrupted_records_total", kind::counter, "Records that failed their checks.",
      [](store_metrics const& m) { return m.corrupted_records; });
  one("chronicle_hook_exceptions_total", kind::counter, "Hooks that threw.",
      [](store_metrics const& m) { return m.hook_exceptions; });
}

void rendering::leases() {
  several("chronicle_renewals_total", kind::counter, "Lease renewals that were no saves, by outcome.",
          "outcome", [](store_metrics const& m) { return by_outcome(m.renewals); });
  several("chronicle_lease_conflicts_total", kind::counter,
          "Starts that met another server's lease, by resolution.", "resolution",
          [](store_metrics const& m) -> numbers {
            return {{"expired_lease_steal", m.lease_conflicts.expired_lease_steal},
                    {"messaging_timeout_steal", m.lease_conflicts.messaging_timeout_steal},
                    {"active_owner_confirmed", m.lease_conflicts.active_owner_confirmed}};
          });
  one("chronicle_challenges_sent_total", kind::counter, "Lease owners that were asked whether they live.",
      [](store_metrics const& m) { return m.challenges_sent; });
  one("chronicle_challenges_answered_total", kind::counter, "Challenges that this server answered.",
      [](store_metrics const& m) { return m.challenges_answered; });
}

void rendering::backend() {
  one("chronicle_backend_failures_total", kind::counter,
      "Backend requests that failed as the circuit breaker counts.",
      [](store_metrics const& m) { return m.backend.failures; });
  one("chronicle_backend_retries_total", kind::counter, "Backend requests that repeated an earlier one.",
      [](store_metrics const& m) { return m.backend.retries; });
  one("chronicle_backend_retries_denied_total", kind::counter, "Repetitions that the retry budget refused.",
      [](store_metrics const& m) { return m.backend.retries_denied; });
  one("chronicle_backend_read_bytes_total", kind::counter, "Bytes of records read.",
      [](store_metrics const& m) { return m.backend.bytes_read; });
  one("chronicle_backend_written_bytes_total", kind::counter, "Bytes of records sent to be written.",
      [](store_metrics const& m) { return m.backend.bytes_written; });
  one("chronicle_circuit_rejections_total", kind::counter, "Requests that the circuit breaker refused.",
      [](store_metrics const& m) { return m.backend.circuit_rejections; });
  several("chronicle_circuit_changes_total", kind::counter,
          "Changes of the circuit's state, by the state entered.", "state",
          [](store_metrics const& m) -> numbers {
            return {{"closed", m.circuit_changes.closed},
                    {"half_open", m.circuit_changes.half_open},
                    {"open", m.circuit_changes.open}};
          });
  several("chronicle_circuit_state", kind::gauge, "1 for the state the circuit is in, 0 for the others.",
          "state", [](store_metrics const& m) -> numbers {
            return {{"closed", m.circuit == circuit_state::closed},
                    {"half_open", m.circuit == circuit_state::half_open},
                    {"open", m.circuit == circuit_state::open}};
          });
}

void rendering::durations() {
  distribution("chronicle_operation_duration_seconds", "From the request of an operation to its outcome.",
               [](store_metrics const& m) -> histograms {
                 return {{"start", &m.start_duration},
                         {"save", &m.save_duration},
                         {"renew", &m.renewal_duration},
                         {"release", &m.release_duration}};
               });
  distribution("chronicle_backend_request_duration_seconds",
               "Requests to the backend, whatever their outcome.", [](store_metrics const& m) -> histograms {
                 return {{"get", &m.backend.get}, {"put", &m.backend.put}, {"history", &m.backend.history}};
               });
}

}  // namespace

void latency_histogram::record(std::chrono::nanoseconds duration) noexcept {
  duration = std::max(duration, std::chrono::nanoseconds{0});
  auto const at =
      std::find_if(bounds.begin(), bounds.end(), [&](bound const& b) { return duration <= b.upper; });
  ++buckets_[static_cast<std::size_t>(at - bounds.begin())];
  ++count_;
  sum_ += duration;
}

std::string render_prometheus(std::span<store_metrics const> stores) {
  rendering text(stores);
  text.sessions();
  text.leases();
  text.backend();
  text.durations();
  return text.take();
}

}  // namespace chronicle
