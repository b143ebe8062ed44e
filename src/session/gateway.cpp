#include "session/gateway.hpp"

#include <map>
#include <mutex>
#include <utility>

#include "base/waiting.hpp"

namespace chronicle {
namespace {

/// What the outcome of a write says about the backend.
error_code health(put_result const& outcome) {
  if (auto const* unknown = std::get_if<indeterminate>(&outcome)) return unknown->why;
  if (auto const* refused = std::get_if<rejected>(&outcome)) return refused->why;
  return {};
}

std::size_t size_of(std::optional<entry> const& read) {
  return read ? read->value.size() : 0;
}
std::size_t size_of(page<entry> const& read) {
  std::size_t total = 0;
  for (auto const& one : read.items) total += one.value.size();
  return total;
}

}  // namespace

std::shared_ptr<shared_circuit_breaker> breaker_of(std::shared_ptr<backend> const& target,
                                                   circuit_breaker_options const& options) {
  // By address: whoever holds the breaker holds the backend, so that no address is used again meanwhile.
  static std::mutex mutex;
  static std::map<backend const*, std::weak_ptr<shared_circuit_breaker>> known;
  std::lock_guard const lock(mutex);
  std::erase_if(known, [](auto const& one) { return one.second.expired(); });
  auto& mine = known[target.get()];
  auto breaker = mine.lock();
  if (!breaker) {
    breaker = std::make_shared<shared_circuit_breaker>(options);
    mine = breaker;
  }
  return breaker;
}

gateway::gateway(store_options const& options, std::shared_ptr<deadlines> time_outs, observer const& events,
                 store_metrics& counters)
    : target_(options.backend),
      breaker_(breaker_of(options.backend, options.breaker)),
      time_(options.time),
      time_outs_(std::move(time_outs)),
      attempt_timeout_(options.retry.attempt_timeout),
      budget_(options.retry_budget),
      events_(events),
      counters_(counters) {}

gateway::admission gateway::admit(request_class kind, operation_stats& stats) {
  admission answer;
  time_point const now = time_->now();
  bool const budgeted = kind.repeats && kind.lane == circuit_lane::ordinary;
  if (budgeted && !budget_.try_retry(now)) {
    ++counters_.backend.retries_denied;
    answer.why = make_error_code(errc::throttled);
    return answer;
  }
  circuit_admission const leave = breaker_->try_acquire(now, kind.lane);
  announce(leave.event);
  if (!leave) {
    ++counters_.backend.circuit_rejections;
    answer.why = make_error_code(errc::circuit_open);
    answer.retry_after = std::chrono::ceil<milliseconds>(leave.retry_in);
    return answer;
  }
  if (kind.repeats) {
    ++counters_.backend.retries;
    ++stats.retries;
  } else {
    budget_.on_first_attempt(now);
  }
  ++stats.backend_calls;
  answer.permit = leave.permit;
  return answer;
}

void gateway::report(circuit_permit permit, error_code const& ec, bool throttled_before) {
  circuit_verdict const verdict = judge(ec, throttled_before || permit.is_probe());
  if (verdict == circuit_verdict::failure) ++counters_.backend.failures;
  if (verdict != circuit_verdict::no_evidence) answered_last_ = verdict == circuit_verdict::success;
  announce(breaker_->report(permit, verdict, time_->now()));
}

void gateway::announce(std::optional<circuit_event> const& event) {
  if (event) events_.circuit_changed(*event);
}

template <class T>
asio::awaitable<result<T>> gateway::read(asio::awaitable<result<T>> call, latency_histogram& durations,
                                         request_class kind, operation_stats& stats) {
  admission const leave = admit(kind, stats);
  if (!leave.permit) co_return leave.why;
  time_point const began = time_->now();
  auto timed = with_deadline(*time_outs_, began + attempt_timeout_, std::move(call));
  auto ended = co_await std::move(timed);
  result<T> answer = std::move(ended.value);
  if (ended.thrown) answer = make_error_code(errc::internal_error);
  if (ended.expired && !answer) answer = make_error_code(errc::timeout);
  durations.record(time_->now() - began);
  if (answer) counters_.backend.bytes_read += size_of(*answer);
  report(*leave.permit, answer ? error_code{} : answer.error(), kind.repeats);
  co_return answer;
}

asio::awaitable<result<std::optional<entry>>> gateway::get(std::string key, request_class kind,
                                                           operation_stats& stats) {
  return read(target_->get(std::move(key)), counters_.backend.get, kind, stats);
}

asio::awaitable<result<page<entry>>> gateway::history(std::string key, std::string cursor, std::size_t limit,
                                                      request_class kind, operation_stats& stats) {
  return read(target_->history(std::move(key), std::move(cursor), limit), counters_.backend.history, kind,
              stats);
}

asio::awaitable<put_result> gateway::put_if(std::string key, shared_bytes value,
                                            std::optional<version> expected, std::string write_id,
                                            request_class kind, operation_stats& stats) {
  admission const leave = admit(kind, stats);
  if (!leave.permit) co_return put_result(rejected(leave.why, leave.retry_after));
  counters_.backend.bytes_written += value.size();
  time_point const began = time_->now();
  auto call = target_->put_if(std::move(key), std::move(value), std::move(expected), std::move(write_id));
  auto timed = with_deadline(*time_outs_, began + attempt_timeout_, std::move(call));
  auto ended = co_await std::move(timed);
  put_result outcome = std::move(ended.value);
  if (ended.thrown) outcome = indeterminate(make_error_code(errc::internal_error));
  if (ended.expired) {
    if (auto* unknown = std::get_if<indeterminate>(&outcome)) unknown->why = make_error_code(errc::timeout);
    if (auto* refused = std::get_if<rejected>(&outcome)) refused->why = make_error_code(errc::timeout);
  }
  counters_.backend.put.record(time_->now() - began);
  report(*leave.permit, health(outcome), kind.repeats);
  co_return outcome;
}

}  // namespace chronicle
