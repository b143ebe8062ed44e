// An io_context on virtual time for one test: runs coroutines to their end, reports quiescence where real
// time would hang, and fails the test when it leaves work behind.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "chronicle/virtual_time.hpp"

namespace chronicle::test {

/// What `virtual_context::run` throws instead of hanging.
class hangs : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Use it as the fixture of a test (`BOOST_FIXTURE_TEST_CASE(name, virtual_context)`) or as its first local
/// variable, so that it outlives what it runs. Its destructor gives leftovers an hour of virtual time to
/// finish (a profile released by its last handle, say), then fails the test for whatever is still under way:
/// a wait, an operation, a coroutine.
class virtual_context {
 public:
  virtual_context() : time_(std::make_shared<virtual_time>()) {}
  ~virtual_context();
  virtual_context(virtual_context const&) = delete;
  virtual_context& operator=(virtual_context const&) = delete;

  asio::io_context& context() { return *context_; }
  asio::any_io_executor executor() { return context_->get_executor(); }
  virtual_time& time() { return *time_; }
  std::shared_ptr<virtual_time> shared_time() { return time_; }

  /// Runs `operation` to its end and returns what it returns, or throws what it throws. `hangs` when nothing
  /// is left to do before it has ended, or when that takes more than `patience` of virtual time.
  template <class T>
  T run(asio::awaitable<T> operation, boot_clock::duration patience = std::chrono::hours(24)) {
    return run_on(executor(), std::move(operation), patience);
  }

  /// The same on another executor of this context, such as a strand.
  template <class T>
  T run_on(asio::any_io_executor executor, asio::awaitable<T> operation,
           boot_clock::duration patience = std::chrono::hours(24));

  /// Runs until `done` holds; `hangs` when that cannot happen.
  void run_until(std::function<bool()> const& done, boot_clock::duration patience = std::chrono::hours(24));

  /// Lets this much virtual time pass.
  void run_for(boot_clock::duration how_long) { time_->run_for(*context_, how_long); }

  /// Runs until nothing is left to do; `hangs` when that takes more than `patience` of virtual time.
  void run_to_quiescence(boot_clock::duration patience = std::chrono::hours(24));

  /// Runs what is left for up to an hour, then names what is still under way. Empty when nothing is.
  std::vector<std::string> find_leaks();

  /// Destroys the io_context with all that is suspended in it: the teardown of a program. Leaves nothing to
  /// leak.
  void destroy_context() { context_.reset(); }

 private:
  std::shared_ptr<virtual_time> time_;
  std::unique_ptr<asio::io_context> context_ = std::make_unique<asio::io_context>();
};

template <class T>
T virtual_context::run_on(asio::any_io_executor executor, asio::awaitable<T> operation,
                          boot_clock::duration patience) {
  struct outcome {
    bool ended = false;
    std::exception_ptr thrown;
    std::conditional_t<std::is_void_v<T>, std::nullptr_t, std::optional<T>> value;
  };
  auto const kept =
      std::make_shared<outcome>();  // a coroutine that hangs may end after this function was left
  if constexpr (std::is_void_v<T>) {
    asio::co_spawn(executor, std::move(operation), [kept](std::exception_ptr thrown) {
      kept->thrown = std::move(thrown);
      kept->ended = true;
    });
  } else {
    asio::co_spawn(executor, std::move(operation), [kept](std::exception_ptr thrown, T value) {
      kept->thrown = std::move(thrown);
      kept->value.emplace(std::move(value));
      kept->ended = true;
    });
  }
  run_until([&kept] { return kept->ended; }, patience);
  if (kept->thrown) std::rethrow_exception(kept->thrown);
  if constexpr (!std::is_void_v<T>) return std::move(*kept->value);
}

}  // namespace chronicle::test
