// Without coroutines: futures for a program with threads of its own, callbacks for one that is driven by
// events.
//
// Output:
//   future: loaded, 0 coins
//   future: saved as commit 2
//   callback: loaded, 0 coins
//   callback: released
#include <boost/asio.hpp>
#include <chronicle/chronicle.hpp>
#include <chronicle/in_process_bus.hpp>
#include <chronicle/memory_backend.hpp>
#include <iostream>
#include <thread>

namespace asio = boost::asio;

void play_with_futures(chronicle::store players) {
  auto profile = players.async_start_session("Player_1", asio::use_future).get();  // throws what went wrong
  // Documents belong to the store's executor: go there to touch one, also from here.
  auto const coins = asio::post(players.get_executor(), asio::use_future([&] {
                                  auto const before = profile.data().at("Coins").as_int64();
                                  profile.edit()["Coins"] = before + 100;
                                  return before;
                                }))
                         .get();
  std::cout << "future: loaded, " << coins << " coins\n";
  auto const receipt = profile.async_save(asio::use_future).get();
  std::cout << "future: saved as commit " << receipt.commit_index << '\n';
}

void play_with_callbacks(chronicle::store players, std::promise<void>& finished) {
  auto const released = [&](chronicle::error_code ec, chronicle::save_receipt) {
    std::cout << "callback: " << (ec ? ec.message() : "released") << '\n';
    finished.set_value();
  };
  auto const loaded = [&finished, released](chronicle::error_code ec, chronicle::profile profile) {
    if (ec) return finished.set_exception(std::make_exception_ptr(boost::system::system_error(ec)));
    std::cout << "callback: loaded, " << profile.data().at("Coins") << " coins\n";
    profile.async_release(released);
  };
  players.async_start_session("Player_2", asio::bind_executor(players.get_executor(), loaded));
}

int main() {
  asio::io_context context;
  chronicle::store_options options;
  options.backend = chronicle::make_memory_backend();
  options.bus = chronicle::make_in_process_bus();
  options.defaults = {{"Coins", 0}};
  chronicle::store players(context.get_executor(), "PlayerData", std::move(options));
  std::thread background([&] { context.run(); });

  play_with_futures(players);
  std::promise<void> finished;
  play_with_callbacks(players, finished);
  finished.get_future().get();

  players.async_close(asio::use_future).get();  // then nothing is left to do and run() returns
  background.join();
}
