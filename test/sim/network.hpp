// The network between the servers and the storage: it delays, loses, repeats and reorders requests and
// answers, and what was sent arrives even when its sender has given up or is gone.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/waiting.hpp"
#include "chronicle/backend.hpp"
#include "sim/ledger.hpp"
#include "sim/stage.hpp"

namespace chronicle::sim {

/// A server as the network sees it.
struct host {
  std::size_t number = 0;
  time_point backend_cut_until{};
  time_point bus_cut_until{};
  /// Called once, while the next write of this server is under way: trouble comes when it hurts most.
  std::function<void()> ambush;
};

class network {
 public:
  network(stage& on, ledger& storage) : on_(on), storage_(storage), draws_(on.plan.seed, 10) {}

  /// The backend as seen from one server.
  std::shared_ptr<backend> connect(std::shared_ptr<host> from);

  /// Until then nobody gets an answer; or everybody a refusal.
  void begin_outage(time_point until, bool refuses) {
    outage_until_ = until;
    outage_refuses_ = refuses;
  }
  void begin_slowness(time_point until, int factor) {
    slow_until_ = until;
    slow_factor_ = factor;
  }
  void heal() { outage_until_ = slow_until_ = {}; }

 private:
  class link;
  template <class T>
  struct call;
  template <class T>
  struct request;

  template <class T>
  void send(std::shared_ptr<request<T>> sent);
  template <class T>
  void arrive(std::shared_ptr<request<T>> const& sent, bool answers);
  template <class T>
  void reply(request<T> const& sent, T answer);
  milliseconds travel_time();

  stage& on_;
  ledger& storage_;
  chance draws_;
  time_point outage_until_{};
  bool outage_refuses_ = false;
  time_point slow_until_{};
  int slow_factor_ = 1;
};

}  // namespace chronicle::sim
