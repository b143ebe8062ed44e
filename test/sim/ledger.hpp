// The simulated storage engine: a linearizable register with compare-and-swap for every key. Keeps every
// revision ever written and holds each against the rules of the protocol at the moment it is applied.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "chronicle/backend.hpp"
#include "record/record.hpp"
#include "sim/stage.hpp"

namespace chronicle::sim {

struct revision {
  std::uint64_t number = 0;
  std::string value;
  std::string write_id;
  time_point applied_at{};
  time_point first_sent{};  ///< when this write was sent for the first time
  time_point
      by_owner_at{};  ///< when the owner of the lease wrote last; a touch by somebody else does not count
  time_point by_owner_sent{};  ///< when that write was first sent: its validity counts from there
  record::header head;
  purse holds;
};

/// One write on its way to the storage.
struct sent_write {
  std::string key;
  std::string value;
  std::optional<version> expected;
  std::string write_id;
  std::size_t sender = 0;  ///< the number of the server
};

class ledger {
 public:
  /// Called with each lease that is taken from another session: the record before, the record now, the
  /// sender.
  using takeover = std::function<void(revision const& before, revision const& now, std::size_t sender)>;

  ledger(stage& on, capabilities caps, bool coarse_ages) : on_(on), caps_(caps), coarse_ages_(coarse_ages) {}
  void on_takeover(takeover call) { on_takeover_ = std::move(call); }

  // The engine.
  result<std::optional<entry>> get(std::string const& key);
  put_result put(sent_write const& write);
  /// Another engine has carried out `write` and made this revision.
  void note_applied(sent_write write, std::uint64_t revision);
  result<page<entry>> history(std::string const& key, std::string const& cursor, std::size_t limit);
  capabilities const& caps() const { return caps_; }

  /// Damages what is stored under a key until somebody overwrites or `repair`s it.
  void damage(std::string const& key, std::size_t at_byte);
  void repair(std::string const& key);
  /// Makes of a stored value what a reader sees of it.
  void show_damage(std::string const& key, std::string& value) const;
  bool was_ever_damaged(std::string const& key) const { return ever_damaged_.contains(key); }

  // What clients said.
  /// A server sends `write`; called for every attempt.
  void note_sent(sent_write const& write);
  /// It was refused for good: a later attempt under the same name is another one.
  void note_refused(sent_write const& write);
  /// A write of this session and commit index was reported as never applied.
  void note_never(std::string const& session, std::uint64_t index);
  /// The session was reported lost: it must not write any more (S7).
  void note_lost(std::string const& session);
  /// The session was reported released (S8).
  void note_released(std::string const& session);
  /// The player was told that these edits are safe (S5).
  void note_saved(std::string const& key, purse const& safe);

  // What is true.
  revision const* newest(std::string const& key) const;
  bool was_applied(std::string const& key, std::string const& session, std::uint64_t index) const;
  /// When the last applied write of a session was first sent; nothing when there was none.
  std::optional<time_point> confirmed_at(std::string const& session) const;
  std::map<std::string, std::vector<revision>> const& keys() const { return keys_; }
  /// Every edit that was acknowledged is in the newest record (S5).
  void check_acknowledged();

 private:
  struct session_facts {
    std::uint64_t generation = 0;
    std::optional<time_point> confirmed_at;
    std::map<std::uint64_t, std::string> bytes_of;  // data hash by commit index
    std::set<std::uint64_t> never;
    bool lost = false;
    bool released = false;
  };

  entry to_entry(std::string const& key, revision const& r) const;
  std::optional<entry> current(std::string const& key) const;
  put_result append(sent_write const& write);
  put_result put_wrongly(sent_write const& write, revision const& newest);
  void check(revision const* before, revision const& now, sent_write const& write);
  void check_session(revision const& now);
  void check_succession(revision const& before, revision const& now);

  stage& on_;
  capabilities caps_;
  bool coarse_ages_;
  takeover on_takeover_;
  std::uint64_t last_number_ = 0;
  std::map<std::string, std::vector<revision>> keys_;
  std::map<std::string, std::size_t> damaged_;
  std::set<std::string> ever_damaged_;
  std::unordered_map<std::string, session_facts> sessions_;
  std::unordered_map<std::string, time_point> first_sent_;  // by write id and version expected
  std::unordered_map<std::string, std::size_t> senders_;    // likewise
  std::map<std::string, purse> safe_;                       // acknowledged last, by key
};

/// The number of the player whose record this is.
std::size_t player_of(std::string const& record_key);

}  // namespace chronicle::sim
