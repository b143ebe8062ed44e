// Currency with validation, on top of the player data system.
//
// Output:
//   add 50: done
//   add -1: bad amount
//   add all the coins there are: bad amount
//   buy a castle for 1000: too few coins
//   buy a sword for 120: done
//   30 coins and ["sword"]
//   add 5 to somebody who left: not playing here
#include "wallet.hpp"

#include <boost/asio.hpp>
#include <chronicle/in_process_bus.hpp>
#include <chronicle/memory_backend.hpp>
#include <iostream>
#include <limits>

namespace asio = boost::asio;

asio::awaitable<void> play(chronicle::store store) {
  player_service players(store);
  wallet coins(players);
  auto const say = [](char const* what, payment p) { std::cout << what << ": " << to_string(p) << '\n'; };

  auto const ec = co_await players.join("7");
  if (ec) co_return;
  say("add 50", coins.add_coins("7", 50));
  say("add -1", coins.add_coins("7", -1));
  say("add all the coins there are", coins.add_coins("7", std::numeric_limits<std::int64_t>::max()));
  say("buy a castle for 1000", coins.buy("7", "castle", 1000));
  say("buy a sword for 120", coins.buy("7", "sword", 120));
  auto const& data = players.find("7")->data();
  std::cout << data.at("Coins") << " coins and " << data.at("Inventory") << '\n';
  co_await players.leave("7");
  say("add 5 to somebody who left", coins.add_coins("7", 5));
}

int main() {
  asio::io_context context;
  chronicle::store_options options;
  options.backend = chronicle::make_memory_backend();
  options.bus = chronicle::make_in_process_bus();
  options.defaults = player_service::defaults();
  chronicle::store store(context.get_executor(), "PlayerData", std::move(options));
  auto played = asio::co_spawn(context, play(std::move(store)), asio::use_future);
  context.run();
  played.get();
}
