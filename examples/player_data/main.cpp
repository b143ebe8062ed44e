// A player data system: players join, play and leave, and their data comes and goes with them.
//
// Output:
//   loaded Player_7
//   7 has 100 coins in session 1
//   7 cannot join: this store already has a session on this key
//   saved Player_7: {"SecondsPlayed":120,"Sessions":1}
//   loaded Player_7
//   saved Player_7: {"SecondsPlayed":120,"Sessions":2}
#include <boost/asio.hpp>
#include <chronicle/in_process_bus.hpp>
#include <chronicle/memory_backend.hpp>
#include <iostream>

#include "player_service.hpp"

namespace asio = boost::asio;
namespace json = boost::json;

asio::awaitable<void> play(chronicle::store store) {
  player_service players(store);

  auto ec = co_await players.join("7");
  if (ec) co_return;
  json::object const& data = players.find("7")->data();
  std::cout << "7 has " << data.at("Coins") << " coins in session " << data.at("Stats").at("Sessions")
            << '\n';

  ec = co_await players.join("7");
  std::cout << "7 cannot join: " << ec.message() << '\n';

  for (int minute = 0; minute < 2; ++minute) players.tick(std::chrono::minutes(1));
  co_await players.leave("7");

  ec = co_await players.join("7");  // again, here or on another server
  co_await players.leave("7");
}

int main() {
  asio::io_context context;
  chronicle::store_options options;
  options.backend = chronicle::make_memory_backend();  // a real game: make_rest_backend and make_rest_bus
  options.bus = chronicle::make_in_process_bus();
  options.defaults = player_service::defaults();
  options.hooks.on_load = [](auto key, auto const&, auto const&) { std::cout << "loaded " << key << '\n'; };
  options.hooks.on_save = [](auto key, json::object const& data, auto const&) {
    std::cout << "saved " << key << ": " << data.at("Stats") << '\n';
  };
  chronicle::store store(context.get_executor(), "PlayerData", std::move(options));
  auto played = asio::co_spawn(context, play(std::move(store)), asio::use_future);
  context.run();  // until the last handle on the store has gone and the store has closed
  played.get();
}
