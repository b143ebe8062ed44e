// Players' data while they play: loaded when they join, found by the rest of the game, saved and freed when
// they leave.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <chronicle/chronicle.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>

/// Runs on the store's executor; on a single-threaded io_context everything does.
class player_service {
 public:
  explicit player_service(chronicle::store players) : players_(std::move(players)) {}

  /// What new players begin with. Members added here later are filled in when older profiles are loaded.
  static boost::json::object defaults();

  /// Loads a player's data. Clear when they can play; otherwise send them away with the error's message.
  boost::asio::awaitable<chronicle::error_code> join(std::string id);

  /// Saves a player's data and gives it back; one who is still being loaded stops waiting.
  boost::asio::awaitable<void> leave(std::string id);

  /// The data of a player who may be edited now; null for anybody else.
  chronicle::profile* find(std::string const& id);

  /// For the game loop: counts the time everybody has played. Saved along with other edits, soon.
  void tick(std::chrono::seconds passed);

 private:
  struct visit {
    boost::asio::cancellation_signal left;
    bool gone = false;
    chronicle::profile profile;  // empty while it is loaded
  };

  chronicle::store players_;
  std::map<std::string, std::shared_ptr<visit>> visits_;
};
