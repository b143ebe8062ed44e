#include "chronicle/virtual_time.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/waiting.hpp"
#include "support/tracker_executor.hpp"
#include "support/virtual_context.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;
using stop = virtual_time::stop;

struct time_fixture : virtual_context {
  std::string order;

  time_point in(boot_clock::duration d) { return time().now() + d; }
  /// Appends `name` to `order` when the wait ends, in capitals when it was cancelled.
  auto notes(char name) {
    return [this, name](error_code ec) {
      order += ec == asio::error::operation_aborted ? static_cast<char>(name - 'a' + 'A') : name;
    };
  }
};

BOOST_FIXTURE_TEST_SUITE(virtual_time_suite, time_fixture)

BOOST_AUTO_TEST_CASE(starts_at_zero_and_at_the_wall_time_given) {
  virtual_time const clock(wall_time_point(5ms));
  BOOST_TEST((clock.now() == time_point{}));
  BOOST_TEST((clock.wall_now() == wall_time_point(5ms)));
  BOOST_TEST((virtual_time().wall_now() == std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}));
}

BOOST_AUTO_TEST_CASE(waits_fire_in_the_order_of_their_deadlines) {
  time().wait_until(in(3s), executor(), notes('c'));
  time().wait_until(in(1s), executor(), notes('a'));
  time().wait_until(in(2s), executor(), notes('b'));
  BOOST_TEST(time().pending_waits() == 3U);
  BOOST_TEST((time().run_to_quiescence(context()) == stop::quiescent));
  BOOST_TEST(order == "abc");
  BOOST_TEST((time().now() == time_point(3s)));
}

BOOST_AUTO_TEST_CASE(equal_deadlines_fire_first_come_first_served) {
  for (char name = 'a'; name <= 'j'; ++name) time().wait_until(in(1s), executor(), notes(name));
  run_to_quiescence();
  BOOST_TEST(order == "abcdefghij");
}

BOOST_AUTO_TEST_CASE(consequences_run_before_the_next_wait_even_of_the_same_instant) {
  time().wait_until(in(1s), executor(), [this](error_code) {
    order += 'a';
    asio::post(context(), [this] {
      order += 'b';
      asio::post(context(), [this] { order += 'c'; });
    });
  });
  time().wait_until(in(1s), executor(), notes('d'));
  run_to_quiescence();
  BOOST_TEST(order == "abcd");
}

BOOST_AUTO_TEST_CASE(a_deadline_in_the_past_fires_at_once_but_never_inline) {
  run_for(10s);
  time().wait_until(time_point(1s), executor(), notes('a'));
  BOOST_TEST(order.empty());
  run_to_quiescence();
  BOOST_TEST(order == "a");
  BOOST_TEST((time().now() == time_point(10s)));
}

BOOST_AUTO_TEST_CASE(the_handlers_executor_is_honoured) {
  tracker_executor const bound(executor(), 3);
  auto const strand = asio::make_strand(executor());
  time().wait_until(in(1s), strand,
                    asio::bind_executor(bound, [&](error_code) { order += running_on(3) ? 'a' : '?'; }));
  time().wait_until(in(1s), strand,
                    [&](error_code) { order += strand.running_in_this_thread() ? 'b' : '?'; });
  run_to_quiescence();
  BOOST_TEST(order == "ab");
}

BOOST_AUTO_TEST_CASE(every_type_of_cancellation_ends_a_wait_but_not_inline) {
  for (auto const type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    asio::cancellation_signal signal;
    order.clear();
    time().wait_until(in(1s), executor(), asio::bind_cancellation_slot(signal.slot(), notes('a')));
    time().wait_until(in(1s), executor(), notes('b'));
    run_for(500ms);
    signal.emit(type);
    BOOST_TEST(order.empty());
    BOOST_TEST(time().pending_waits() == 1U);
    run_to_quiescence();
    BOOST_TEST(order == "Ab");
    signal.emit(type);
  }
}

BOOST_AUTO_TEST_CASE(a_wait_that_has_fired_cannot_be_cancelled) {
  asio::cancellation_signal signal;
  time().wait_until(in(1s), executor(), [&](error_code) { signal.emit(asio::cancellation_type::terminal); });
  time().wait_until(in(1s), executor(), asio::bind_cancellation_slot(signal.slot(), notes('a')));
  run_to_quiescence();
  BOOST_TEST(order == "A");  // the first to fire cancels the second of the same instant
  time().wait_until(in(1s), executor(), asio::bind_cancellation_slot(signal.slot(), notes('b')));
  run_to_quiescence();
  signal.emit(asio::cancellation_type::terminal);
  run_to_quiescence();
  BOOST_TEST(order == "Ab");
}

BOOST_AUTO_TEST_CASE(run_ends_when_the_condition_holds) {
  for (char name = 'a'; name <= 'e'; ++name)
    time().wait_until(in(1s * (name - 'a' + 1)), executor(), notes(name));
  BOOST_TEST((time().run(context(), [&] { return order == "abc"; }) == stop::condition));
  BOOST_TEST((time().now() == time_point(3s)));
  run_to_quiescence();
}

BOOST_AUTO_TEST_CASE(run_ends_at_its_limit_after_what_is_due_then) {
  time().wait_until(in(1s), executor(), notes('a'));
  time().wait_until(in(2s), executor(), notes('b'));
  time().wait_until(in(3s), executor(), notes('c'));
  BOOST_TEST((time().run(context(), {}, time_point(2s)) == stop::deadline));
  BOOST_TEST(order == "ab");
  BOOST_TEST((time().now() == time_point(2s)));
  BOOST_TEST((time().run(context(), {}, time_point(1s)) == stop::deadline));
  BOOST_TEST((time().now() == time_point(2s)));
  run_to_quiescence();
}

