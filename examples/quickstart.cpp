// README's quick start, as it is shown there: one player joins, earns coins and leaves.
#include <boost/asio.hpp>
#include <chronicle/chronicle.hpp>
#include <chronicle/rest_backend.hpp>
#include <chronicle/rest_bus.hpp>
#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> play(chronicle::store players, std::string name) {
  auto [ec, profile] = co_await players.async_start_session("Player_" + name, asio::as_tuple(asio::deferred));
  if (ec) {
    std::cerr << name << " cannot play: " << ec.message() << '\n';
    co_return;
  }
  auto& coins = profile.edit()["Coins"];          // edit() marks the profile dirty ...
  coins = coins.to_number<std::int64_t>() + 100;  // ... and it is saved within two seconds, by itself
  std::cout << name << " has " << coins << " coins\n";
  co_await profile.async_release();  // saves what is not saved, frees the lease: one write
}

int main(int argc, char** argv) {
  chronicle::rest_options server;
  server.url = argc > 1 ? argv[1] : "http://127.0.0.1:8642";

  asio::io_context context;
  chronicle::store_options options;
  options.backend = chronicle::make_rest_backend(context.get_executor(), server);
  options.bus = chronicle::make_rest_bus(context.get_executor(), server);
  options.defaults = {{"Coins", 0}, {"Level", 1}, {"Inventory", boost::json::array()}};
  chronicle::store players(context.get_executor(), "PlayerData", std::move(options));

  asio::co_spawn(players.get_executor(), play(players, "alice"), [&](std::exception_ptr) { context.stop(); });
  context.run();
}
