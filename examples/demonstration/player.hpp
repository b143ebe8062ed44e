// A simulated player: joins a server, earns coins in many small edits, hops to the other server, and in the
// end leaves.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>

#include "account.hpp"
#include "server.hpp"
#include "tally.hpp"

using std::chrono::milliseconds;
using steady_time = std::chrono::steady_clock::time_point;

/// What the players of a round have in common.
struct world {
  server* servers[2] = {nullptr, nullptr};
  steady_time ends_at;     ///< the players go home
  steady_time killed_at;   ///< when a server was
  bool shut_down = false;  ///< the servers have been told to end
  tally counts;
};

class player {
 public:
  /// `stays`: does not leave in the end but is still there when the servers shut down.
  player(boost::asio::any_io_executor executor, world& w, std::string name, std::uint64_t seed, bool stays);

  boost::asio::awaitable<void> live();

  void hear(server& from, answer const& a);
  void server_gone(server& which);

  std::string const& name() const { return name_; }
  account const& coins() const { return coins_; }
  bool playing() const { return now_ == doing::playing; }

 private:
  enum class doing { nothing, joining, playing };

  server& choose_server();
  boost::asio::awaitable<void> join();
  boost::asio::awaitable<void> play();
  boost::asio::awaitable<void> wait_to_be_let_go();
  boost::asio::awaitable<void> wait_for_leave();
  void joined(std::int64_t balance);
  boost::asio::awaitable<void> pause(milliseconds how_long);
  boost::asio::awaitable<void> wait_for_answer(steady_time since);
  void complain(std::string const& what);
  int pick(int least, int most);

  world& world_;
  std::string name_;
  std::mt19937_64 random_;
  bool stays_;
  account coins_;

  doing now_ = doing::nothing;
  server* at_ = nullptr;       // joining or playing there
  server* leaving_ = nullptr;  // its "left" has not come yet
  bool let_go_ = false;        // its "leaving" has come
  bool refused_ = false;       // turned away when we tried last
  bool crashed_ = false;       // a server went down under us and no session has begun since
  steady_time left_at_;
  bool hopping_ = false;
  boost::asio::steady_timer alarm_;
};
