// Sessions with nothing to do: what they cost, and what wakes them.
#include <boost/test/unit_test.hpp>

#include "support/fleet.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(resting, fleet)

BOOST_AUTO_TEST_CASE(one_wait_serves_all_sessions_at_rest) {
  store players = make_store();
  std::vector<profile> open_ones{open(players, "p0")};
  std::size_t const waits = time().pending_waits();
  for (int i = 1; i < 20; ++i) open_ones.push_back(open(players, "p" + std::to_string(i)));
  BOOST_TEST(time().pending_waits() == waits);
  std::size_t const puts = backend->puts.size();
  run_for(options().lease.renew_age);
  BOOST_TEST(backend->puts.size() == puts + 20);
  BOOST_TEST(time().pending_waits() == waits);
}

BOOST_AUTO_TEST_CASE(a_session_at_rest_is_woken_by_an_edit_in_time_for_its_save) {
  store players = make_store();
  profile p = open(players);
  run_for(1s);
  std::size_t const puts = backend->puts.size();
  p.edit()["Coins"] = 1;
  run_for(options().saving.quiet_period - 1ms);
  BOOST_TEST(backend->puts.size() == puts);
  run_for(1ms);
  BOOST_TEST(backend->puts.size() == puts + 1);
}

BOOST_AUTO_TEST_CASE(the_event_loop_ends_when_the_last_session_has) {
  store players = make_store();
  release(open(players));
  release(open(players));
  BOOST_TEST(!close(players).first);
  time_point const closed_at = time().now();
  run_to_quiescence();
  BOOST_TEST((time().now() == closed_at));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
