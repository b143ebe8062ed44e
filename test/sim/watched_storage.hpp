// The storage of a simulated chronicle-kv: the server's own, with failures, and with the ledger looking on.
#pragma once

#include <memory>

#include "kv_server/storage.hpp"
#include "sim/ledger.hpp"
#include "sim/stage.hpp"

namespace chronicle::sim {

/// While one exists, a chronicle-kv that keeps records in memory is given a storage that is watched.
class storage_watch {
 public:
  storage_watch(stage& on, ledger& judge);
  ~storage_watch();
  storage_watch(storage_watch const&) = delete;
  storage_watch& operator=(storage_watch const&) = delete;

  std::shared_ptr<kv::storage> around(std::shared_ptr<kv::storage> inner);

 private:
  stage& on_;
  ledger& judge_;
};

}  // namespace chronicle::sim
