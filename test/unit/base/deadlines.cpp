#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/deadlines.hpp"
#include "base/strand.hpp"
#include "support/teardown.hpp"
#include "support/virtual_context.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;
using asio::cancellation_type;

using outcome = timed_result<std::string>;

/// "done" at `ready`; "aborted" when cancelled before.
asio::awaitable<std::string> work(virtual_time& time, time_point ready) {
  error_code const ec = co_await sleep_until(time, ready);
  co_return ec ? "aborted" : "done";
}

/// Takes a second more when it is cancelled, as a connection that is being closed.
asio::awaitable<std::string> slow_to_abort(virtual_time& time) {
  co_await sleep_until(time, time_point(1h));
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await sleep_until(time, time.now() + 1s);
  co_return "aborted late";
}

asio::awaitable<std::string> throwing(virtual_time& time, time_point when) {
  co_await sleep_until(time, when);
  throw std::runtime_error("broken");
}

struct deadline_fixture : virtual_context {
  std::shared_ptr<deadlines> const watched = std::make_shared<deadlines>(shared_time(), executor());
  asio::cancellation_signal signal;
  std::optional<outcome> got;
  time_point ended;

  asio::awaitable<void> await(asio::awaitable<outcome> operation) {
    got = co_await std::move(operation);
    ended = time().now();
    watched->close();
  }

  /// Runs `operation` against `deadline` and cancels the caller at `cancelled`.
  outcome const& race(asio::awaitable<std::string> operation, time_point deadline,
                      time_point cancelled = time_point::max()) {
    asio::co_spawn(context(), await(with_deadline(*watched, deadline, std::move(operation))),
                   asio::bind_cancellation_slot(signal.slot(), asio::detached));
    time().wait_until(cancelled, executor(),
                      [this](error_code) { signal.emit(cancellation_type::terminal); });
    run_to_quiescence();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(time().pending_waits() == 0U);
    return *got;
  }
};

BOOST_FIXTURE_TEST_SUITE(with_deadline_suite, deadline_fixture)

BOOST_AUTO_TEST_CASE(the_operation_comes_first) {
  auto const& r = race(work(time(), time_point(1s)), time_point(2s));
  BOOST_TEST(r.value == "done");
  BOOST_TEST(!r.expired);
  BOOST_TEST(!r.thrown);
  BOOST_TEST((ended == time_point(1s)));
}

BOOST_AUTO_TEST_CASE(the_deadline_comes_first) {
  auto const& r = race(work(time(), time_point(2s)), time_point(1s));
  BOOST_TEST(r.value == "aborted");
  BOOST_TEST(r.expired);
  BOOST_TEST((ended == time_point(1s)));
}

BOOST_AUTO_TEST_CASE(both_at_once_the_operation_was_there_first) {
  // Its wait was registered first, so it fires first and its result counts.
  auto const& r = race(work(time(), time_point(1s)), time_point(1s));
  BOOST_TEST(r.value == "done");
  BOOST_TEST(!r.expired);
}

BOOST_AUTO_TEST_CASE(both_at_once_the_deadline_was_there_first) {
  auto const late_starter = [](virtual_time& time) -> asio::awaitable<std::string> {
    co_await sleep_until(time, time_point(500ms));
    auto const value = co_await work(time, time_point(1s));
    co_return value;
  };
  auto const& r = race(late_starter(time()), time_point(1s));
  BOOST_TEST(r.value == "aborted");
  BOOST_TEST(r.expired);
}

BOOST_AUTO_TEST_CASE(it_waits_until_the_operation_has_finished_aborting) {
  auto const& r = race(slow_to_abort(time()), time_point(5s));
  BOOST_TEST(r.value == "aborted late");
  BOOST_TEST(r.expired);
  BOOST_TEST((ended == time_point(6s)));
}

BOOST_AUTO_TEST_CASE(the_caller_is_cancelled) {
  auto const& r = race(work(time(), time_point(10s)), time_point(20s), time_point(5s));
  BOOST_TEST(r.value == "aborted");
  BOOST_TEST(!r.expired);
  BOOST_TEST((ended == time_point(5s)));
}

BOOST_AUTO_TEST_CASE(the_caller_is_cancelled_and_the_operation_takes_its_time) {
  auto const& r = race(slow_to_abort(time()), time_point(20s), time_point(5s));
  BOOST_TEST(r.value == "aborted late");
  BOOST_TEST(!r.expired);
  BOOST_TEST((ended == time_point(6s)));
}

