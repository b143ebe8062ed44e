// What all connections of a server share. Everything in it is safe to use from several threads.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/logger.hpp"
#include "chronicle/kv_server/server.hpp"
#include "kv_server/change_board.hpp"
#include "kv_server/request_plan.hpp"
#include "kv_server/server_metrics.hpp"
#include "kv_server/storage.hpp"
#include "kv_server/topic_hub.hpp"
#include "transport/tls.hpp"

namespace chronicle::kv {

struct services {
  explicit services(server_options const& o);

  server_options options;
  std::shared_ptr<time_source> time;
  logger log;
  std::shared_ptr<storage> store;
  std::shared_ptr<tls_acceptor> tls;  ///< null: plain HTTP
  request_planner planner;
  topic_hub topics;
  change_board changes;
  server_metrics metrics;
  std::atomic<bool> stopping = false;
};

}  // namespace chronicle::kv
