#include "support/teardown.hpp"

#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>

#include "base/waiting.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

asio::awaitable<void> three_naps(std::shared_ptr<time_source> time, int& naps, std::shared_ptr<int> counted) {
  for (int i = 0; i < 3; ++i) {
    co_await sleep_until(*time, time->now() + 1s);
    ++naps;
  }
  *counted += 1;
}

BOOST_AUTO_TEST_CASE(teardown_stops_after_every_event_and_frees_everything) {
  int naps = 0;
  auto const counted = std::make_shared<int>(0);
  auto const events = tear_down_at_every_event([&](virtual_context& world) {
    asio::co_spawn(world.context(), three_naps(world.shared_time(), naps, counted), asio::detached);
    return std::shared_ptr<void>();
  });
  BOOST_TEST(events >= 6U);   // three waits that fire, three coroutines resumed, and the start
  BOOST_TEST(*counted == 2);  // the last run and the one before it, which stopped just after the end
  BOOST_TEST(naps > 6);       // the other runs ended in the middle
  BOOST_TEST(counted.use_count() == 1);  // every coroutine frame is gone
}

}  // namespace
}  // namespace chronicle::test
