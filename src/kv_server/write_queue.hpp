// The writes that wait for the writer's next transaction, and the coroutines that wait for them.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>

#include "kv_server/storage.hpp"

namespace chronicle::kv {

struct queued_write {
  write_command command;
  asio::any_io_executor executor;  // tracks work: its context must not stop while the write is queued
  asio::any_completion_handler<void(write_outcome)> handler;

  /// Resumes the waiting coroutine.
  void complete(write_outcome outcome);
};

/// Many producers, one consumer.
class write_queue {
 public:
  write_queue(std::size_t max_writes, std::size_t max_bytes)
      : max_writes_(max_writes), max_bytes_(max_bytes) {}

  /// False, with `write` untouched, when the queue is full or closed.
  bool push(queued_write& write);

  /// Everything queued, up to what one transaction should hold. Waits for the first; empty once closed and
  /// drained.
  std::list<queued_write> take_batch();

  void close();
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<queued_write> waiting_;  // a list: Asio 1.26 breaks when such handlers are move-assigned
  std::size_t waiting_bytes_ = 0;
  std::size_t max_writes_;
  std::size_t max_bytes_;
  bool closed_ = false;
};

}  // namespace chronicle::kv
