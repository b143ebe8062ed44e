// The network between the servers and the storage: it delays, loses, repeats and reorders requests and
// answers, and what was sent arrives even when its sender has given up or is gone.
#pragma once

#include <memory>

#include "base/waiting.hpp"
#include "chronicle/backend.hpp"
#include "sim/bus.hpp"
#include "sim/cloud.hpp"
#include "sim/ledger.hpp"
#include "sim/stage.hpp"

namespace chronicle::sim {

class network final : public cloud {
 public:
  network(stage& on, ledger& storage, minutes& taken)
      : on_(on), storage_(storage), bus_(on, taken), draws_(on.plan.seed, 10) {}

  std::shared_ptr<backend> connect_backend(std::shared_ptr<host> from, asio::any_io_executor,
                                           std::shared_ptr<time_source>) override;
  std::shared_ptr<message_bus> connect_bus(std::shared_ptr<host> from, asio::any_io_executor,
                                           std::shared_ptr<time_source>) override {
    return bus_.connect(std::move(from));
  }

  void begin_outage(time_point until, bool refuses) override {
    outage_until_ = until;
    outage_refuses_ = refuses;
  }
  void begin_slowness(time_point until, int factor) override {
    slow_until_ = until;
    slow_factor_ = factor;
  }
  void begin_bus_outage(time_point until) override { bus_.begin_outage(until); }
  void heal() override {
    outage_until_ = slow_until_ = {};
    bus_.heal();
  }
  chance& draws() override { return draws_; }
  bool has_loops() const override { return false; }
  std::size_t poll() override { return 0; }
  void bury(std::unique_ptr<event_loop> dead) override { dead.reset(); }

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
  sim_bus bus_;
  chance draws_;
  time_point outage_until_{};
  bool outage_refuses_ = false;
  time_point slow_until_{};
  int slow_factor_ = 1;
};

}  // namespace chronicle::sim
