// Judges what no single record shows: whether a lease may change hands, whether an owner may vouch, and
// whether everything has come right in the end.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "chronicle/profile.hpp"
#include "chronicle/store_options.hpp"
#include "sim/ledger.hpp"
#include "sim/minutes.hpp"
#include "sim/stage.hpp"

namespace chronicle::sim {

/// A session as its server sees it; one life of a server keeps it.
class seat {
 public:
  virtual ~seat() = default;
  /// Nothing when the server has let go of it.
  virtual std::optional<session_state> state() const = 0;
};

class referee {
 public:
  referee(stage& on, ledger& storage, minutes& taken, steal_policy policy);

  /// A session was handed to the game.
  void enroll(std::string const& session, std::weak_ptr<seat> where) { seats_[session] = std::move(where); }
  /// The lease of this session may stay behind: its server said so, or is dead.
  void excuse(std::string const& session) { excused_.insert(session); }
  void excuse_server(std::string const& server_id) { dead_servers_.insert(server_id); }

  /// S11: a session that calls itself active was confirmed within its duration.
  void check_validity(std::string const& session);
  /// S15, and S5 once more: after every store has closed, no lease is left without an owner.
  void check_at_rest();

 private:
  void judge_takeover(revision const& before, revision const& now, std::size_t sender);
  void judge_reply(lease::message const& reply);
  bool was_answered_by_silence(revision const& before, std::size_t sender) const;
  std::optional<session_state> state_of(std::string const& session) const;

  stage& on_;
  ledger& storage_;
  minutes const& minutes_;
  steal_policy policy_;
  std::unordered_map<std::string, std::weak_ptr<seat>> seats_;
  std::set<std::string> excused_;
  std::set<std::string> dead_servers_;
};

}  // namespace chronicle::sim
