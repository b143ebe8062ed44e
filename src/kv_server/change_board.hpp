// Tells long polls that a key has changed.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "kv_server/doorbell.hpp"
#include "kv_server/storage.hpp"

namespace chronicle::kv {

/// Safe to call from several threads.
class change_board {
 public:
  /// A standing request to ring a doorbell; ends with its destruction. Must not outlive the board.
  class watch {
   public:
    watch(change_board& board, record_key const& key, std::shared_ptr<doorbell> bell);
    ~watch();
    watch(watch const&) = delete;
    watch& operator=(watch const&) = delete;

   private:
    change_board& board_;
    std::multimap<record_key, std::shared_ptr<doorbell>>::iterator at_;
  };

  /// Rings everybody who watches `key`.
  void announce(record_key const& key);

 private:
  std::mutex mutex_;
  std::multimap<record_key, std::shared_ptr<doorbell>> watchers_;
};

}  // namespace chronicle::kv
