// The message bus of a simulated world: it loses, delays and repeats messages, and keeps the minutes of every
// challenge, so that a takeover can be judged by what its author may have known.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "chronicle/message_bus.hpp"
#include "lease/challenge.hpp"
#include "sim/network.hpp"
#include "sim/stage.hpp"

namespace chronicle::sim {

/// What became of one challenge.
struct challenge_minutes {
  std::size_t challenger = 0;  ///< the number of the server
  std::string session;         ///< whose lease was challenged
  time_point first_sent{};
  bool heard_itself = false;  ///< its probe came back through the bus
  bool disowned = false;      ///< it was told that the lease is not held any more
};

class sim_bus {
 public:
  /// Called with each reply as it is sent.
  using reply_check = std::function<void(lease::message const& reply)>;

  explicit sim_bus(stage& on) : on_(on), draws_(on.plan.seed, 20) {}
  void on_reply(reply_check call) { check_reply_ = std::move(call); }

  std::shared_ptr<message_bus> connect(std::shared_ptr<host> from);
  void begin_outage(time_point until) { outage_until_ = until; }
  void heal() { outage_until_ = {}; }

  /// The challenges about a session's lease.
  std::vector<challenge_minutes const*> challenges_of(std::string const& session) const;

 private:
  class link;
  struct mail;
  using letter = std::shared_ptr<mail const>;
  struct subscriber {
    asio::any_io_executor executor;
    std::weak_ptr<bus_listener> listener;
    std::shared_ptr<host> where;
  };

  bool reachable(host const& h) const { return on_.now() >= outage_until_ && on_.now() >= h.bus_cut_until; }
  void send(std::shared_ptr<host> const& from, std::string topic, std::string payload);
  void deliver(mail const& arrived, bool through_the_bus);
  void take_minutes(std::size_t sender, lease::message const& m);

  stage& on_;
  chance draws_;
  reply_check check_reply_;
  time_point outage_until_{};
  std::map<std::string, subscriber> subscribers_;        // by topic: each server has its own
  std::map<std::string, challenge_minutes> challenges_;  // by nonce
};

}  // namespace chronicle::sim
