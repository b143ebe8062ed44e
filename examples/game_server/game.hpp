// The game: which players are here, what they earn, and how their data comes and goes with them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chronicle/chronicle.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

/// Players join, earn coins and leave by lines of text; everything worth knowing is answered by a line on
/// standard output. One thread runs it all, so nothing here needs a lock.
class game {
 public:
  game(boost::asio::any_io_executor executor, chronicle::store_options options);

  chronicle::store& players() { return players_; }

  /// Carries out one line: "join ann", "earn ann 5" or "leave ann". False when it is none of these.
  bool obey(std::string_view line);

  /// Sends everybody home and returns when the last has gone.
  boost::asio::awaitable<void> everybody_leaves();

 private:
  /// One player, from joining to leaving.
  struct player {
    explicit player(boost::asio::any_io_executor executor) : earnings(std::move(executor), most_unread) {}

    void leave() {
      left.emit(boost::asio::cancellation_type::total);  // who leaves while loading need not wait for it
      earnings.close();
    }

    static constexpr std::size_t most_unread = 1000;
    boost::asio::cancellation_signal left;
    boost::asio::experimental::channel<void(chronicle::error_code, std::int64_t)> earnings;
  };

  void join(std::string const& name);
  void leave(std::string const& name);
  void forget(std::string const& name, std::shared_ptr<player> const& p);
  boost::asio::awaitable<void> visit(std::string name, std::shared_ptr<player> p);
  boost::asio::awaitable<void> play(std::shared_ptr<player> p, chronicle::profile profile);
  chronicle::hooks watch();

  boost::asio::any_io_executor executor_;
  chronicle::store players_;
  std::map<std::string, std::shared_ptr<player>, std::less<>>
      online_;              // until they leave, not until they are saved
  std::size_t visits_ = 0;  // until they are saved
  boost::asio::steady_timer nobody_here_;
};
