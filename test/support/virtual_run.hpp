// Runs coroutines to their end on virtual time, in one thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "chronicle/virtual_time.hpp"

namespace chronicle::test {

/// A context and the clock its coroutines live by. The clock outlives the context, as it would in a program.
struct virtual_run {
  std::shared_ptr<virtual_time> time = std::make_shared<virtual_time>();
  asio::io_context context;

  /// What `operation` returns; throws what it throws, and a `logic_error` if it would hang.
  template <class T>
  T operator()(asio::awaitable<T> operation) {
    std::optional<T> value;
    std::exception_ptr thrown;
    bool finished = false;
    asio::co_spawn(context, std::move(operation), [&](std::exception_ptr e, T v) {
      thrown = e;
      value.emplace(std::move(v));
      finished = true;
    });
    finish(finished, thrown);
    return std::move(*value);
  }

  void operator()(asio::awaitable<void> operation) {
    std::exception_ptr thrown;
    bool finished = false;
    asio::co_spawn(context, std::move(operation), [&](std::exception_ptr e) {
      thrown = e;
      finished = true;
    });
    finish(finished, thrown);
  }

 private:
  void finish(bool const& finished, std::exception_ptr const& thrown) {
    if (time->run(context, [&] { return finished; }) != virtual_time::stop::condition)
      throw std::logic_error("the coroutine would hang: nothing is ready and nobody waits for a time");
    if (thrown) std::rethrow_exception(thrown);
  }
};

}  // namespace chronicle::test
