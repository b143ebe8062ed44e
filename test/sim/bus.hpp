// The message bus of a simulated world: it loses, delays and repeats messages.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "chronicle/message_bus.hpp"
#include "sim/cloud.hpp"
#include "sim/minutes.hpp"
#include "sim/stage.hpp"

namespace chronicle::sim {

class sim_bus {
 public:
  sim_bus(stage& on, minutes& taken) : on_(on), minutes_(taken), draws_(on.plan.seed, 20) {}

  std::shared_ptr<message_bus> connect(std::shared_ptr<host> from);
  void begin_outage(time_point until) { outage_until_ = until; }
  void heal() { outage_until_ = {}; }

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

  stage& on_;
  minutes& minutes_;
  chance draws_;
  time_point outage_until_{};
  std::map<std::string, subscriber> subscribers_;  // by topic: each server has its own
};

}  // namespace chronicle::sim