BOOST_AUTO_TEST_CASE(run_for_moves_time_by_exactly_that_much) {
  time().wait_until(in(1s), executor(), notes('a'));
  BOOST_TEST((time().run_for(context(), 1500ms) == stop::quiescent));
  BOOST_TEST((time().now() == time_point(1500ms)));
  BOOST_TEST((time().run_for(context(), 0s) == stop::quiescent));
  BOOST_TEST((time().now() == time_point(1500ms)));
}

BOOST_AUTO_TEST_CASE(waits_for_ever_are_quiescent) {
  time().wait_until(time_point::max(), executor(), notes('a'));
  BOOST_TEST(time().pending_waits() == 0U);
  BOOST_TEST((time().run_to_quiescence(context()) == stop::quiescent));
  BOOST_TEST((time().now() == time_point{}));
  BOOST_TEST(!time().step(context()));
  BOOST_TEST(order.empty());
}

BOOST_AUTO_TEST_CASE(a_stopped_context_ends_a_run) {
  time().wait_until(in(1s), executor(), [this](error_code) { context().stop(); });
  time().wait_until(in(2s), executor(), notes('a'));
  BOOST_TEST((time().run_to_quiescence(context()) == stop::stopped));
  BOOST_TEST((time().now() == time_point(1s)));
  run_to_quiescence();
  BOOST_TEST(order == "a");
}

BOOST_AUTO_TEST_CASE(a_stall_makes_waits_late_and_fires_them_in_order) {
  time().wait_until(in(1s), executor(), [this](error_code) {
    order += 'a';
    BOOST_TEST((time().now() == time_point(60s)));
  });
  time().wait_until(in(2s), executor(), notes('b'));
  time().wait_until(in(61s), executor(), notes('c'));
  time().stall(60s);
  BOOST_TEST((time().now() == time_point(60s)));
  BOOST_TEST(order.empty());
  run_for(0s);
  BOOST_TEST(order == "ab");
  run_to_quiescence();
  BOOST_TEST((time().now() == time_point(61s)));
}

BOOST_AUTO_TEST_CASE(the_wall_clock_goes_along_and_can_be_stepped_alone) {
  auto const before = time().wall_now();
  run_for(90s);
  BOOST_TEST((time().wall_now() - before == 90s));
  time().step_wall_clock(-30s);
  BOOST_TEST((time().wall_now() - before == 60s));
  BOOST_TEST((time().now() == time_point(90s)));
}

BOOST_AUTO_TEST_CASE(a_step_is_one_handler_or_one_wait) {
  asio::post(context(), [this] { order += 'a'; });
  time().wait_until(in(1s), executor(), notes('b'));
  std::vector<std::string> seen;
  while (time().step(context())) seen.push_back(order);
  auto const expected = std::vector<std::string>{"a", "a", "ab"};
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(three_hours_of_renewals_take_no_time) {
  auto const renewals = [](virtual_time& time, int& renewed) -> asio::awaitable<void> {
    while (time.now() < time_point(3h)) {
      co_await sleep_until(time, time.now() + 50s);
      ++renewed;
    }
  };
  std::vector<int> renewed(1000);
  for (int& count : renewed) asio::co_spawn(context(), renewals(time(), count), asio::detached);
  auto const before = boot_clock::now();
  run_to_quiescence();
  BOOST_TEST_MESSAGE("216,000 renewals in " << (boot_clock::now() - before) / 1ms << " ms");
  for (int const count : renewed) BOOST_TEST(count == 216);
}

BOOST_AUTO_TEST_CASE(the_clock_may_go_before_its_waits) {
  auto clock = std::make_shared<virtual_time>();
  auto const alive = std::make_shared<int>(0);
  asio::cancellation_signal signal;
  clock->wait_until(time_point(1s), executor(),
                    asio::bind_cancellation_slot(signal.slot(), [alive](error_code) {}));
  BOOST_TEST(alive.use_count() == 2);
  clock.reset();
  BOOST_TEST(alive.use_count() == 1);
  signal.emit(asio::cancellation_type::terminal);
}

BOOST_AUTO_TEST_CASE(a_context_takes_its_waits_along_and_leaves_those_of_others) {
  asio::io_context other;
  auto const clock = std::make_shared<virtual_time>();
  auto const sleeper = [](std::shared_ptr<virtual_time> owned,
                          std::shared_ptr<int>) -> asio::awaitable<void> {
    co_await sleep_until(*owned, time_point(1h));
  };
  auto const here = std::make_shared<int>(0), there = std::make_shared<int>(0);
  asio::co_spawn(context(), sleeper(clock, here), asio::detached);
  asio::co_spawn(other, sleeper(clock, there), asio::detached);
  other.poll();
  context().poll();
  BOOST_TEST(clock->pending_waits() == 2U);
  BOOST_TEST(clock.use_count() == 3);
  destroy_context();
  BOOST_TEST(here.use_count() == 1);
  BOOST_TEST(clock->pending_waits() == 1U);
  BOOST_TEST((clock->run_to_quiescence(other) == stop::quiescent));
  BOOST_TEST(there.use_count() == 1);
  BOOST_TEST(clock.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_leaves_the_clock_usable) {
  time().wait_until(in(1s), executor(), [](error_code) { throw std::runtime_error("handler"); });
  time().wait_until(in(2s), executor(), notes('a'));
  BOOST_CHECK_THROW(time().run_to_quiescence(context()), std::runtime_error);
  run_to_quiescence();
  BOOST_TEST(order == "a");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
