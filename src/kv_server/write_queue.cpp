#include "kv_server/write_queue.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/post.hpp>
#include <iterator>

namespace chronicle::kv {
namespace {

// A transaction beyond this makes its first write wait longer than sharing the fsync saves.
constexpr std::size_t batch_writes = 512;

std::size_t size_of(write_command const& command) {
  return command.value ? command.value->size() : 0;
}

}  // namespace

void queued_write::complete(write_outcome outcome) {
  asio::post(executor, asio::append(std::move(handler), std::move(outcome)));
}

bool write_queue::push(queued_write& write) {
  {
    std::lock_guard const lock(mutex_);
    std::size_t const bytes = waiting_bytes_ + size_of(write.command);
    if (closed_ || waiting_.size() >= max_writes_ || bytes > max_bytes_) return false;
    waiting_bytes_ = bytes;
    waiting_.push_back(std::move(write));
  }
  changed_.notify_one();
  return true;
}

std::list<queued_write> write_queue::take_batch() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
  std::list<queued_write> batch;
  auto const end =
      waiting_.size() <= batch_writes ? waiting_.end() : std::next(waiting_.begin(), batch_writes);
  batch.splice(batch.begin(), waiting_, waiting_.begin(), end);
  for (auto const& write : batch) waiting_bytes_ -= size_of(write.command);
  return batch;
}

void write_queue::close() {
  {
    std::lock_guard const lock(mutex_);
    closed_ = true;
  }
  changed_.notify_one();
}

std::size_t write_queue::size() const {
  std::lock_guard const lock(mutex_);
  return waiting_.size();
}

}  // namespace chronicle::kv
