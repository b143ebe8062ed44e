// A game server as its players see it: a process that takes commands and answers in lines.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "child_process.hpp"

/// One line of a game server: "joined ann 120", "refused ann the lease is held by another server".
struct answer {
  std::string verb;
  std::string player;
  std::int64_t coins = 0;  ///< when the rest is a number
  std::string rest;

  explicit answer(std::string const& line);
};

class server {
 public:
  using listener = std::function<void(server& from, answer const&)>;

  server(boost::asio::any_io_executor executor, std::string name, std::vector<std::string> command,
         std::string const& errors);

  std::string const& name() const { return name_; }
  bool gone() const { return gone_; }

  /// Passes on what the server says until it will say no more; then it is gone and has been waited for.
  boost::asio::awaitable<void> listen(listener to);

  void send(std::string const& verb, std::string const& player) { process_.send(verb + ' ' + player); }
  void send_earnings(std::string const& player, std::int64_t coins) {
    process_.send("earn " + player + ' ' + std::to_string(coins));
  }
  void signal(int number) { process_.signal(number); }
  /// As child_process::wait.
  int exit_status() { return process_.wait(); }

 private:
  std::string name_;
  child_process process_;
  bool gone_ = false;
};
