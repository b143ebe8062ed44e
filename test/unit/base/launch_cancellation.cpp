// Cancelling an operation through the slot of its handler.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include "support/tracker_executor.hpp"
#include "unit/base/operation.hpp"

namespace chronicle::test {
namespace {

using asio::cancellation_type;

constexpr cancellation_type every_type[] = {cancellation_type::terminal, cancellation_type::partial,
                                            cancellation_type::total};

struct cancellation_fixture : strand_fixture {
  asio::cancellation_signal signal;
  int calls = 0;
  error_code outcome;
  time_point ended;

  auto handler() {
    return asio::bind_cancellation_slot(signal.slot(), [this](error_code ec, int) {
      ++calls;
      outcome = ec;
      ended = time().now();
    });
  }
  bool was_cancelled() const { return calls == 1 && outcome == asio::error::operation_aborted; }
};

BOOST_FIXTURE_TEST_SUITE(launch_cancellation, cancellation_fixture)

BOOST_AUTO_TEST_CASE(every_type_reaches_the_coroutine_as_terminal) {
  for (auto const type : every_type) {
    calls = 0;
    auto const before = time().now();
    async_start(after_a_second(7), handler());
    run_for(std::chrono::milliseconds(10));
    signal.emit(type);
    run_to_quiescence();
    BOOST_TEST(was_cancelled());
    BOOST_TEST((ended - before == std::chrono::milliseconds(10)));
  }
}

BOOST_AUTO_TEST_CASE(a_masked_type_is_ignored) {
  for (auto const allowed : every_type) {
    for (auto const emitted : every_type) {
      calls = 0;
      async_start(after_a_second(7), handler(), allowed);
      run_for(std::chrono::milliseconds(10));
      signal.emit(emitted);
      run_to_quiescence();
      BOOST_TEST(calls == 1);
      BOOST_TEST((outcome == asio::error::operation_aborted) == (allowed == emitted));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_masked_type_followed_by_an_allowed_one) {
  async_start(after_a_second(7), handler(), cancellation_type::terminal);
  run_for(std::chrono::milliseconds(10));
  signal.emit(cancellation_type::total);
  run_for(std::chrono::milliseconds(10));
  BOOST_TEST(calls == 0);
  signal.emit(cancellation_type::terminal);
  run_to_quiescence();
  BOOST_TEST(was_cancelled());
}

BOOST_AUTO_TEST_CASE(cancelled_before_it_began) {
  async_start(after_a_second(7), handler());
  signal.emit(cancellation_type::terminal);
  run_to_quiescence();
  BOOST_TEST(was_cancelled());
  BOOST_TEST((ended == time_point{}));
}

BOOST_AUTO_TEST_CASE(cancelled_twice) {
  async_start(after_a_second(7), handler());
  run_for(std::chrono::milliseconds(10));
  signal.emit(cancellation_type::total);
  signal.emit(cancellation_type::terminal);
  run_to_quiescence();
  BOOST_TEST(was_cancelled());
}

BOOST_AUTO_TEST_CASE(the_handler_is_not_called_inside_emit) {
  async_start(after_a_second(7), handler());
  run_for(std::chrono::milliseconds(10));
  asio::post(strand, [this] {
    signal.emit(cancellation_type::terminal);  // on the strand itself, where the cancellation needs no detour
    BOOST_TEST(calls == 0);
  });
  run_to_quiescence();
  BOOST_TEST(was_cancelled());
}

BOOST_AUTO_TEST_CASE(cancelled_after_completion) {
  async_start(after_a_second(7), handler());
  run_to_quiescence();
  BOOST_TEST(calls == 1);
  BOOST_TEST(!outcome);
  for (auto const type : every_type) signal.emit(type);
  run_to_quiescence();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(cancelled_between_the_coroutines_end_and_the_handler) {
  asio::io_context callers;
  bool finished = false;
  auto const coroutine = [](bool& done) -> asio::awaitable<result<int>> {
    done = true;
    co_return 7;
  };
  async_start(coroutine(finished), asio::bind_executor(callers, handler()));
  run_to_quiescence();
  BOOST_TEST(finished);
  BOOST_TEST(calls == 0);
  signal.emit(cancellation_type::terminal);
  run_to_quiescence();
  callers.run();
  BOOST_TEST(calls == 1);
  BOOST_TEST(!outcome);
}

BOOST_AUTO_TEST_CASE(the_handler_may_give_its_slot_to_the_next_operation) {
  async_start(after_a_second(7), asio::bind_cancellation_slot(signal.slot(), [&](error_code, int) {
                async_start(after_a_second(8), handler());
              }));
  run_for(std::chrono::milliseconds(1500));
  BOOST_TEST(calls == 0);
  signal.emit(cancellation_type::total);
  run_to_quiescence();
  BOOST_TEST(was_cancelled());
}

BOOST_AUTO_TEST_CASE(a_coroutine_may_refuse) {
  auto const stubborn = [](strand_fixture& f) -> asio::awaitable<result<int>> {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto const waited = co_await f.after_a_second(7);
    co_return waited;
  };
  async_start(stubborn(*this), handler());
  run_for(std::chrono::milliseconds(10));
  signal.emit(cancellation_type::terminal);
  run_to_quiescence();
  BOOST_TEST(calls == 1);
  BOOST_TEST(!outcome);
}

BOOST_AUTO_TEST_CASE(a_coroutine_may_clean_up_after_it_was_cancelled) {
  int cleaned = 0;
  auto const tidy = [](strand_fixture& f, int& steps) -> asio::awaitable<result<int>> {
    auto const waited = co_await f.after_a_second(7);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto const clean_up = co_await f.after_a_second(1);
    steps += *clean_up;
    co_return waited;
  };
  async_start(tidy(*this, cleaned), handler());
  run_for(std::chrono::milliseconds(10));
  signal.emit(cancellation_type::terminal);
  run_to_quiescence();
  BOOST_TEST(was_cancelled());
  BOOST_TEST(cleaned == 1);
}

BOOST_AUTO_TEST_CASE(an_awaiting_coroutine_passes_its_cancellation_on) {
  auto const caller = [](strand_fixture& f) -> asio::awaitable<error_code> {
    auto operation = f.async_start(f.after_a_second(7), asio::as_tuple(asio::use_awaitable));
    auto const [ec, value] = co_await std::move(operation);
    co_return ec;
  };
  error_code got;
  asio::co_spawn(
      context(), caller(*this),
      asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, error_code ec) { got = ec; }));
  run_for(std::chrono::milliseconds(10));
  signal.emit(cancellation_type::terminal);
  run_to_quiescence();
  BOOST_TEST((got == asio::error::operation_aborted));
  BOOST_TEST((time().now() < time_point{} + std::chrono::seconds(1)));
}

asio::awaitable<result<int>> wait_for_ever(std::shared_ptr<int>) {
  event never(co_await asio::this_coro::executor);
  co_await never.wait();
  co_return 0;
}

BOOST_AUTO_TEST_CASE(the_signal_may_outlive_the_context) {
  for (bool const cancelled : {false, true}) {
    auto const held = std::make_shared<int>(0);
    {
      asio::io_context other;
      strand_type const there(
          other.get_executor());  // a strand must not outlive its context: no slot may own one
      async_operate(there, other.get_executor(), wait_for_ever(held), handler());
      other.poll();
      if (cancelled) signal.emit(cancellation_type::terminal);  // queued on the strand, and destroyed with it
    }
    BOOST_TEST(held.use_count() == 1);
    signal.emit(cancellation_type::terminal);
  }
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
