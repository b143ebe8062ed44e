#include "kv_server/change_board.hpp"

namespace chronicle::kv {

change_board::watch::watch(change_board& board, record_key const& key, std::shared_ptr<doorbell> bell)
    : board_(board) {
  std::lock_guard const lock(board_.mutex_);
  at_ = board_.watchers_.emplace(key, std::move(bell));
}

change_board::watch::~watch() {
  std::lock_guard const lock(board_.mutex_);
  board_.watchers_.erase(at_);
}

void change_board::announce(record_key const& key) {
  std::lock_guard const lock(mutex_);
  auto const [first, last] = watchers_.equal_range(key);
  for (auto it = first; it != last; ++it) it->second->ring();
}

}  // namespace chronicle::kv
