// The fixture of all the other tests must itself notice what it is there to notice.
#include "support/virtual_context.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include "base/waiting.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(virtual_context_suite)

BOOST_FIXTURE_TEST_CASE(run_returns_what_the_coroutine_returns, virtual_context) {
  auto const coroutine = [](virtual_context& world) -> asio::awaitable<int> {
    co_await sleep_until(world.time(), world.time().now() + 3h);
    co_return 7;
  };
  BOOST_TEST(run(coroutine(*this)) == 7);
  BOOST_TEST((time().now() - time_point{} == 3h));
}

BOOST_FIXTURE_TEST_CASE(run_throws_what_the_coroutine_throws, virtual_context) {
  auto const coroutine = []() -> asio::awaitable<void> {
    throw std::invalid_argument("wrong");
    co_return;
  };
  BOOST_CHECK_THROW(run(coroutine()), std::invalid_argument);
}

BOOST_FIXTURE_TEST_CASE(run_on_runs_on_the_executor_given, virtual_context) {
  auto const strand = asio::make_strand(executor());
  auto const coroutine = [](auto const& expected) -> asio::awaitable<bool> {
    co_return expected.running_in_this_thread();
  };
  BOOST_TEST(run_on(strand, coroutine(strand)));
}

BOOST_AUTO_TEST_CASE(run_reports_what_would_hang) {
  virtual_context world;
  auto const never = std::make_shared<event>(world.executor());
  auto const coroutine = [](std::shared_ptr<event> waits_for) -> asio::awaitable<void> {
    co_await waits_for->wait();
  };
  BOOST_CHECK_THROW(world.run(coroutine(never)), hangs);
  never->notify_all();  // lets it end, or it would count as leaked
}

BOOST_AUTO_TEST_CASE(run_reports_what_takes_too_long) {
  virtual_context world;
  BOOST_CHECK_THROW(world.run(sleep_until(world.time(), world.time().now() + 1h), 59min), hangs);
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_never_ends_is_a_leak) {
  virtual_context world;
  event never(world.executor());
  asio::co_spawn(world.context(), never.wait(), asio::detached);
  BOOST_TEST(world.find_leaks().size() == 1U);
  never.notify_all();
  BOOST_TEST(world.find_leaks().empty());
}

BOOST_AUTO_TEST_CASE(a_wait_far_away_is_a_leak) {
  virtual_context world;
  world.time().wait_until(world.time().now() + 2h, world.executor(), [](error_code) {});
  BOOST_TEST(world.find_leaks().size() == 1U);
  world.run_to_quiescence();
  BOOST_TEST(world.find_leaks().empty());
}

BOOST_AUTO_TEST_CASE(what_ends_by_itself_within_the_hour_is_no_leak) {
  virtual_context world;
  asio::co_spawn(world.context(), sleep_until(world.time(), world.time().now() + 59min), asio::detached);
  BOOST_TEST(world.find_leaks().empty());
}

BOOST_AUTO_TEST_CASE(a_destroyed_context_leaks_nothing) {
  virtual_context world;
  asio::co_spawn(world.context(), sleep_until(world.time(), world.time().now() + 2h), asio::detached);
  world.run_for(1s);
  BOOST_TEST(world.time().pending_waits() == 1U);
  world.destroy_context();
  BOOST_TEST(world.time().pending_waits() == 0U);
  BOOST_TEST(world.find_leaks().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
