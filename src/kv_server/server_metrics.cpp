#include "kv_server/server_metrics.hpp"

#include <algorithm>
#include <array>

#include "base/prometheus.hpp"

namespace chronicle::kv {
namespace {

/// One of a few: what clients make up must not become a label.
std::string_view label_of(std::string_view method) {
  static constexpr std::array<std::string_view, 5> known{"GET", "HEAD", "PUT", "DELETE", "POST"};
  auto const found = std::ranges::find(known, method);
  return found == known.end() ? "other" : *found;
}

using kind = prometheus_writer::kind;

void simple(prometheus_writer& out, std::string_view name, kind what, std::string_view help,
            std::uint64_t value) {
  out.family(name, what, help);
  out.sample({}, value);
}

void render_storage(prometheus_writer& out, storage_figures const& stored, bool healthy) {
  simple(out, "chronicle_kv_healthy", kind::gauge, "1 while writes are possible.", healthy ? 1 : 0);
  simple(out, "chronicle_kv_store_revision", kind::gauge, "The newest revision of the store.",
         stored.revision);
  simple(out, "chronicle_kv_commits_total", kind::counter, "Transactions committed.", stored.batches);
  simple(out, "chronicle_kv_committed_writes_total", kind::counter,
         "Writes in committed transactions, refused ones included.", stored.batched_writes);
  out.family("chronicle_kv_commit_seconds_total", kind::counter, "Time spent in commits, fsync included.");
  out.sample({}, static_cast<double>(stored.commit_nanoseconds) * 1e-9);
  simple(out, "chronicle_kv_queued_writes", kind::gauge, "Writes that wait for their transaction.",
         stored.queued);
}

void render_topics(prometheus_writer& out, topic_figures const& topics) {
  simple(out, "chronicle_kv_topics", kind::gauge, "Topics kept.", topics.topics);
  simple(out, "chronicle_kv_subscribers", kind::gauge, "Subscribers connected.", topics.subscribers);
  simple(out, "chronicle_kv_messages_published_total", kind::counter, "Messages published.",
         topics.published);
  simple(out, "chronicle_kv_subscribers_lagged_total", kind::counter,
         "Subscribers disconnected because they fell behind.", topics.fell_behind);
}

}  // namespace

void server_metrics::count_request(std::string_view method, int status,
                                   std::optional<std::chrono::nanoseconds> duration) {
  auto const label = label_of(method);
  std::lock_guard const lock(mutex_);
  ++requests_[{label, status}];
  if (duration) durations_[label].record(*duration);
}

std::string server_metrics::render(storage_figures const& stored, bool healthy,
                                   topic_figures const& topics) const {
  prometheus_writer out;
  {
    std::lock_guard const lock(mutex_);
    out.family("chronicle_kv_requests_total", kind::counter, "Requests answered, by method and status.");
    for (auto const& [key, count] : requests_)
      out.sample({{"method", key.first}, {"status", std::to_string(key.second)}}, count);
    out.family("chronicle_kv_request_duration_seconds", kind::histogram,
               "From the head of a request to the end of its answer, long polls and event streams left out.");
    for (auto const& [method, histogram] : durations_) out.sample({{"method", method}}, histogram);
  }
  simple(out, "chronicle_kv_connections", kind::gauge, "Connections open.", connections_open);
  simple(out, "chronicle_kv_connections_accepted_total", kind::counter, "Connections accepted.",
         connections_accepted);
  simple(out, "chronicle_kv_connections_evicted_total", kind::counter,
         "Idle connections closed to make room for new ones.", connections_evicted);
  simple(out, "chronicle_kv_connections_refused_total", kind::counter,
         "Connections closed at once because there were too many.", connections_refused);
  simple(out, "chronicle_kv_handshakes_failed_total", kind::counter, "TLS handshakes that failed.",
         handshakes_failed);
  render_storage(out, stored, healthy);
  render_topics(out, topics);
  return out.take();
}

}  // namespace chronicle::kv
