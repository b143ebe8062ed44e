#include "transport/http_client.hpp"

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/launch.hpp"
#include "transport/http_branch.hpp"

namespace chronicle {
namespace {

connection_pool::settings pool_settings(http_client_options const& options) {
  connection_pool::settings out;
  out.server = options.server.server;
  out.facts.base_path = options.server.base_path;
  out.facts.host = options.server.host_header();
  out.facts.headers = options.headers;
  out.limits.header_bytes = options.max_header_bytes;
  out.limits.body_bytes = options.max_response_bytes;
  out.connect_timeout = options.connect_timeout;
  out.idle_timeout = options.idle_timeout;
  out.max_connections = options.max_connections;
  return out;
}

}  // namespace

/// What all threads share: the branches.
class http_client::impl {
 public:
  impl(asio::any_io_executor executor, std::shared_ptr<time_source> time,
       std::shared_ptr<connector> connecting, http_client_options options)
      : executor_(std::move(executor)),
        strand_(executor_),
        time_(std::move(time)),
        connector_(std::move(connecting)),
        request_timeout_(options.request_timeout),
        pool_settings_(pool_settings(options)) {}

  /// How a request is carried out on its branch.
  template <class Outcome>
  using step = asio::awaitable<Outcome> (http_branch::*)(http_call&);

  /// Carries out a request for the calling coroutine, which may be anywhere. One that runs on a strand does
  /// it itself and waits for nobody but the server; any other waits for one that does, on the client's
  /// strand.
  template <class Outcome>
  static asio::awaitable<Outcome> carry_out(std::shared_ptr<impl> client, http_request request,
                                            step<Outcome> how) {
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    auto const executor = co_await asio::this_coro::executor;
    Outcome outcome(asio::error::operation_aborted, false);
    if (is_cancelled(cancellation)) co_return outcome;
    auto const found = client->branch_of(executor);
    if (!found) {
      auto elsewhere = carry_out_on_strand(client, std::move(request), how);
      co_return co_await std::move(elsewhere);
    }
    auto const& here = *found;
    if (!here || here->is_closed()) co_return outcome;
    http_call mine(request, client->time_->now() + client->request_timeout_);
    std::exception_ptr thrown;
    {
      http_branch::under_way const known(*here, mine);
      try {
        auto stepping = (here.get()->*how)(mine);
        outcome = co_await std::move(stepping);
      } catch (...) {
        thrown = std::current_exception();
      }
    }
    mine.explain(outcome, here->is_closed(), thrown);
    co_return outcome;
  }

  /// Ends everything, for whoever waits for that.
  static asio::awaitable<void> close(std::shared_ptr<impl> client) {
    auto const branches = client->take_branches();
    for (auto const& one : branches) {
      auto closing = run_on(one->strand(), client->executor_, http_branch::close_and_wait(one));
      co_await std::move(closing);
    }
  }

  /// Ends everything, soon.
  void abandon() {
    for (auto const& one : take_branches()) {
      // Weak: when the context is being destroyed nothing runs any more, and this must not keep the client
      // alive. Its pool may outlive it, waiting for its idle connections to be old enough, and its deadlines
      // may outlive both.
      asio::dispatch(one->strand(),
                     [weak = std::weak_ptr<http_branch>(one), idle = one->pool(), due = one->time_outs()] {
                       if (auto const open = weak.lock()) {
                         open->close();
                       } else if (auto const pool = idle.lock()) {
                         pool->close();
                       } else if (auto const time_outs = due.lock()) {
                         time_outs->close();
                       }
                     });
    }
  }

 private:
  struct known_branch {
    std::shared_ptr<http_branch> open;
    time_point used;  // when a request began last
  };

  /// The branch on which a coroutine of `executor` carries out its requests itself: there is one if that is a
  /// strand of the client's own context, since connections stay behind in the pool. Null when the client is
  /// closed.
  std::optional<std::shared_ptr<http_branch>> branch_of(asio::any_io_executor const& executor) {
    if (&executor.context() != &strand_.context()) return std::nullopt;
    auto const strand = strand_type::from(executor);
    if (!strand) return std::nullopt;
    std::lock_guard const lock(mutex_);
    if (closed_) return nullptr;
    time_point const now = time_->now();
    for (auto& one : branches_) {
      if (one.open->strand() != *strand) continue;
      one.used = now;
      return one.open;
    }
    forget_unused(now);
    branches_.push_back({std::make_shared<http_branch>(*strand, time_, connector_, pool_settings_), now});
    return branches_.back().open;
  }

  /// The branches of strands that nobody comes from any more.
  void forget_unused(time_point now) {
    auto const idle = std::max(pool_settings_.idle_timeout, request_timeout_);
    std::erase_if(branches_,
                  [&](auto const& one) { return one.open.use_count() == 1 && one.used + idle < now; });
  }

  std::vector<std::shared_ptr<http_branch>> take_branches() {
    std::lock_guard const lock(mutex_);
    closed_ = true;
    std::vector<std::shared_ptr<http_branch>> all;
    for (auto const& one : std::exchange(branches_, {})) all.push_back(one.open);
    return all;
  }

  template <class Outcome>
  static asio::awaitable<Outcome> carry_out_on_strand(std::shared_ptr<impl> client, http_request request,
                                                      step<Outcome> how) {
    auto operation = as_result(carry_out(client, std::move(request), how));
    auto running = run_on(client->strand_, client->executor_, std::move(operation));
    auto [ec, outcome] = co_await std::move(running);
    if (ec) co_return Outcome(ec, true);
    co_return std::move(outcome);
  }

  template <class Outcome>
  static asio::awaitable<result<Outcome>> as_result(asio::awaitable<Outcome> operation) {
    auto outcome = co_await std::move(operation);
    co_return outcome;
  }

  asio::any_io_executor executor_;
  strand_type strand_;  // for coroutines that have none
  std::shared_ptr<time_source> time_;
  std::shared_ptr<connector> connector_;
  milliseconds request_timeout_;
  connection_pool::settings pool_settings_;
  std::mutex mutex_;  // of what follows
  std::vector<known_branch> branches_;
  bool closed_ = false;
};

http_client::http_client(asio::any_io_executor executor, std::shared_ptr<time_source> time,
                         std::shared_ptr<connector> connecting, http_client_options options)
    : impl_(std::make_shared<impl>(std::move(executor), std::move(time), std::move(connecting),
                                   std::move(options))) {}

http_client::~http_client() {
  impl_->abandon();
}

asio::awaitable<http_outcome> http_client::send(http_request request) {
  return impl::carry_out(impl_, std::move(request), &http_branch::exchange);
}

asio::awaitable<http_stream_outcome> http_client::open_stream(http_request request) {
  return impl::carry_out(impl_, std::move(request), &http_branch::begin);
}

asio::awaitable<void> http_client::close() {
  return impl::close(impl_);
}

}  // namespace chronicle
