// A backend of one's own under a store: file_backend.hpp is all there is to it.
//
// Output:
//   alice has 100 coins
//   alice has 200 coins
//   nobody else may open the file
#include <boost/asio.hpp>
#include <chronicle/chronicle.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "file_backend.hpp"

namespace asio = boost::asio;

asio::awaitable<void> play(chronicle::store players) {
  auto profile = co_await players.async_start_session("Player_alice");
  auto& coins = profile.edit()["Coins"];
  coins = coins.to_number<std::int64_t>() + 100;
  std::cout << "alice has " << coins << " coins\n";
  co_await profile.async_release();
}

void run_server(std::filesystem::path const& file) {
  asio::io_context context;
  chronicle::store_options options;
  options.backend = std::make_shared<file_backend>(file);
  options.defaults = {{"Coins", 0}};
  chronicle::store players(context.get_executor(), "PlayerData", std::move(options));
  asio::co_spawn(context, play(players), [&](std::exception_ptr) { context.stop(); });
  context.run();
}

int main() {
  auto const file = std::filesystem::temp_directory_path() / ("players-" + std::to_string(::getpid()));
  run_server(file);
  run_server(file);  // after a restart
  try {
    file_backend const ours(file);
    file_backend const theirs(file);
  } catch (std::system_error const&) {
    std::cout << "nobody else may open the file\n";
  }
  std::filesystem::remove(file);
}
