// A public operation in small, as the bridge's tests start it: a compiled coroutine behind a completion
// token.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include "base/launch.hpp"
#include "base/waiting.hpp"
#include "support/virtual_context.hpp"

namespace chronicle::test {

/// Starts `coroutine` on `strand` the way the library's public functions do.
template <class T, class Token = asio::deferred_t>
auto async_operate(strand_type strand, asio::any_io_executor executor, asio::awaitable<result<T>> coroutine,
                   Token&& token = {}, asio::cancellation_type mask = obey_every_cancellation) {
  // Shared, because deferred wants to copy what it initiates with.
  auto const held = std::make_shared<asio::awaitable<result<T>>>(std::move(coroutine));
  return asio::async_initiate<Token, void(error_code, T)>(
      [strand, executor, mask, held](asio::any_completion_handler<void(error_code, T)> handler) {
        launch(strand, executor, std::move(*held), std::move(handler), mask);
      },
      token);
}

/// A virtual context with a strand, on which operations run.
struct strand_fixture : virtual_context {
  strand_type strand{executor()};

  template <class T, class Token = asio::deferred_t>
  auto async_start(asio::awaitable<result<T>> coroutine, Token&& token = {},
                   asio::cancellation_type mask = obey_every_cancellation) {
    return async_operate(strand, executor(), std::move(coroutine), std::forward<Token>(token), mask);
  }

  /// Suspends for a virtual second, then returns `value`; what a cancelled wait reports if it was cut short.
  asio::awaitable<result<int>> after_a_second(int value) {
    error_code const ec = co_await sleep_until(time(), time().now() + std::chrono::seconds(1));
    if (ec) co_return ec;
    co_return value;
  }
};

}  // namespace chronicle::test
