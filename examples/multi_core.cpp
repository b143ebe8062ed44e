// Many cores: one thread, one io_context and one store for each. Stores share backend and bus, nothing else,
// so that no document needs a lock.
//
// Output:
//   4 threads, 100 players, 1000 coins
#include <boost/asio.hpp>
#include <chronicle/chronicle.hpp>
#include <chronicle/in_process_bus.hpp>
#include <chronicle/memory_backend.hpp>
#include <future>
#include <iostream>
#include <vector>

namespace asio = boost::asio;

constexpr int threads = 4, players = 100;

asio::awaitable<void> play(chronicle::store store, int player, std::int64_t& coins_here) {
  auto profile = co_await store.async_start_session("Player_" + std::to_string(player));
  auto& coins = profile.edit()["Coins"];
  coins = coins.as_int64() + 10;
  coins_here += coins.as_int64();  // of this thread alone
  co_await profile.async_release();
}

// The work of one thread: every player belongs to exactly one.
std::int64_t serve(int thread, chronicle::store_options options) {
  asio::io_context context(1);  // the hint makes it cheaper: one thread runs it
  std::int64_t coins_here = 0;
  {
    chronicle::store store(context.get_executor(), "PlayerData", std::move(options));
    for (int player = thread; player < players; player += threads)
      asio::co_spawn(context, play(store, player, coins_here), asio::detached);
  }
  context.run();
  return coins_here;
}

int main() {
  chronicle::store_options options;
  options.backend = chronicle::make_memory_backend();
  options.bus = chronicle::make_in_process_bus();
  options.defaults = {{"Coins", 0}};

  std::vector<std::future<std::int64_t>> working;
  for (int thread = 0; thread < threads; ++thread)
    working.push_back(std::async(std::launch::async, serve, thread, options));
  std::int64_t coins = 0;
  for (auto& one : working) coins += one.get();
  std::cout << threads << " threads, " << players << " players, " << coins << " coins\n";
}
