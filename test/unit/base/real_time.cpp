// The one place where tests wait for real: a millisecond at a time.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include "base/deadlines.hpp"
#include "support/tracker_executor.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

struct real_time_fixture {
  asio::io_context context;
  std::shared_ptr<time_source> time = make_real_time_source();
};

BOOST_FIXTURE_TEST_SUITE(real_time_suite, real_time_fixture)

BOOST_AUTO_TEST_CASE(the_clocks_go) {
  auto const first = time->now();
  BOOST_TEST((time->now() >= first));
  auto const wall = std::chrono::system_clock::now();
  BOOST_TEST((time->wall_now() <= wall + 1min && time->wall_now() >= wall - 1min));
}

BOOST_AUTO_TEST_CASE(a_wait_lasts_until_its_deadline_and_keeps_the_context_running) {
  auto const deadline = time->now() + 1ms;
  bool called = false;
  time->wait_until(deadline, context.get_executor(), [&](error_code ec) {
    called = true;
    BOOST_TEST(!ec);
    BOOST_TEST((time->now() >= deadline));
  });
  BOOST_TEST(!called);
  context.run();
  BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(a_deadline_in_the_past_is_not_completed_inline) {
  bool called = false;
  time->wait_until(time->now() - 1s, context.get_executor(), [&](error_code ec) { called = !ec; });
  BOOST_TEST(!called);
  context.run();
  BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(the_most_distant_deadlines_are_taken) {
  asio::cancellation_signal signal;
  error_code for_ever, long_ago = asio::error::would_block;
  time->wait_until(time_point::max(), context.get_executor(),
                   asio::bind_cancellation_slot(signal.slot(), [&](error_code ec) { for_ever = ec; }));
  time->wait_until(time_point::min(), context.get_executor(), [&](error_code ec) {
    long_ago = ec;
    signal.emit(asio::cancellation_type::terminal);
  });
  context.run();
  BOOST_TEST(!long_ago);
  BOOST_TEST((for_ever == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(every_type_of_cancellation_ends_a_wait) {
  for (auto const type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    asio::cancellation_signal signal;
    error_code got;
    time->wait_until(time->now() + 1h, context.get_executor(),
                     asio::bind_cancellation_slot(signal.slot(), [&](error_code ec) { got = ec; }));
    signal.emit(type);
    BOOST_TEST(!got);
    context.run();
    context.restart();
    BOOST_TEST((got == asio::error::operation_aborted));
    signal.emit(type);
  }
}

BOOST_AUTO_TEST_CASE(the_handlers_executor_is_honoured) {
  tracker_executor const bound(context.get_executor(), 3);
  auto const strand = asio::make_strand(context);
  int calls = 0;
  auto const deadline = time->now();
  time->wait_until(deadline, strand,
                   asio::bind_executor(bound, [&](error_code) { calls += running_on(3) ? 1 : 0; }));
  time->wait_until(deadline, strand, [&](error_code) { calls += strand.running_in_this_thread() ? 1 : 0; });
  context.run();
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(a_context_takes_its_waits_along) {
  auto const alive = std::make_shared<int>(0);
  asio::cancellation_signal signal;
  {
    asio::io_context torn_down;
    time->wait_until(time->now() + 1h, torn_down.get_executor(),
                     asio::bind_cancellation_slot(signal.slot(), [alive](error_code) {}));
    auto const coroutine = [](std::shared_ptr<time_source> clock,
                              std::shared_ptr<int>) -> asio::awaitable<void> {
      co_await sleep_until(*clock, clock->now() + 1h);
    };
    asio::co_spawn(torn_down, coroutine(time, alive), asio::detached);
    torn_down.poll();
    BOOST_TEST(alive.use_count() == 3);
  }
  BOOST_TEST(alive.use_count() == 1);
  BOOST_TEST(time.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(an_operation_with_a_deadline) {
  auto const coroutine = [](time_source& clock) -> asio::awaitable<int> {
    error_code const ec = co_await sleep_until(clock, clock.now() + 1h);
    co_return ec ? 1 : 0;
  };
  auto const caller = [&](deadlines& all, time_source& clock, bool& expired) -> asio::awaitable<void> {
    auto operation = with_deadline(all, clock.now() + 1ms, coroutine(clock));
    auto const r = co_await std::move(operation);
    expired = r.expired && r.value == 1;
  };
  bool expired = false;
  auto const watched = std::make_shared<deadlines>(time, context.get_executor());
  asio::co_spawn(context, caller(*watched, *time, expired), asio::detached);
  context.run();
  BOOST_TEST(expired);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
