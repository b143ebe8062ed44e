// Stopping a program in the middle of an operation, at every point: nothing leaks and nothing freed is
// touched. The address sanitizer is the judge, best in the build that gives coroutine frames back to the heap
// at once.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "base/deadlines.hpp"
#include "support/teardown.hpp"
#include "unit/base/operation.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

std::string const long_text = "a string that is too long for the small string optimisation";

/// What a store is to its operations: kept alive by them, and the owner of what they wait on.
struct shared_parts {
  explicit shared_parts(virtual_context& world)
      : time(world.shared_time()),
        strand(world.executor()),
        time_outs(std::make_shared<deadlines>(time, strand)),
        changed(strand),
        waker(*time) {}
  std::shared_ptr<time_source> time;
  strand_type strand;
  std::shared_ptr<deadlines> time_outs;
  event changed;
  alarm waker;
};

asio::awaitable<int> slow(std::shared_ptr<shared_parts> parts, boot_clock::duration how_slow) {
  std::string const local = long_text;
  co_await sleep_until(*parts->time, parts->time->now() + how_slow);
  co_return static_cast<int>(local.size());
}

/// Suspends in each of the ways there are.
asio::awaitable<result<std::string>> everything(std::shared_ptr<shared_parts> parts, std::string text) {
  std::string const local = text;
  co_await sleep_until(*parts->time, parts->time->now() + 1s);
  auto in_time = with_deadline(*parts->time_outs, parts->time->now() + 2s, slow(parts, 1s));
  auto const first = co_await std::move(in_time);
  auto too_late = with_deadline(*parts->time_outs, parts->time->now() + 1s, slow(parts, 2s));
  auto const second = co_await std::move(too_late);
  co_await parts->waker.sleep_until(parts->time->now() + 1s);
  co_await parts->changed.wait();
  if (first.expired || !second.expired) co_return make_error_code(errc::internal_error);
  co_return local + text;
}

/// Waits a while, then wakes everybody.
asio::awaitable<void> wake_later(std::shared_ptr<shared_parts> parts) {
  co_await sleep_until(*parts->time, parts->time->now() + 10s);
  parts->waker.ring();
  parts->changed.notify_all();
}

auto async_everything(std::shared_ptr<shared_parts> parts, virtual_context& world) {
  auto const strand = parts->strand;
  return async_operate(strand, world.executor(), everything(std::move(parts), long_text),
                       asio::as_tuple(asio::deferred));
}

asio::awaitable<void> player(std::shared_ptr<shared_parts> parts, virtual_context& world, int& done) {
  std::string const local = long_text;
  auto operation = async_everything(parts, world);
  auto const [ec, text] = co_await std::move(operation);
  if (!ec && text == local + local) ++done;
}

BOOST_AUTO_TEST_SUITE(launch_teardown)

BOOST_AUTO_TEST_CASE(a_coroutine_that_awaits_an_operation) {
  int done = 0;
  auto const events = tear_down_at_every_event([&](virtual_context& world) {
    auto const parts = std::make_shared<shared_parts>(world);
    asio::co_spawn(world.context(), player(parts, world, done), asio::detached);
    asio::co_spawn(parts->strand, wake_later(parts), asio::detached);
    return std::shared_ptr<void>();
  });
  BOOST_TEST(events > 15U);
  BOOST_TEST(done ==
             2);  // in the run with just enough events, and in the next one, which finds that it was the last
}

BOOST_AUTO_TEST_CASE(a_callback_with_a_slot_that_is_cancelled_at_the_end_of_every_run) {
  // The signal is declared here, so it outlives the io_context that is torn down.
  asio::cancellation_signal signal;
  tear_down_at_every_event([&](virtual_context& world) {
    signal.emit(asio::cancellation_type::terminal);  // of the operation that died with the run before
    auto const parts = std::make_shared<shared_parts>(world);
    auto operation = async_everything(parts, world);
    std::move(operation)(
        asio::bind_cancellation_slot(signal.slot(), [](std::tuple<error_code, std::string>) {}));
    asio::co_spawn(parts->strand, wake_later(parts), asio::detached);
    return std::shared_ptr<void>();
  });
  signal.emit(asio::cancellation_type::terminal);
}

BOOST_AUTO_TEST_CASE(an_operation_that_is_being_cancelled) {
  for (auto const after : {0ms, 500ms, 1500ms, 2500ms, 3500ms}) {
    asio::cancellation_signal signal;
    tear_down_at_every_event([&](virtual_context& world) {
      auto const parts = std::make_shared<shared_parts>(world);
      auto operation = async_everything(parts, world);
      std::move(operation)(
          asio::bind_cancellation_slot(signal.slot(), [](std::tuple<error_code, std::string>) {}));
      world.time().wait_until(time_point{} + after, world.executor(),
                              [&](error_code) { signal.emit(asio::cancellation_type::total); });
      asio::co_spawn(parts->strand, wake_later(parts), asio::detached);
      return std::shared_ptr<void>();
    });
  }
}

BOOST_AUTO_TEST_CASE(an_operation_whose_handler_lives_in_another_context) {
  std::unique_ptr<asio::io_context> callers;  // Asio's rule: it must outlive the work that counts on it
  tear_down_at_every_event([&](virtual_context& world) {
    callers = std::make_unique<asio::io_context>();
    auto const parts = std::make_shared<shared_parts>(world);
    auto operation = async_everything(parts, world);
    std::move(operation)(asio::bind_executor(*callers, [](std::tuple<error_code, std::string>) {}));
    asio::co_spawn(parts->strand, wake_later(parts), asio::detached);
    return std::shared_ptr<void>();
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
