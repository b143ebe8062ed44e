// Waiting for a time, for an event, for a ring.
#include "base/waiting.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "support/virtual_context.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;
using asio::cancellation_type;

struct waiting_fixture : virtual_context {
  asio::cancellation_signal signal;

  void spawn(asio::awaitable<void> coroutine) {
    asio::co_spawn(context(), std::move(coroutine),
                   asio::bind_cancellation_slot(signal.slot(), asio::detached));
  }
  void cancel_at(boot_clock::duration when) {
    time().wait_until(time_point(when), executor(),
                      [this](error_code) { signal.emit(cancellation_type::terminal); });
  }
};

/// Switches off the exceptions of a cancelled coroutine, then waits until it has been cancelled.
asio::awaitable<void> get_cancelled(virtual_time& time) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await sleep_until(time, time_point(1h));
}

BOOST_FIXTURE_TEST_SUITE(sleep_suite, waiting_fixture)

BOOST_AUTO_TEST_CASE(any_token_waits) {
  bool called = false;
  async_wait_until(time(), time_point(1s), executor(), [&](error_code ec) { called = !ec; });
  auto future = async_wait_until(time(), time_point(2s), executor(), asio::use_future);
  run_to_quiescence();
  BOOST_TEST(called);
  future.get();
}

BOOST_AUTO_TEST_CASE(a_slot_of_its_own_wakes_a_wait) {
  asio::cancellation_signal wake;
  error_code got;
  async_wait_until(
      time(), time_point(1h), executor(), [&](error_code ec) { got = ec; }, wake.slot());
  run_for(1s);
  wake.emit(cancellation_type::terminal);
  run_for(0s);
  BOOST_TEST((got == asio::error::operation_aborted));
  BOOST_TEST(time().pending_waits() == 0U);
}

BOOST_AUTO_TEST_CASE(sleeps_until_the_deadline) {
  BOOST_TEST(!run(sleep_until(time(), time_point(90min))));
  BOOST_TEST((time().now() == time_point(90min)));
}

BOOST_AUTO_TEST_CASE(cancelled_while_it_sleeps) {
  auto const coroutine = [](virtual_time& time, std::string& log) -> asio::awaitable<void> {
    error_code const ec = co_await sleep_until(time, time_point(1h));
    log += ec == asio::error::operation_aborted ? "aborted" : ec.message();
    BOOST_TEST((time.now() == time_point(5s)));
  };
  std::string log;
  spawn(coroutine(time(), log));
  cancel_at(5s);
  run_to_quiescence();
  BOOST_TEST(log == "aborted");
}

