#include "run_all.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace asio = boost::asio;

namespace {

auto spawn(asio::any_io_executor const& executor, asio::awaitable<void> task) {
  return asio::co_spawn(executor, std::move(task), asio::deferred);
}

}  // namespace

asio::awaitable<void> run_all(std::vector<asio::awaitable<void>> tasks) {
  auto const executor = co_await asio::this_coro::executor;
  std::vector<decltype(spawn(executor, std::declval<asio::awaitable<void>>()))> running;
  running.reserve(tasks.size());
  for (auto& task : tasks) running.push_back(spawn(executor, std::move(task)));
  auto group = asio::experimental::make_parallel_group(std::move(running));
  auto waiting = group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  auto const [order, thrown] = co_await std::move(waiting);
  for (auto const i : order)
    if (thrown[i]) std::rethrow_exception(thrown[i]);
}
