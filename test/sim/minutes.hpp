// The minutes of every challenge between servers, so that a takeover can be judged by what its author may
// have known.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lease/challenge.hpp"

namespace chronicle::sim {

/// What became of one challenge.
struct challenge_minutes {
  std::size_t challenger = 0;  ///< the number of the server
  std::string session;         ///< whose lease was challenged
  time_point first_sent{};
  bool heard_itself = false;  ///< its probe came back through the bus
  bool disowned = false;      ///< it was told that the lease is not held any more
};

class minutes {
 public:
  /// Called with each reply as it is sent.
  using reply_check = std::function<void(lease::message const& reply)>;
  void on_reply(reply_check call) { check_reply_ = std::move(call); }

  void note_sent(std::size_t sender, lease::message const& m, time_point now) {
    if (m.kind == lease::message_kind::challenge) {
      auto const [known, fresh] = challenges_.try_emplace(m.nonce);
      if (!fresh) return;
      known->second.challenger = sender;
      known->second.session = m.session;
      known->second.first_sent = now;
    }
    if (m.kind == lease::message_kind::reply && check_reply_) check_reply_(m);
  }

  /// It came out of the bus where it was meant to.
  void note_heard(lease::message const& m) {
    auto const asked = challenges_.find(m.nonce);
    if (asked == challenges_.end()) return;
    if (m.kind == lease::message_kind::probe) asked->second.heard_itself = true;
    if (m.kind == lease::message_kind::reply && m.state == lease::owner_state::released)
      asked->second.disowned = true;
  }

  /// The challenges about a session's lease.
  std::vector<challenge_minutes const*> challenges_of(std::string const& session) const {
    std::vector<challenge_minutes const*> found;
    for (auto const& [nonce, one] : challenges_)
      if (one.session == session) found.push_back(&one);
    return found;
  }

 private:
  reply_check check_reply_;
  std::map<std::string, challenge_minutes> challenges_;  // by nonce
};

}  // namespace chronicle::sim
