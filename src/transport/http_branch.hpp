// The part of an HTTP client that lives on one strand: its connections, and the requests that go over them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "base/deadlines.hpp"
#include "base/strand.hpp"
#include "base/waiting.hpp"
#include "transport/connection_pool.hpp"
#include "transport/http_client.hpp"
#include "transport/http_connection.hpp"

namespace chronicle {

/// A request under way: what is known about it, however it ends.
class http_call final : public timed_operation {
 public:
  /// `what` outlives it.
  http_call(http_request const& what, time_point deadline) : timed_operation(deadline), request(what) {}

  http_request const& request;
  http_progress progress;

  // What it is at, or null: there it is stopped.
  void waits_in(connection_pool::place_in_line* line) noexcept { line_ = line; }
  void goes_over(http_connection* connection) noexcept { connection_ = connection; }

  /// Says in `outcome` why there is no response. `closed`: the client was, meanwhile.
  void explain(http_outcome& outcome, bool closed, std::exception_ptr const& thrown) const;

 private:
  // Connecting has a deadline of its own, no later than this one.
  void stop() override {
    if (line_ != nullptr) line_->leave();
    if (connection_ != nullptr) connection_->abort();
  }

  connection_pool::place_in_line* line_ = nullptr;
  http_connection* connection_ = nullptr;
};

class http_branch : public std::enable_shared_from_this<http_branch> {
 public:
  http_branch(strand_type on, std::shared_ptr<time_source> time, std::shared_ptr<connector> connecting,
              connection_pool::settings settings);

  /// Carry out a request from beginning to end, or until its answer's body begins. The caller has made it
  /// known by `under_way`.
  asio::awaitable<http_outcome> exchange(http_call& mine);
  asio::awaitable<http_stream_outcome> begin(http_call& mine);

  /// Counts an operation while there is one of these.
  class running {
   public:
    explicit running(http_branch& here) : here_(here) { ++here_.running_; }
    ~running();
    running(running const&) = delete;
    running& operator=(running const&) = delete;

   private:
    http_branch& here_;
  };

  /// A call is counted, and stopped at its deadline or when the client is closed, while there is one of
  /// these.
  class under_way {
   public:
    under_way(http_branch& here, http_call& mine);
    ~under_way();

   private:
    running counted_;
    deadlines& time_outs_;
    http_call& mine_;
  };

  /// Stops what is under way; nothing may begin any more.
  void close();
  bool is_closed() const noexcept { return closed_; }
  /// Closes, and waits until nothing is under way.
  static asio::awaitable<result<bool>> close_and_wait(std::shared_ptr<http_branch> self);

  strand_type const& strand() const noexcept { return strand_; }
  /// What keeps idle connections for a while, and may outlive the branch for that.
  std::weak_ptr<connection_pool> pool() const { return pool_; }
  /// What keeps the timer of calls for a while, and may outlive the branch, too.
  std::weak_ptr<deadlines> time_outs() const { return time_outs_; }

 private:
  class stream;

  asio::awaitable<result<std::string>> read_some(std::shared_ptr<http_connection> connection,
                                                 time_point deadline);
  bool has_stopped(http_call const& mine) const;

  strand_type strand_;
  std::shared_ptr<time_source> time_;
  std::shared_ptr<deadlines> time_outs_;
  std::shared_ptr<connection_pool> pool_;
  event nothing_runs_;
  std::size_t running_ = 0;
  bool closed_ = false;
};

}  // namespace chronicle
