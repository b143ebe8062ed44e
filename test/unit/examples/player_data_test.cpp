// The code that games copy, where two things happen at once.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>

#include "currency/wallet.hpp"
#include "support/fleet.hpp"
#include "support/stalling_time.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

struct player_data_fixture : fleet {
  std::shared_ptr<stalling_time> clocks = std::make_shared<stalling_time>(shared_time());

  store make_game() {
    store_options o = options();
    o.defaults = player_service::defaults();
    o.time = clocks;
    return make_store(std::move(o));
  }
};

BOOST_FIXTURE_TEST_SUITE(player_data, player_data_fixture)

BOOST_AUTO_TEST_CASE(who_leaves_while_joining_has_left) {
  store const game = make_game();
  bool joined = false;
  for (int steps = 0; !joined; ++steps) {
    BOOST_TEST_CONTEXT("left after " << steps << " handlers") {
      player_service players(game);
      asio::co_spawn(context(), players.join("7"), [&](std::exception_ptr, error_code ec) { joined = !ec; });
      context().restart();
      for (int i = 0; i < steps; ++i) context().poll_one();
      run(players.leave("7"));
      run_for(1min);
      BOOST_TEST(game.metrics().sessions.active == 0u);
      BOOST_TEST(!players.find("7"));
      BOOST_TEST(!run(players.join("7")));  // comes again
      run(players.leave("7"));
      BOOST_REQUIRE(steps < 1000);
    }
  }
}

BOOST_AUTO_TEST_CASE(coins_and_item_change_hands_together_whenever_the_lease_runs_out) {
  store const game = make_game();
  player_service players(game);
  wallet purses(players);
  bool paid = false;
  for (unsigned readings = 1; !paid; ++readings) {
    BOOST_TEST_CONTEXT("the lease runs out after the clocks have been read " << readings << " times") {
      std::string const id = std::to_string(readings);
      BOOST_REQUIRE(!run(players.join(id)));
      chronicle::profile const* const profile = players.find(id);
      clocks->stall_after(readings, 2min);
      paid = purses.buy(id, "sword", 30) == payment::done && profile->is_active();
      auto const& data = profile->data();
      BOOST_TEST((data.at("Coins") == 70) == (data.at("Inventory").as_array().size() == 1));
      run(players.leave(id));
      BOOST_REQUIRE(readings < 100);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