BOOST_AUTO_TEST_CASE(cancelled_before_it_sleeps) {
  auto const coroutine = [](virtual_time& time, int& aborted) -> asio::awaitable<void> {
    co_await get_cancelled(time);
    error_code const ec = co_await sleep_until(time, time_point(2h));
    aborted += ec == asio::error::operation_aborted ? 1 : 0;
    BOOST_TEST((time.now() == time_point(5s)));
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    error_code const after = co_await sleep_until(time, time_point(3h));
    aborted += after ? 1 : 0;
    BOOST_TEST((time.now() == time_point(3h)));
  };
  int aborted = 0;
  spawn(coroutine(time(), aborted));
  cancel_at(5s);
  run_to_quiescence();
  BOOST_TEST(aborted == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(event_suite, waiting_fixture)

asio::awaitable<void> count_wakes(event& changed, int& notified, int& cancelled) {
  bool const by_event = co_await changed.wait();
  by_event ? ++notified : ++cancelled;
}

BOOST_AUTO_TEST_CASE(wakes_everybody_who_waits_now_and_nobody_who_comes_later) {
  event changed(executor());
  int notified = 0, cancelled = 0;
  changed.notify_all();  // nobody waits yet: forgotten
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(context(), count_wakes(changed, notified, cancelled), asio::detached);
  run_for(1s);
  BOOST_TEST(notified == 0);
  changed.notify_all();
  asio::co_spawn(context(), count_wakes(changed, notified, cancelled), asio::detached);
  run_for(1s);
  BOOST_TEST(notified == 3);
  changed.notify_all();
  run_for(1s);
  BOOST_TEST(notified == 4);
  BOOST_TEST(cancelled == 0);
}

BOOST_AUTO_TEST_CASE(cancelled_while_it_waits) {
  event changed(executor());
  int notified = 0, cancelled = 0;
  spawn(count_wakes(changed, notified, cancelled));
  asio::co_spawn(context(), count_wakes(changed, notified, cancelled), asio::detached);
  run_for(1s);
  signal.emit(cancellation_type::terminal);
  run_for(1s);
  BOOST_TEST(cancelled == 1);
  BOOST_TEST(notified == 0);  // the other one waits on
  changed.notify_all();
  run_for(1s);
  BOOST_TEST(notified == 1);
}

BOOST_AUTO_TEST_CASE(cancelled_before_it_waits) {
  event never(executor());
  auto const coroutine = [](virtual_time& time, event& changed, bool& returned) -> asio::awaitable<void> {
    co_await get_cancelled(time);
    bool const notified = co_await changed.wait();
    BOOST_TEST(!notified);
    returned = true;
  };
  bool returned = false;
  spawn(coroutine(time(), never, returned));
  cancel_at(5s);
  run_to_quiescence();
  BOOST_TEST(returned);
  never.notify_all();
}

BOOST_AUTO_TEST_CASE(an_event_does_not_keep_a_torn_down_coroutine_alive) {
  struct owner {
    explicit owner(asio::any_io_executor executor) : changed(std::move(executor)) {}
    event changed;
  };
  auto const coroutine = [](std::shared_ptr<owner> self) -> asio::awaitable<void> {
    co_await self->changed.wait();
  };
  auto owned = std::make_shared<owner>(executor());
  std::weak_ptr<owner> const watched = owned;
  asio::co_spawn(context(), coroutine(std::move(owned)), asio::detached);
  run_for(1s);
  BOOST_TEST(!watched.expired());
  destroy_context();
  BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(alarm_suite, waiting_fixture)

/// Sleeps until `deadline` or a ring and notes when it woke.
asio::awaitable<void> sleep_and_note(virtual_time& time, alarm& waker, time_point deadline,
                                     time_point& woke) {
  co_await waker.sleep_until(deadline);
  woke = time.now();
}

BOOST_AUTO_TEST_CASE(wakes_at_its_deadline) {
  alarm waker(time());
  time_point woke;
  spawn(sleep_and_note(time(), waker, time_point(1h), woke));
  run_to_quiescence();
  BOOST_TEST((woke == time_point(1h)));
}

BOOST_AUTO_TEST_CASE(wakes_when_it_rings) {
  alarm waker(time());
  time_point woke;
  spawn(sleep_and_note(time(), waker, time_point::max(), woke));
  run_for(7s);
  waker.ring();
  waker.ring();
  BOOST_TEST((woke == time_point{}));
  run_to_quiescence();
  BOOST_TEST((woke == time_point(7s)));
  spawn(sleep_and_note(time(), waker, time_point(1h), woke));
  run_to_quiescence();
  BOOST_TEST((woke == time_point(1h)));  // the second ring was for the same sleep
}

BOOST_AUTO_TEST_CASE(a_ring_while_nobody_sleeps_is_remembered_once) {
  alarm waker(time());
  time_point first, second;
  waker.ring();
  waker.ring();
  auto const coroutine = [](virtual_time& t, alarm& w, time_point& one,
                            time_point& two) -> asio::awaitable<void> {
    co_await sleep_and_note(t, w, time_point(1h), one);
    co_await sleep_and_note(t, w, time_point(2h), two);
  };
  run_for(3s);
  spawn(coroutine(time(), waker, first, second));
  run_to_quiescence();
  BOOST_TEST((first == time_point(3s)));
  BOOST_TEST((second == time_point(2h)));
}

BOOST_AUTO_TEST_CASE(a_deadline_in_the_past_does_not_suspend) {
  alarm waker(time());
  time_point woke;
  run_for(3s);
  spawn(sleep_and_note(time(), waker, time_point(1s), woke));
  run_to_quiescence();
  BOOST_TEST((woke == time_point(3s)));
}

BOOST_AUTO_TEST_CASE(cancellation_does_not_wake_it_a_ring_does) {
  alarm waker(time());
  time_point woke;
  spawn(sleep_and_note(time(), waker, time_point(1h), woke));
  cancel_at(5s);
  run_for(10s);
  BOOST_TEST((woke == time_point{}));
  waker.ring();
  run_to_quiescence();
  BOOST_TEST((woke == time_point(10s)));
}

BOOST_AUTO_TEST_CASE(a_ring_at_the_very_deadline) {
  alarm waker(time());
  time_point woke;
  time().wait_until(time_point(1h), executor(), [&](error_code) { waker.ring(); });
  spawn(sleep_and_note(time(), waker, time_point(1h), woke));
  time().wait_until(time_point(1h), executor(), [&](error_code) { waker.ring(); });
  run_to_quiescence();
  BOOST_TEST((woke == time_point(1h)));
}

BOOST_AUTO_TEST_CASE(the_alarm_may_go_before_its_sleeper) {
  auto waker = std::make_unique<alarm>(time());
  auto const coroutine = [](alarm& w) -> asio::awaitable<void> { co_await w.sleep_until(time_point(1h)); };
  spawn(coroutine(*waker));
  run_for(1s);
  waker.reset();
  destroy_context();  // the suspended coroutine is destroyed without touching the alarm
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
