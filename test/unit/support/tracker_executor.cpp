#include "support/tracker_executor.hpp"

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

namespace chronicle::test {
namespace {

BOOST_AUTO_TEST_SUITE(tracker_executor_suite)

BOOST_AUTO_TEST_CASE(knows_which_executor_runs_the_code) {
  asio::io_context context;
  tracker_executor const one(context.get_executor(), 1);
  tracker_executor const two(context.get_executor(), 2);
  int ran = 0;
  asio::post(one, [&] {
    ++ran;
    BOOST_TEST(running_on(1));
    BOOST_TEST(!running_on(2));
    asio::dispatch(two, [&] {
      ++ran;
      BOOST_TEST(running_on(2));
      BOOST_TEST(!running_on(1));
    });
    BOOST_TEST(running_on(1));
  });
  context.run();
  BOOST_TEST(ran == 2);
  BOOST_TEST(!running_on(1));
}

BOOST_AUTO_TEST_CASE(survives_type_erasure_and_properties) {
  asio::io_context context;
  asio::any_completion_executor const erased = tracker_executor(context.get_executor(), 5);
  auto const tracked = asio::prefer(erased, asio::execution::outstanding_work.tracked);
  BOOST_TEST(context.poll() == 0U);
  BOOST_TEST(!context.stopped());  // tracked: the work counts on the inner executor
  bool ran = false;
  asio::post(context, asio::bind_executor(tracked, [&] { ran = running_on(5); }));
  context.poll();
  BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(knows_when_an_initiating_function_runs) {
  BOOST_TEST(!initiating());
  {
    initiation const here;
    BOOST_TEST(initiating());
  }
  BOOST_TEST(!initiating());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
