#include "session/gateway.hpp"

#include <boost/asio/this_coro.hpp>
#include <map>
#include <mutex>
#include <utility>

namespace chronicle {
namespace {

// What an answer says about the backend.
error_code health(put_result const& outcome) {
  if (auto const* unknown = std::get_if<indeterminate>(&outcome)) return unknown->why;
  if (auto const* refused = std::get_if<rejected>(&outcome)) return refused->why;
  return {};
}
template <class T>
error_code health(result<T> const& read) {
  return read ? error_code{} : read.error();
}

std::size_t bytes_read(put_result const&) {
  return 0;
}
std::size_t bytes_read(result<std::optional<entry>> const& read) {
  return read && *read ? (*read)->value.size() : 0;
}
std::size_t bytes_read(result<page<entry>> const& read) {
  std::size_t total = 0;
  if (read)
    for (auto const& one : read->items) total += one.value.size();
  return total;
}

// The answer of a request that was not sent.
void refuse(put_result& outcome, error_code why, std::optional<milliseconds> retry_after) {
  outcome = rejected(why, retry_after);
}
template <class T>
void refuse(result<T>& read, error_code why, std::optional<milliseconds>) {
  read = why;
}

// The answer of a backend that threw.
void note_exception(put_result& outcome) {
  outcome = indeterminate(make_error_code(errc::internal_error));
}
template <class T>
void note_exception(result<T>& read) {
  read = make_error_code(errc::internal_error);
}

// An answer that was cut short is a time-out, however the backend calls that.
void note_expiry(put_result& outcome) {
  if (auto* unknown = std::get_if<indeterminate>(&outcome)) unknown->why = make_error_code(errc::timeout);
  if (auto* refused = std::get_if<rejected>(&outcome)) refused->why = make_error_code(errc::timeout);
}
template <class T>
void note_expiry(result<T>& read) {
  if (!read) read = make_error_code(errc::timeout);
}

template <class T>
asio::awaitable<T> throw_when_awaited(std::exception_ptr thrown) {
  std::rethrow_exception(thrown);
  co_return T();
}

// What `call` returns. A backend that throws before it has made its coroutine is no different from one that
// throws in it.
template <class Call>
auto begin(Call const& call) -> decltype(call()) {
  try {
    return call();
  } catch (...) {
    return throw_when_awaited<typename decltype(call())::value_type>(std::current_exception());
  }
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
asio::awaitable<T> gateway::ask(asio::awaitable<T> call, latency_histogram& durations, request_class kind,
                                caller by, std::size_t bytes_written) {
  T answer;
  admission const leave = admit(kind, by.stats);
  if (!leave.permit) {
    refuse(answer, leave.why, leave.retry_after);
    co_return answer;
  }
  counters_.backend.bytes_written += bytes_written;
  time_point const began = time_->now();
  // Not `with_deadline`: the request needs no coroutine of its own, since nothing else cancels this one.
  cancelled_operation timed(began + attempt_timeout_, by.interrupt);
  time_outs_->add(timed);
  try {
    answer = co_await std::move(call);
  } catch (...) {
    note_exception(answer);
  }
  time_outs_->remove(timed);
  // Whatever the deadline or the backend has done to them.
  co_await asio::this_coro::reset_cancellation_state();
  co_await asio::this_coro::throw_if_cancelled(true);
  if (timed.expired()) note_expiry(answer);
  durations.record(time_->now() - began);
  counters_.backend.bytes_read += bytes_read(answer);
  report(*leave.permit, health(answer), kind.repeats);
  co_return answer;
}

asio::awaitable<result<std::optional<entry>>> gateway::get(std::string key, request_class kind, caller by) {
  auto call = begin([&] { return target_->get(std::move(key)); });
  return ask(std::move(call), counters_.backend.get, kind, by);
}

asio::awaitable<result<page<entry>>> gateway::history(std::string key, std::string cursor, std::size_t limit,
                                                      request_class kind, caller by) {
  auto call = begin([&] { return target_->history(std::move(key), std::move(cursor), limit); });
  return ask(std::move(call), counters_.backend.history, kind, by);
}

asio::awaitable<put_result> gateway::put_if(std::string key, shared_bytes value,
                                            std::optional<version> expected, std::string write_id,
                                            request_class kind, caller by) {
  std::size_t const size = value.size();
  auto call = begin([&] {
    return target_->put_if(std::move(key), std::move(value), std::move(expected), std::move(write_id));
  });
  return ask(std::move(call), counters_.backend.put, kind, by, size);
}

}  // namespace chronicle
