#include "round.hpp"

#include <signal.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iomanip>
#include <iostream>
#include <stdexcept>

#include "run_all.hpp"

namespace asio = boost::asio;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

asio::awaitable<void> sleep_until(steady_time when) {
  asio::steady_timer timer(co_await asio::this_coro::executor, when);
  auto waiting = timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_await std::move(waiting);
}

}  // namespace

game_round::game_round(asio::any_io_executor executor, round_plan plan)
    : executor_(std::move(executor)), plan_(std::move(plan)), changed_(executor_) {
  constexpr std::size_t one_in = 4;  // so many are still there when the servers shut down
  for (std::size_t i = 0; i < plan_.players; ++i) {
    std::string const name = plan_.player_prefix + std::to_string(i);
    players_[name] = std::make_unique<player>(executor_, world_, name, plan_.seed + i, i % one_in == 0);
  }
}

asio::awaitable<void> game_round::play() {
  std::cout << "\n" << plan_.title << std::endl;
  auto starting = start_servers();
  co_await std::move(starting);
  world_.ends_at = steady_clock::now() + plan_.length;
  std::vector<asio::awaitable<void>> tasks;
  tasks.push_back(live());
  tasks.push_back(show_progress());
  if (plan_.kill) tasks.push_back(kill_one());
  auto running = run_all(std::move(tasks));
  co_await std::move(running);
  auto ending = shut_down();
  co_await std::move(ending);
}

asio::awaitable<void> game_round::start_servers() {
  for (std::size_t i = 0; i < 2; ++i) {
    std::string const name(1, static_cast<char>('A' + i));
    auto command = plan_.server_command;
    command.insert(command.end(), {"--name", name});
    servers_[i] = std::make_unique<server>(executor_, name, command, plan_.log_prefix + name + ".log");
    world_.servers[i] = servers_[i].get();
    asio::co_spawn(executor_, listen(*servers_[i]), asio::detached);
  }
  auto const limit = steady_clock::now() + 30s;
  while (ready_ < 2) {
    auto waiting = wait_for_change(limit, "ready");
    co_await std::move(waiting);
    if (servers_[0]->gone() || servers_[1]->gone())
      throw std::runtime_error("a game server ended instead of starting; see " + plan_.log_prefix + "*.log");
  }
}

asio::awaitable<void> game_round::listen(server& to) {
  auto listening = to.listen([this](server& from, answer const& a) { hear(from, a); });
  co_await std::move(listening);
  for (auto const& [name, p] : players_) p->server_gone(to);
  changed_.cancel();
}

void game_round::hear(server& from, answer const& a) {
  auto const who = players_.find(a.player);
  if (who != players_.end()) {
    who->second->hear(from, a);
  } else if (a.verb == "ready") {
    ++ready_;
    changed_.cancel();
  } else {
    world_.counts.problems.push_back(from.name() + " says: " + a.verb + ' ' + a.player + ' ' + a.rest);
  }
}

asio::awaitable<void> game_round::live() {
  std::vector<asio::awaitable<void>> lives;
  for (auto const& [name, p] : players_) lives.push_back(p->live());
  auto living = run_all(std::move(lives));
  co_await std::move(living);
  over_ = true;
}

asio::awaitable<void> game_round::kill_one() {
  auto sleeping = sleep_until(world_.ends_at - plan_.length / 2);
  co_await std::move(sleeping);
  std::cout << "       kill -9 " << servers_[0]->name() << std::endl;
  world_.killed_at = steady_clock::now();
  servers_[0]->signal(SIGKILL);
}

asio::awaitable<void> game_round::show_progress() {
  auto const began = steady_clock::now();
  for (auto second = 1s; !over_; ++second) {
    auto sleeping = sleep_until(began + second);
    co_await std::move(sleeping);
    std::int64_t earned = 0, acknowledged = 0, playing = 0;
    for (auto const& [name, p] : players_) {
      earned += p->coins().earned();
      acknowledged += p->coins().acknowledged();
      playing += p->playing() ? 1 : 0;
    }
    auto const& c = world_.counts;
    std::cout << std::setw(4) << second.count() << " s  " << std::setw(4) << playing << " playing  "
              << std::setw(5) << c.sessions << " sessions  " << std::setw(5) << c.hops << " hops  "
              << std::setw(5) << c.saves << " saves  " << std::setw(7) << earned << " coins earned  "
              << std::setw(7) << acknowledged << " acknowledged" << std::endl;
  }
}

asio::awaitable<void> game_round::shut_down() {
  world_.shut_down = true;
  auto const limit = steady_clock::now() + 60s;
  for (auto const& one : servers_) {
    bool const killed = one->gone();
    if (!killed) one->signal(SIGTERM);
    while (!one->gone()) {
      auto waiting = wait_for_change(limit, "at its end");
      co_await std::move(waiting);
    }
    if (!killed && one->exit_status() != 0)
      world_.counts.problems.push_back(one->name() + " ended with status " +
                                       std::to_string(one->exit_status()));
  }
}

asio::awaitable<void> game_round::wait_for_change(steady_time limit, char const* what) {
  if (steady_clock::now() >= limit)
    throw std::runtime_error(std::string("a game server is not ") + what + " in time");
  changed_.expires_at(limit);
  auto waiting = changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  co_await std::move(waiting);
}
