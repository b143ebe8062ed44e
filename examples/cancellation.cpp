// Cancellation: a player who leaves while the profile is loading, and a save that nobody waits for any more.
//
// Output:
//   left while loading: the operation was cancelled by its caller
//   stopped waiting for a save: the operation was cancelled by its caller
//   saved all the same: {"Coins":5}
#include <boost/asio.hpp>
#include <chronicle/chronicle.hpp>
#include <iostream>

namespace asio = boost::asio;
using std::chrono::milliseconds;

asio::awaitable<void> play(chronicle::store players) {
  auto const executor = co_await asio::this_coro::executor;
  asio::steady_timer soon(executor);
  asio::cancellation_signal left;  // the game emits it when the player disconnects
  auto const leave_soon = [&] {
    soon.expires_after(milliseconds(10));
    soon.async_wait([&](chronicle::error_code) { left.emit(asio::cancellation_type::total); });
  };

  leave_soon();
  auto loading = players.async_start_session(
      "Player_7", asio::as_tuple(asio::bind_cancellation_slot(left.slot(), asio::use_awaitable)));
  auto [ec, unloaded] = co_await std::move(loading);  // a lease taken meanwhile is given back by itself
  std::cout << "left while loading: " << ec.message() << '\n';

  auto profile = co_await players.async_start_session("Player_7");
  profile.edit()["Coins"] = 5;
  leave_soon();
  auto saving =
      profile.async_save(asio::as_tuple(asio::bind_cancellation_slot(left.slot(), asio::use_awaitable)));
  auto [late, receipt] = co_await std::move(saving);
  std::cout << "stopped waiting for a save: " << late.message() << '\n';
  co_await profile.async_release();  // that save has gone on
}

int main() {
  asio::io_context context;
  chronicle::store_options options;
  options.simulation.emplace();
  options.simulation->latency = milliseconds(50);  // of every request
  options.defaults = {{"Coins", 0}};
  options.hooks.on_save = [](auto, auto const& data, auto const&) {
    std::cout << "saved all the same: " << data << '\n';
  };
  chronicle::store players(context.get_executor(), "PlayerData", std::move(options));
  auto played = asio::co_spawn(context, play(std::move(players)), asio::use_future);
  context.run();
  played.get();
}
