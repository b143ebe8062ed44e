// Closing when the process is told to end: with real signals, raised in this process, on virtual time.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "support/fleet.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

struct signalled : fleet {
  /// Begins to wait for signals; what comes of it ends up in `ended`.
  void wait_for_signals(store& s, asio::cancellation_slot slot = {}) {
    close_on_signals(s, asio::bind_cancellation_slot(slot, [this](error_code ec, close_report report) {
                       ended.emplace_back(ec, std::move(report));
                     }));
    run_for(1s);
  }

  std::vector<std::pair<error_code, close_report>> ended;
};

BOOST_FIXTURE_TEST_SUITE(closing_on_signals, signalled)

BOOST_AUTO_TEST_CASE(sigterm_and_sigint_save_and_release_everything) {
  for (int const signal : {SIGTERM, SIGINT}) {
    store players = make_store();
    profile p = open(players);
    p.edit()["Coins"] = signal;
    ended.clear();
    wait_for_signals(players);
    BOOST_TEST(ended.empty());
    BOOST_TEST(p.is_active());

    std::raise(signal);
    run_until([&] { return !ended.empty(); }, 10s);
    BOOST_TEST(!ended[0].first);
    BOOST_TEST(ended[0].second.profiles.size() == 1u);
    BOOST_TEST(ended[0].second.all_saved());
    BOOST_TEST(stored()->data.at("Coins").to_number<int>() == signal);
    BOOST_TEST((stored()->head.lease.state == record::lease_state::released));
    BOOST_TEST((std::signal(signal, SIG_DFL) == SIG_DFL),
               "the signal must be as it was when closing is over");
  }
}

BOOST_AUTO_TEST_CASE(everybody_who_waits_hears_of_it_and_a_second_signal_does_nothing) {
  store players = make_store();
  profile p = open(players);
  wait_for_signals(players);
  wait_for_signals(players);
  std::raise(SIGTERM);
  std::raise(SIGINT);
  run_until([&] { return ended.size() == 2; }, 10s);
  for (auto const& [ec, report] : ended) BOOST_TEST(report.all_saved());
}

BOOST_AUTO_TEST_CASE(it_ends_when_the_store_is_closed_by_others) {
  store players = make_store();
  wait_for_signals(players);
  BOOST_TEST(!close(players).first);
  run_until([&] { return !ended.empty(); }, 10s);
  BOOST_TEST(!ended[0].first);
  wait_for_signals(players);  // and at once when it is closed already
  BOOST_TEST(ended.size() == 2u);
}

BOOST_AUTO_TEST_CASE(it_does_not_keep_a_store_open_that_nobody_holds) {
  {
    store players = make_store();
    wait_for_signals(players);
  }
  run_until([&] { return !ended.empty(); }, 10s);
  BOOST_TEST(!ended[0].first);
}

BOOST_AUTO_TEST_CASE(cancelled_it_leaves_the_store_open) {
  store players = make_store();
  profile p = open(players);
  asio::cancellation_signal cancel;
  wait_for_signals(players, cancel.slot());
  cancel.emit(asio::cancellation_type::total);
  run_until([&] { return !ended.empty(); }, 10s);
  BOOST_TEST((ended[0].first == errc::cancelled));
  BOOST_TEST(p.is_active());
  BOOST_TEST((std::signal(SIGTERM, SIG_DFL) == SIG_DFL), "nobody waits for the signal any more");
  release(p);
}

BOOST_AUTO_TEST_CASE(a_context_that_goes_away_takes_it_along) {
  {
    store players = make_store();
    wait_for_signals(players);
  }
  destroy_context();
  BOOST_TEST(ended.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
