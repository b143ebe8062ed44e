// Every kind of completion token starts an operation and gets its outcome.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "unit/base/operation.hpp"

namespace chronicle::test {
namespace {

BOOST_FIXTURE_TEST_SUITE(launch_tokens, strand_fixture)

BOOST_AUTO_TEST_CASE(callback) {
  int calls = 0;
  async_start(after_a_second(7), [&](error_code ec, int value) {
    ++calls;
    BOOST_TEST(!ec);
    BOOST_TEST(value == 7);
  });
  run_to_quiescence();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(callback_that_can_only_be_moved) {
  int calls = 0;
  async_start(after_a_second(7), [&, held = std::make_unique<int>(1)](error_code, int) { calls += *held; });
  run_to_quiescence();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(deferred_starts_nothing_before_it_is_called) {
  auto operation = async_start(after_a_second(7));
  run_for(std::chrono::seconds(5));
  BOOST_TEST(time().pending_waits() == 0U);
  int got = 0;
  std::move(operation)([&](error_code, int value) { got = value; });
  run_to_quiescence();
  BOOST_TEST(got == 7);
}

BOOST_AUTO_TEST_CASE(deferred_and_as_tuple_in_a_coroutine) {
  auto const caller = [](strand_fixture& f) -> asio::awaitable<void> {
    auto first = f.async_start(f.after_a_second(7));
    int const value = co_await std::move(first);
    BOOST_TEST(value == 7);
    auto second = f.async_start(f.after_a_second(8), asio::as_tuple(asio::deferred));
    auto const [ec, other] = co_await std::move(second);
    BOOST_TEST(!ec);
    BOOST_TEST(other == 8);
  };
  run(caller(*this));
}

BOOST_AUTO_TEST_CASE(use_awaitable_throws_the_error) {
  auto const fails = []() -> asio::awaitable<result<int>> { co_return make_error_code(errc::lease_held); };
  auto const caller = [&](strand_fixture& f) -> asio::awaitable<void> {
    auto good = f.async_start(f.after_a_second(7), asio::use_awaitable);
    int const value = co_await std::move(good);
    BOOST_TEST(value == 7);
    auto bad = f.async_start(fails(), asio::use_awaitable);
    co_await std::move(bad);
  };
  BOOST_CHECK_EXCEPTION(run(caller(*this)), boost::system::system_error,
                        [](auto const& e) { return e.code() == errc::lease_held; });
}

BOOST_AUTO_TEST_CASE(as_tuple_and_redirect_error_do_not_throw) {
  auto const fails = []() -> asio::awaitable<result<int>> { co_return make_error_code(errc::lease_held); };
  auto const caller = [&](strand_fixture& f) -> asio::awaitable<void> {
    auto tuple = f.async_start(fails(), asio::as_tuple(asio::use_awaitable));
    auto const [ec, value] = co_await std::move(tuple);
    BOOST_TEST((ec == errc::lease_held));
    BOOST_TEST(value == 0);
    error_code redirected;
    auto redirecting = f.async_start(fails(), asio::redirect_error(asio::use_awaitable, redirected));
    co_await std::move(redirecting);
    BOOST_TEST((redirected == errc::lease_held));
  };
  run(caller(*this));
}

BOOST_AUTO_TEST_CASE(use_future) {
  auto const fails = []() -> asio::awaitable<result<int>> { co_return make_error_code(errc::lease_held); };
  auto good = async_start(after_a_second(7), asio::use_future);
  auto bad = async_start(fails(), asio::use_future);
  run_to_quiescence();
  BOOST_TEST(good.get() == 7);
  BOOST_CHECK_THROW(bad.get(), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(detached) {
  bool ran = false;
  auto const coroutine = [](bool& done) -> asio::awaitable<result<int>> {
    done = true;
    co_return 1;
  };
  async_start(coroutine(ran), asio::detached);
  BOOST_TEST(!ran);
  run_to_quiescence();
  BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(any_completion_handler) {
  int got = 0;
  asio::any_completion_handler<void(error_code, int)> erased = [&](error_code, int value) { got = value; };
  async_start(after_a_second(7), std::move(erased));
  run_to_quiescence();
  BOOST_TEST(got == 7);
}

BOOST_AUTO_TEST_CASE(consign_keeps_its_value_until_the_handler_ran) {
  auto kept = std::make_shared<int>(1);
  std::weak_ptr<int> const watched = kept;
  bool alive = false;
  async_start(after_a_second(7),
              asio::consign([&](error_code, int) { alive = !watched.expired(); }, std::move(kept)));
  run_to_quiescence();
  BOOST_TEST(alive);
  BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(tokens_of_tokens) {
  asio::cancellation_signal signal;
  int got = 0;
  async_start(
      after_a_second(7),
      asio::bind_executor(executor(), asio::bind_cancellation_slot(
                                          signal.slot(), [&](error_code, int value) { got = value; })));
  run_to_quiescence();
  BOOST_TEST(got == 7);
}

BOOST_AUTO_TEST_CASE(an_error_with_a_value) {
  auto const coroutine = []() -> asio::awaitable<outcome<int>> {
    co_return outcome<int>(make_error_code(errc::indeterminate), 7);
  };
  error_code got;
  int value = 0;
  asio::any_completion_handler<void(error_code, int)> handler = [&](error_code ec, int v) {
    got = ec;
    value = v;
  };
  launch(strand, executor(), coroutine(), std::move(handler));
  run_to_quiescence();
  BOOST_TEST((got == errc::indeterminate));
  BOOST_TEST(value == 7);
}

BOOST_AUTO_TEST_CASE(a_value_that_can_only_be_moved) {
  auto const coroutine = []() -> asio::awaitable<result<std::unique_ptr<std::string>>> {
    co_return std::make_unique<std::string>("a string too long for the small string optimisation");
  };
  std::size_t size = 0;
  async_start(coroutine(), [&](error_code, std::unique_ptr<std::string> value) { size = value->size(); });
  run_to_quiescence();
  BOOST_TEST(size == 51U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
