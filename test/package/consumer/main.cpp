// Uses a store on the memory backend, and names the server library where there is one, so that both are
// linked.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chronicle/chronicle.hpp>
#include <chronicle/memory_backend.hpp>
#include <exception>
#include <iostream>

#ifdef WITH_KV_SERVER
#include <chronicle/kv_server/server.hpp>
#endif

namespace asio = boost::asio;

asio::awaitable<bool> play(chronicle::store players) {
  auto start = players.async_start_session("Player_1");
  chronicle::profile profile = co_await std::move(start);
  profile.edit()["Coins"] = 100;
  auto release = profile.async_release();
  auto const receipt = co_await std::move(release);
  auto close = players.async_close();
  auto const report = co_await std::move(close);
  co_return receipt.is_saved() && report.all_saved();
}

int main() {
#ifdef WITH_KV_SERVER
  if (auto const problem = chronicle::kv::find_problem(chronicle::kv::server_options()); !problem.empty())
    return 2;
#endif
  asio::io_context context;
  chronicle::store_options options;
  options.backend = chronicle::make_memory_backend();
  bool good = false;
  asio::co_spawn(context, play(chronicle::store(context.get_executor(), "PlayerData", std::move(options))),
                 [&good](std::exception_ptr thrown, bool saved) { good = !thrown && saved; });
  context.run();
  std::cout << (good ? "saved\n" : "not saved\n");
  return good ? 0 : 1;
}
