// One player on one server, from the moment it connects until it has left: loads, edits, trades, saves,
// leaves, and checks what it is told against what is stored.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <optional>
#include <string>

#include "sim/server_life.hpp"

namespace chronicle::sim {

class visit : public seat, public std::enable_shared_from_this<visit> {
 public:
  visit(server_life& at, std::size_t player);

  void begin(milliseconds stay, std::optional<milliseconds> patience);
  /// The server is gone, or lets go of everything.
  void forget();

  std::optional<session_state> state() const override;
  std::string const& session() const { return session_; }
  std::string const& key() const { return key_; }
  bool has_profile() const { return static_cast<bool>(profile_); }
  bool is_dirty() const { return profile_ && profile_.is_dirty(); }

  /// It has a session and has not heard how that ended.
  bool is_open() const { return !session_.empty() && !over_; }

  void hear_lost(session_loss const& loss);

 private:
  std::string record_key() const { return "PlayerData/" + key_; }
  void hear_loaded(error_code ec, profile got);
  void check_loaded();
  void play();
  void plan_next_step();
  void edit(std::int64_t coins);
  void trade();
  void save();
  void leave();
  void hear_saved(purse const& asked, error_code ec, save_receipt const& receipt);
  void hear_released(purse const& asked, error_code ec, save_receipt const& receipt);
  void check_receipt(purse const& asked, save_receipt const& receipt);
  void note(std::string const& line);

  server_life& at_;
  std::size_t player_;
  std::string key_;
  time_point began_{};
  boot_clock::duration stood_still_before_{0};
  asio::cancellation_signal disconnect_;
  bool disconnected_ = false;
  bool answered_ = false;
  bool leaving_ = false;
  bool over_ = false;
  profile profile_;
  std::string session_;
  purse last_;  // after the newest edit
};

}  // namespace chronicle::sim
