// The second way to play a world: the same servers speak through the library's own HTTP client to a real
// chronicle-kv, records and bus, and what goes wrong goes wrong with bytes and connections.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "chronicle/kv_server/server.hpp"
#include "chronicle/rest_options.hpp"
#include "sim/cloud.hpp"
#include "sim/ledger.hpp"
#include "sim/minutes.hpp"
#include "sim/stage.hpp"
#include "sim/watched_storage.hpp"
#include "sim/wires.hpp"

namespace chronicle::sim {

class http_cloud final : public cloud {
 public:
  http_cloud(stage& on, ledger& storage, minutes& taken);
  ~http_cloud() override;

  std::shared_ptr<backend> connect_backend(std::shared_ptr<host> from, asio::any_io_executor executor,
                                           std::shared_ptr<time_source> time) override;
  std::shared_ptr<message_bus> connect_bus(std::shared_ptr<host> from, asio::any_io_executor executor,
                                           std::shared_ptr<time_source> time) override;

  void begin_slowness(time_point until, int factor) override;
  void begin_outage(time_point until, bool refuses) override;
  void begin_bus_outage(time_point until) override { road_.bus_outage_until = until; }
  void heal() override;

  chance& draws() override { return draws_; }
  bool has_loops() const override { return true; }
  std::size_t poll() override;
  void bury(std::unique_ptr<event_loop> dead) override;

 private:
  rest_options address_for(std::shared_ptr<host> const& from, purpose use);
  void send_again(std::string request);

  stage& on_;
  minutes& minutes_;
  road road_;
  chance draws_;
  storage_watch watch_;
  std::vector<std::unique_ptr<event_loop>> graveyard_;  // streams still refer to the loops of crashed servers
  event_loop loop_;
  std::map<std::uint16_t, std::pair<std::shared_ptr<host>, purpose>> callers_;  // by the port they connect to
  std::shared_ptr<memory_network> network_;
  std::unique_ptr<kv::server> server_;
};

}  // namespace chronicle::sim
