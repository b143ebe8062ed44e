// A game server: keeps its players' data in a store that it shares with other game servers.
//
// Try it by hand: start chronicle-kv, then two of these, and let a player hop between them.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>
#include <sstream>

#include "command_line.hpp"
#include "game.hpp"
#include "storage.hpp"

namespace asio = boost::asio;

namespace {

// Stands for the network: each line is what a player's client would send. All that has come is obeyed at
// once: who is asked whether a player is still here must not have the answer lying unread.
asio::awaitable<void> obey_standard_input(game& g) {
  asio::posix::stream_descriptor input(co_await asio::this_coro::executor, ::dup(STDIN_FILENO));
  std::string text;
  while (true) {
    auto reading =
        asio::async_read_until(input, asio::dynamic_buffer(text), '\n', asio::as_tuple(asio::use_awaitable));
    auto const [ec, length] = co_await std::move(reading);
    if (ec) break;
    std::size_t const end = text.rfind('\n') + 1;
    std::istringstream lines(text.substr(0, end));
    text.erase(0, end);
    for (std::string line; std::getline(lines, line);)
      if (!g.obey(line)) std::cout << "what? join NAME, earn NAME COINS, leave NAME" << std::endl;
  }
  g.players().async_close(asio::detached);
}

// Returns when the server is told to end and all players are saved; true when they are.
asio::awaitable<bool> close_when_told(game& g) {
  auto closing = chronicle::close_on_signals(g.players(), asio::as_tuple(asio::use_awaitable));
  auto const [ec, report] = co_await std::move(closing);
  for (auto const& one : report.profiles)
    if (one.ec) std::cerr << "game_server: " << one.key << " was not saved: " << one.ec.message() << '\n';
  auto leaving = g.everybody_leaves();
  co_await std::move(leaving);
  co_return report.all_saved();
}

int run(command_line c) {
  asio::io_context context(1);
  connect(c.store, context.get_executor(), c.backend, c.bus);
  game g(context.get_executor(), std::move(c.store));
  bool all_saved = false;
  asio::co_spawn(context, close_when_told(g), [&](std::exception_ptr, bool saved) {
    all_saved = saved;
    context.stop();  // idle connections to the backend would keep it running for a while
  });
  asio::co_spawn(context, obey_standard_input(g), asio::detached);
  std::cout << "ready" << std::endl;
  context.run();
  return all_saved ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    auto c = parse_command_line(argc, argv);
    if (c.help.empty()) return run(std::move(c));
    std::cout << c.help;
    return 0;
  } catch (std::invalid_argument const& e) {  // from here, or from the library about an option
    std::cerr << "game_server: " << e.what() << '\n';
    return 2;
  } catch (std::exception const& e) {
    std::cerr << "game_server: " << e.what() << '\n';
    return 1;
  }
}
