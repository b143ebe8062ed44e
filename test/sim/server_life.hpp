// One life of a simulated game server: a process with its own event loop, clocks and store. It can stand
// still, close, or be gone from one moment to the next.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chronicle/store.hpp"
#include "sim/cloud.hpp"
#include "sim/ledger.hpp"
#include "sim/referee.hpp"
#include "sim/skewed_time.hpp"
#include "sim/watched_backend.hpp"

namespace chronicle::sim {

class visit;

/// What all servers of one world have in common.
struct house_rules {
  steal_policy policy = steal_policy::messaging_timeout;
  bool has_bus = true;
};

/// Where a server lives.
struct surroundings {
  stage& on;
  ledger& storage;
  cloud& outside;
  referee& judge;
  house_rules rules;
};

class server_life {
 public:
  /// Starts. `serial` is different for every life in a world.
  server_life(surroundings& in, std::shared_ptr<host> where, std::uint64_t serial);
  /// Whatever is still there is gone at once, as in a crash.
  ~server_life();
  server_life(server_life const&) = delete;
  server_life& operator=(server_life const&) = delete;

  /// Runs what is ready, unless it stands still; how much that was.
  std::size_t poll();
  bool runs_on(asio::execution_context const& loop) const { return context_.get() == &loop; }
  /// It has closed and nothing is under way any more but players who would have left later.
  bool has_nothing_to_do() const { return closed_ && context_->stopped(); }
  void pause() { paused_ = true; }
  void resume() { paused_ = false; }
  bool is_paused() const { return paused_; }
  bool takes_players() const { return store_ && !closing_; }

  /// A player arrives and stays for so long; disconnects after `patience` if it is still loading then.
  void receive(std::size_t player, milliseconds stay, std::optional<milliseconds> patience);
  /// A start on this key begins.
  void note_start(std::string const& key) { ++starts_[key]; }
  /// How often the backend was asked about a record.
  std::size_t requests_for(std::string const& record_key) const { return watched_->requests_for(record_key); }
  /// Closes the store and lets go of it.
  void close();
  bool is_closed() const { return closed_; }

  /// Calls `action` on the server's own loop, `how_long` from now: later while it stands still.
  template <class Action>
  void after(boot_clock::duration how_long, Action action) {
    in_.on.time->wait_until(in_.on.now() + how_long, context_->get_executor(),
                            [action = std::move(action)](error_code) mutable { action(); });
  }

  surroundings& in() { return in_; }
  store& players() { return *store_; }
  chance& draws() { return draws_; }
  host const& where() const { return *where_; }
  std::vector<std::shared_ptr<visit>> const& visits() const { return visits_; }
  /// How long it stood still so far.
  boot_clock::duration stood_still() const { return stood_still_; }
  void add_standstill(boot_clock::duration d) { stood_still_ += d; }
  void note(std::string const& line) {
    in_.on.note("server " + std::to_string(where_->number) + ": " + line);
  }
  /// Whether work is left on the loop although the store is gone.
  bool leaks();

 private:
  store_options options(std::uint64_t serial);
  void add_hooks(hooks& h);
  /// Whose session it is that the store speaks of.
  std::shared_ptr<visit> find_open(std::string_view key) const;
  /// A lease of ours on this key may stay behind.
  void excuse(std::string_view key);

  surroundings& in_;
  std::shared_ptr<host> where_;
  chance draws_;
  std::unique_ptr<event_loop> context_;
  std::shared_ptr<watched_backend> watched_;
  std::optional<store> store_;
  std::vector<std::shared_ptr<visit>> visits_;
  std::map<std::string, int, std::less<>> starts_, conflicts_;  // by key (S13)
  bool paused_ = false;
  bool closing_ = false;
  bool closed_ = false;
  boot_clock::duration stood_still_{0};
};

}  // namespace chronicle::sim
