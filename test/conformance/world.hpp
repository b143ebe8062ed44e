// The world a conformance case runs in: a backend or a bus behind its interface, and a loop to run coroutines
// on.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "chronicle/backend.hpp"
#include "chronicle/message_bus.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle::conformance {

/// Where coroutines run, on virtual or on real time.
class loop {
 public:
  virtual ~loop() = default;
  virtual asio::any_io_executor executor() = 0;
  virtual std::shared_ptr<time_source> time() = 0;
  /// Runs until `done`; throws when that takes unreasonably long.
  virtual void run_until(std::function<bool()> const& done) = 0;
  /// Whether time passes only as told, so that a case may let hours go by.
  virtual bool is_virtual() const = 0;
  /// Runs for this long.
  virtual void run_for(std::chrono::milliseconds how_long) = 0;

  template <class T>
  T run(asio::awaitable<T> operation) {
    std::optional<T> value;
    std::exception_ptr thrown;
    asio::co_spawn(executor(), std::move(operation), [&](std::exception_ptr e, T v) {
      thrown = e;
      value.emplace(std::move(v));
    });
    run_until([&] { return value.has_value(); });
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*value);
  }
};

std::unique_ptr<loop> make_virtual_loop();
std::unique_ptr<loop> make_real_loop();

}  // namespace chronicle::conformance