BOOST_AUTO_TEST_CASE(the_caller_is_cancelled_while_the_operation_is_being_cut_short) {
  auto const& r = race(slow_to_abort(time()), time_point(5s), time_point(5500ms));
  BOOST_TEST(r.value == "aborted late");
  BOOST_TEST(r.expired);
  BOOST_TEST((ended == time_point(6s)));
}

BOOST_AUTO_TEST_CASE(the_caller_was_cancelled_before) {
  auto const caller = [](deadline_fixture& f) -> asio::awaitable<void> {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await sleep_until(f.time(), time_point(1h));
    co_await f.await(with_deadline(*f.watched, time_point(2h), work(f.time(), time_point(3h))));
  };
  asio::co_spawn(context(), caller(*this), asio::bind_cancellation_slot(signal.slot(), asio::detached));
  run_for(5s);
  signal.emit(cancellation_type::terminal);
  run_to_quiescence();
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(got->value == "aborted");
  BOOST_TEST(!got->expired);
  BOOST_TEST((ended == time_point(5s)));
}

BOOST_AUTO_TEST_CASE(an_operation_that_returns_at_once) {
  auto const at_once = []() -> asio::awaitable<std::string> { co_return "at once"; };
  auto const& r = race(at_once(), time_point(1s));
  BOOST_TEST(r.value == "at once");
  BOOST_TEST(!r.expired);
  BOOST_TEST((ended == time_point{}));
}

BOOST_AUTO_TEST_CASE(a_deadline_in_the_past) {
  run_for(10s);
  auto const& r = race(work(time(), time_point(20s)), time_point(5s));
  BOOST_TEST(r.value == "aborted");
  BOOST_TEST(r.expired);
  BOOST_TEST((ended == time_point(10s)));
}

BOOST_AUTO_TEST_CASE(no_deadline_at_all) {
  auto const& r = race(work(time(), time_point(20h)), time_point::max());
  BOOST_TEST(r.value == "done");
  BOOST_TEST(!r.expired);
}

BOOST_AUTO_TEST_CASE(an_operation_that_throws) {
  auto const& r = race(throwing(time(), time_point(1s)), time_point(2s));
  BOOST_TEST(r.value.empty());
  BOOST_TEST(!r.expired);
  BOOST_REQUIRE(r.thrown != nullptr);
  BOOST_CHECK_THROW(std::rethrow_exception(r.thrown), std::runtime_error);
  BOOST_TEST((ended == time_point(1s)));
}

BOOST_AUTO_TEST_CASE(an_operation_that_throws_because_it_was_cut_short) {
  auto const& r = race(throwing(time(), time_point(2s)), time_point(1s));
  BOOST_TEST(r.expired);
  BOOST_TEST((r.thrown != nullptr));
}

asio::awaitable<std::string> nested(deadline_fixture& f, time_point inner, time_point ready) {
  auto guarded = with_deadline(*f.watched, inner, work(f.time(), ready));
  auto const r = co_await std::move(guarded);
  co_return (r.expired ? "inner deadline, " : "") + r.value;
}

BOOST_AUTO_TEST_CASE(nested_the_inner_deadline_comes_first) {
  auto const& r = race(nested(*this, time_point(1s), time_point(3s)), time_point(2s));
  BOOST_TEST(r.value == "inner deadline, aborted");
  BOOST_TEST(!r.expired);
  BOOST_TEST((ended == time_point(1s)));
}

BOOST_AUTO_TEST_CASE(nested_the_outer_deadline_comes_first) {
  auto const& r = race(nested(*this, time_point(2s), time_point(3s)), time_point(1s));
  BOOST_TEST(r.value == "aborted");
  BOOST_TEST(r.expired);
  BOOST_TEST((ended == time_point(1s)));
}

BOOST_AUTO_TEST_CASE(everything_runs_on_the_callers_strand) {
  strand_type const strand(executor());
  auto const looks = [](auto on, virtual_time& time) -> asio::awaitable<bool> {
    bool const before = on.running_in_this_thread();
    co_await sleep_until(time, time_point(1s));
    co_return before&& on.running_in_this_thread();
  };
  auto const caller = [&](auto on, deadlines& all, virtual_time& time) -> asio::awaitable<bool> {
    auto operation = with_deadline(all, time_point(2s), looks(on, time));
    auto const r = co_await std::move(operation);
    co_return r.value&& on.running_in_this_thread();
  };
  auto const there = std::make_shared<deadlines>(shared_time(), strand);
  BOOST_TEST(run_on(strand, caller(strand, *there, time())));
}

