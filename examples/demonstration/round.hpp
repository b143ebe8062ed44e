// One round of the demonstration: two game servers, many players, and perhaps a kill.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "player.hpp"
#include "server.hpp"
#include "tally.hpp"

struct round_plan {
  std::string title;
  std::vector<std::string> server_command;  ///< the name of the server is added
  std::string log_prefix;                   ///< path; where the servers' standard error goes
  std::string player_prefix;
  std::size_t players = 0;
  std::uint64_t seed = 0;
  std::chrono::seconds length{0};
  bool kill = false;  ///< one server goes down half-way

  round_plan() = default;
};

/// Must be gone before the execution context, and not before it has stopped running.
class game_round {
 public:
  game_round(boost::asio::any_io_executor executor, round_plan plan);

  /// Plays it to the end: every player has left, or was still there when the servers shut down.
  boost::asio::awaitable<void> play();

  round_plan const& plan() const { return plan_; }
  std::map<std::string, std::unique_ptr<player>> const& players() const { return players_; }
  tally& counts() { return world_.counts; }
  tally const& counts() const { return world_.counts; }

 private:
  void hear(server& from, answer const& a);
  boost::asio::awaitable<void> listen(server& to);
  boost::asio::awaitable<void> start_servers();
  boost::asio::awaitable<void> live();
  boost::asio::awaitable<void> kill_one();
  boost::asio::awaitable<void> show_progress();
  boost::asio::awaitable<void> shut_down();
  boost::asio::awaitable<void> wait_for_change(steady_time limit, char const* what);

  boost::asio::any_io_executor executor_;
  round_plan plan_;
  world world_;
  std::unique_ptr<server> servers_[2];
  std::map<std::string, std::unique_ptr<player>> players_;  // by name
  std::size_t ready_ = 0;                                   // servers that are
  bool over_ = false;                                       // for the players
  boost::asio::steady_timer changed_;
};
