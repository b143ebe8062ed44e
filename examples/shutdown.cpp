// Shutting down: SIGTERM or SIGINT saves and frees every profile before the process ends.
//
// Output:
//   asked to end
//   Player_2: written
//   Player_1: nothing to save
//   everything saved: true
#include <boost/asio.hpp>
#include <chronicle/chronicle.hpp>
#include <chronicle/in_process_bus.hpp>
#include <chronicle/memory_backend.hpp>
#include <csignal>
#include <iostream>
#include <vector>

namespace asio = boost::asio;

asio::awaitable<void> play(chronicle::store players, std::vector<chronicle::profile>& playing) {
  for (auto const* key : {"Player_1", "Player_2"}) {
    auto profile = co_await players.async_start_session(key);
    playing.push_back(profile);
  }
  playing.back().edit()["Coins"] = 5;  // not saved yet when the signal comes
  std::cout << "asked to end" << std::endl;
  std::raise(SIGTERM);  // as systemd, Docker and Kubernetes do; Ctrl-C sends SIGINT
}

int main() {
  asio::io_context context;
  chronicle::store_options options;
  options.backend = chronicle::make_memory_backend();
  options.bus = chronicle::make_in_process_bus();
  options.defaults = {{"Coins", 0}};
  options.close.deadline = std::chrono::seconds(20);  // less than your supervisor waits before it kills
  chronicle::store players(context.get_executor(), "PlayerData", std::move(options));

  chronicle::close_on_signals(players, [&](chronicle::error_code, chronicle::close_report report) {
    for (auto const& one : report.profiles) {
      std::cout << one.key << ": ";
      if (one.ec)
        std::cout << one.ec.message() << '\n';
      else
        std::cout << (one.receipt.written ? "written\n" : "nothing to save\n");
    }
    std::cout << "everything saved: " << std::boolalpha << report.all_saved() << '\n';
    context.stop();
  });
  std::vector<chronicle::profile> playing;
  asio::co_spawn(context, play(players, playing), asio::detached);
  context.run();
}
