#include "base/waiting.hpp"

namespace chronicle {

asio::awaitable<error_code> sleep_until(time_source& time, time_point deadline) {
  auto const state = co_await asio::this_coro::cancellation_state;
  if (is_cancelled(state)) co_return asio::error::operation_aborted;
  auto const executor = co_await asio::this_coro::executor;
  auto wait = async_wait_until(time, deadline, executor, asio::as_tuple(asio::deferred));
  auto const [ec] = co_await std::move(wait);
  co_return ec;
}

asio::awaitable<bool> event::wait() {
  auto const state = co_await asio::this_coro::cancellation_state;
  if (is_cancelled(state)) co_return false;
  auto wait = never_.async_wait(asio::as_tuple(asio::deferred));
  co_await std::move(wait);
  co_return !is_cancelled(state);
}

asio::awaitable<void> alarm::sleep_until(time_point deadline) {
  if (!std::exchange(rung_, false) && deadline > time_.now()) {
    auto const executor = co_await asio::this_coro::executor;
    sleeping_ = true;
    auto wait = async_wait_until(time_, deadline, executor, asio::as_tuple(asio::deferred), wake_.slot());
    co_await std::move(wait);
    sleeping_ = false;
    rung_ = false;
  }
}

}  // namespace chronicle