//--- the timer that all share

/// Starts an operation that takes `how_long`, with a deadline after `limit`; notes when it has ended and how.
struct one_of_many {
  bool done = false;
  outcome end{"", false, nullptr};
  time_point at;
};

asio::awaitable<void> take_part(deadline_fixture& f, boot_clock::duration how_long,
                                boot_clock::duration limit, one_of_many& result) {
  time_point const now = f.time().now();
  auto operation = with_deadline(*f.watched, now + limit, work(f.time(), now + how_long));
  result.end = co_await std::move(operation);
  result.at = f.time().now();
  result.done = true;
}

BOOST_AUTO_TEST_CASE(one_timer_serves_all) {
  std::vector<one_of_many> all(10);
  for (auto& one : all) asio::co_spawn(context(), take_part(*this, 1s, 10s, one), asio::detached);
  run_for(500ms);
  BOOST_TEST(time().pending_waits() == 11U);  // ten operations and one timer
  run_for(1s);
  BOOST_TEST(time().pending_waits() == 1U);
  for (auto const& one : all) BOOST_TEST(one.end.value == "done");
  run_to_quiescence();
  BOOST_TEST((time().now() == time_point(10s)));
}

BOOST_AUTO_TEST_CASE(a_deadline_that_comes_before_the_others) {
  one_of_many late, early;
  asio::co_spawn(context(), take_part(*this, 1h, 10s, late), asio::detached);
  run_for(1s);
  asio::co_spawn(context(), take_part(*this, 1h, 2s, early), asio::detached);
  run_to_quiescence();
  BOOST_TEST(early.end.expired);
  BOOST_TEST((early.at == time_point(3s)));
  BOOST_TEST(late.end.expired);
  BOOST_TEST((late.at == time_point(10s)));
}

BOOST_AUTO_TEST_CASE(a_deadline_that_is_met_wakes_the_timer_for_nothing) {
  one_of_many first, second;
  asio::co_spawn(context(), take_part(*this, 1s, 10s, first), asio::detached);
  run_for(5s);
  asio::co_spawn(context(), take_part(*this, 1h, 10s, second), asio::detached);
  run_to_quiescence();
  BOOST_TEST(!first.end.expired);
  BOOST_TEST(second.end.expired);
  BOOST_TEST((second.at == time_point(15s)));
}

BOOST_AUTO_TEST_CASE(all_expire_at_once) {
  std::vector<one_of_many> all(3);
  for (auto& one : all) asio::co_spawn(context(), take_part(*this, 1h, 2h, one), asio::detached);
  run_for(1s);
  watched->expire_all();
  run_for(0s);
  for (auto const& one : all) {
    BOOST_TEST(one.done);
    BOOST_TEST(one.end.expired);
  }
  watched->close();
  run_for(0s);
}

BOOST_AUTO_TEST_CASE(closed_it_keeps_no_timer_longer_than_an_operation) {
  one_of_many under_way, later;
  asio::co_spawn(context(), take_part(*this, 1s, 10s, under_way), asio::detached);
  run_for(500ms);
  watched->close();
  run_for(1s);
  BOOST_TEST(under_way.end.value == "done");
  BOOST_TEST(time().pending_waits() == 0U);
  asio::co_spawn(context(), take_part(*this, 1h, 1s, later), asio::detached);
  run_to_quiescence();
  BOOST_TEST(later.end.expired);
  BOOST_TEST((later.at == time_point(2500ms)));
}

BOOST_AUTO_TEST_CASE(torn_down_at_any_moment) {
  auto const events = tear_down_at_every_event([](virtual_context& world) {
    auto const shared = std::make_shared<deadlines>(world.shared_time(), world.executor());
    auto const coroutine = [](std::shared_ptr<deadlines> all, std::shared_ptr<virtual_time> time,
                              boot_clock::duration takes) -> asio::awaitable<void> {
      auto operation = with_deadline(*all, time->now() + 2s, work(*time, time->now() + takes));
      co_await std::move(operation);
    };
    for (auto const takes : {1s, 2s, 3s})
      asio::co_spawn(world.context(), coroutine(shared, world.shared_time(), takes), asio::detached);
    return shared;
  });
  BOOST_TEST(events > 5U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
