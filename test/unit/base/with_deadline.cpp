#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/waiting.hpp"
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
  asio::cancellation_signal signal;
  std::optional<outcome> got;
  time_point ended;

  asio::awaitable<void> await(asio::awaitable<outcome> operation) {
    got = co_await std::move(operation);
    ended = time().now();
  }

  /// Runs `operation` against `deadline` and cancels the caller at `cancelled`.
  outcome const& race(asio::awaitable<std::string> operation, time_point deadline,
                      time_point cancelled = time_point::max()) {
    asio::co_spawn(context(), await(with_deadline(time(), deadline, std::move(operation))),
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
    co_await f.await(with_deadline(f.time(), time_point(2h), work(f.time(), time_point(3h))));
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

asio::awaitable<std::string> nested(virtual_time& time, time_point inner, time_point ready) {
  auto guarded = with_deadline(time, inner, work(time, ready));
  auto const r = co_await std::move(guarded);
  co_return (r.expired ? "inner deadline, " : "") + r.value;
}

BOOST_AUTO_TEST_CASE(nested_the_inner_deadline_comes_first) {
  auto const& r = race(nested(time(), time_point(1s), time_point(3s)), time_point(2s));
  BOOST_TEST(r.value == "inner deadline, aborted");
  BOOST_TEST(!r.expired);
  BOOST_TEST((ended == time_point(1s)));
}

BOOST_AUTO_TEST_CASE(nested_the_outer_deadline_comes_first) {
  auto const& r = race(nested(time(), time_point(2s), time_point(3s)), time_point(1s));
  BOOST_TEST(r.value == "aborted");
  BOOST_TEST(r.expired);
  BOOST_TEST((ended == time_point(1s)));
}

BOOST_AUTO_TEST_CASE(everything_runs_on_the_callers_strand) {
  auto const strand = asio::make_strand(executor());
  auto const looks = [](auto on, virtual_time& time) -> asio::awaitable<bool> {
    bool const before = on.running_in_this_thread();
    co_await sleep_until(time, time_point(1s));
    co_return before&& on.running_in_this_thread();
  };
  auto const caller = [&](auto on, virtual_time& time) -> asio::awaitable<bool> {
    auto operation = with_deadline(time, time_point(2s), looks(on, time));
    auto const r = co_await std::move(operation);
    co_return r.value&& on.running_in_this_thread();
  };
  BOOST_TEST(run_on(strand, caller(strand, time())));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
