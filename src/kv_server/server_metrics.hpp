// What the server counts, and its rendering for Prometheus.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "chronicle/metrics.hpp"
#include "kv_server/storage.hpp"
#include "kv_server/topic_hub.hpp"

namespace chronicle::kv {

/// Safe to call from several threads.
class server_metrics {
 public:
  /// A request was answered, this long after its head had arrived; absent: it waited by intention.
  void count_request(std::string_view method, int status, std::optional<std::chrono::nanoseconds> duration);

  std::atomic<std::uint64_t> connections_accepted = 0;
  std::atomic<std::uint64_t> connections_evicted = 0;  ///< idle ones, to make room for new ones
  std::atomic<std::uint64_t> connections_refused = 0;  ///< too many, none of them idle
  std::atomic<std::uint64_t> connections_open = 0;
  std::atomic<std::uint64_t> handshakes_failed = 0;

  std::string render(storage_figures const& stored, bool healthy, topic_figures const& topics) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string_view, int>, std::uint64_t> requests_;
  std::map<std::string_view, latency_histogram> durations_;
};

}  // namespace chronicle::kv
