#include "session/gateway.hpp"

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

}  // namespace

gateway::gateway(std::shared_ptr<backend> target, std::shared_ptr<shared_circuit_breaker> breaker,
                 std::shared_ptr<time_source> time, milliseconds attempt_timeout)
    : target_(std::move(target)),
      breaker_(std::move(breaker)),
      time_(std::move(time)),
      attempt_timeout_(attempt_timeout) {}

result<circuit_permit> gateway::admit(circuit_lane lane, operation_stats& stats) {
  circuit_admission const admission = breaker_->try_acquire(time_->now(), lane);
  if (!admission) return make_error_code(errc::circuit_open);
  ++stats.backend_calls;
  return *admission.permit;
}

void gateway::report(circuit_permit permit, error_code const& ec) {
  breaker_->report(permit, judge(ec, permit.is_probe()), time_->now());
}

template <class T>
asio::awaitable<result<T>> gateway::read(asio::awaitable<result<T>> call, circuit_lane lane,
                                         operation_stats& stats) {
  auto const permit = admit(lane, stats);
  if (!permit) co_return permit.error();
  auto timed = with_deadline(*time_, time_->now() + attempt_timeout_, std::move(call));
  auto ended = co_await std::move(timed);
  result<T> answer = std::move(ended.value);
  if (ended.thrown) answer = make_error_code(errc::internal_error);
  if (ended.expired && !answer) answer = make_error_code(errc::timeout);
  report(*permit, answer ? error_code{} : answer.error());
  co_return answer;
}

asio::awaitable<result<std::optional<entry>>> gateway::get(std::string key, circuit_lane lane,
                                                           operation_stats& stats) {
  return read(target_->get(std::move(key)), lane, stats);
}

asio::awaitable<result<page<entry>>> gateway::history(std::string key, std::string cursor, std::size_t limit,
                                                      circuit_lane lane, operation_stats& stats) {
  return read(target_->history(std::move(key), std::move(cursor), limit), lane, stats);
}

asio::awaitable<put_result> gateway::put_if(std::string key, std::string value,
                                            std::optional<version> expected, std::string write_id,
                                            circuit_lane lane, operation_stats& stats) {
  auto const permit = admit(lane, stats);
  if (!permit) co_return put_result(rejected(permit.error()));
  auto call = target_->put_if(std::move(key), std::move(value), std::move(expected), std::move(write_id));
  auto timed = with_deadline(*time_, time_->now() + attempt_timeout_, std::move(call));
  auto ended = co_await std::move(timed);
  put_result outcome = std::move(ended.value);
  if (ended.thrown) outcome = indeterminate(make_error_code(errc::internal_error));
  if (ended.expired) {
    if (auto* unknown = std::get_if<indeterminate>(&outcome)) unknown->why = make_error_code(errc::timeout);
    if (auto* refused = std::get_if<rejected>(&outcome)) refused->why = make_error_code(errc::timeout);
  }
  report(*permit, health(outcome));
  co_return outcome;
}

}  // namespace chronicle
