// The store's one door to its backend: every request passes the circuit breaker, has a deadline, is counted,
// and comes back as a value even when a backend throws.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/deadlines.hpp"
#include "chronicle/backend.hpp"
#include "chronicle/circuit_breaker.hpp"
#include "chronicle/hooks.hpp"
#include "chronicle/metrics.hpp"
#include "chronicle/store_options.hpp"
#include "chronicle/time_source.hpp"
#include "resilience/retry_budget.hpp"
#include "session/observer.hpp"

namespace chronicle {

/// How a request is treated on its way out.
struct request_class {
  circuit_lane lane = circuit_lane::ordinary;
  bool repeats = false;  ///< sends again what the same operation has sent before: subject to the retry budget

  request_class() = default;
  request_class(circuit_lane l, bool r = false) : lane(l), repeats(r) {}  // NOLINT: a lane is a class
};

/// The coroutine that asks.
struct caller {
  operation_stats& stats;  ///< counts what it asks
  /// What it was spawned with, and what nobody else cancels it by: ends a request at its deadline.
  asio::cancellation_signal& interrupt;
};

/// The breaker that all stores on `target` share, made from the options of the first that asks.
std::shared_ptr<shared_circuit_breaker> breaker_of(std::shared_ptr<backend> const& target,
                                                   circuit_breaker_options const& options);

class gateway {
 public:
  gateway(store_options const& options, std::shared_ptr<deadlines> time_outs, observer const& events,
          store_metrics& counters);

  /// Reads a key. Errors: `circuit_open` (not sent), `timeout`, and the backend's own.
  asio::awaitable<result<std::optional<entry>>> get(std::string key, request_class kind, caller by);

  /// Writes a key. `rejected(circuit_open)` when it was not sent for that; a time-out is `indeterminate` or
  /// `rejected`, as the backend knows.
  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id, request_class kind, caller by);

  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor, std::size_t limit,
                                               request_class kind, caller by);

  circuit_state breaker_state() const { return breaker_->state(time_->now()); }
  /// True when nothing speaks against the next request: the circuit is closed and the last request was
  /// answered.
  bool seems_available() const { return answered_last_ && breaker_state() == circuit_state::closed; }
  capabilities caps() const { return target_->caps(); }

 private:
  // Leave to send one request. Errors: `circuit_open` with how long to wait, `throttled` when the retry
  // budget is spent.
  struct admission {
    std::optional<circuit_permit> permit;
    error_code why;
    std::optional<milliseconds> retry_after;
  };
  admission admit(request_class kind, operation_stats& stats);
  void report(circuit_permit permit, error_code const& ec, bool throttled_before);
  void announce(std::optional<circuit_event> const& event);

  template <class T>
  asio::awaitable<T> ask(asio::awaitable<T> call, latency_histogram& durations, request_class kind, caller by,
                         std::size_t bytes_written = 0);

  std::shared_ptr<backend> target_;
  std::shared_ptr<shared_circuit_breaker> breaker_;
  std::shared_ptr<time_source> time_;
  std::shared_ptr<deadlines> time_outs_;
  milliseconds attempt_timeout_;
  retry_budget budget_;
  bool answered_last_ = true;
  observer const& events_;
  store_metrics& counters_;
};

}  // namespace chronicle
