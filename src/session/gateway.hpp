// The store's one door to its backend: every request passes the circuit breaker, has a deadline, is counted,
// and comes back as a value even when a backend throws.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "chronicle/backend.hpp"
#include "chronicle/circuit_breaker.hpp"
#include "chronicle/hooks.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

class gateway {
 public:
  gateway(std::shared_ptr<backend> target, std::shared_ptr<shared_circuit_breaker> breaker,
          std::shared_ptr<time_source> time, milliseconds attempt_timeout);

  /// Reads a key. Errors: `circuit_open` (not sent), `timeout`, and the backend's own.
  asio::awaitable<result<std::optional<entry>>> get(std::string key, circuit_lane lane,
                                                    operation_stats& stats);

  /// Writes a key. `rejected(circuit_open)` when it was not sent for that; a time-out is `indeterminate` or
  /// `rejected`, as the backend knows.
  asio::awaitable<put_result> put_if(std::string key, std::string value, std::optional<version> expected,
                                     std::string write_id, circuit_lane lane, operation_stats& stats);

  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor, std::size_t limit,
                                               circuit_lane lane, operation_stats& stats);

  circuit_state breaker_state() const { return breaker_->state(time_->now()); }
  capabilities caps() const { return target_->caps(); }

 private:
  // Leave to send one request, or how long to wait for it.
  result<circuit_permit> admit(circuit_lane lane, operation_stats& stats);
  void report(circuit_permit permit, error_code const& ec);

  template <class T>
  asio::awaitable<result<T>> read(asio::awaitable<result<T>> call, circuit_lane lane, operation_stats& stats);

  std::shared_ptr<backend> target_;
  std::shared_ptr<shared_circuit_breaker> breaker_;
  std::shared_ptr<time_source> time_;
  milliseconds attempt_timeout_;
};

}  // namespace chronicle
