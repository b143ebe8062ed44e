#include "transport/http_client.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <utility>

#include "base/deadlines.hpp"
#include "base/launch.hpp"
#include "transport/connection_pool.hpp"

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

/// A request and what is known about it, however the coroutine ends that carries it out.
struct call : cancellable_operation {
  http_request request;
  time_point deadline;
  http_progress progress;

  call(strand_type on, http_request r, time_point d)
      : cancellable_operation(std::move(on)), request(std::move(r)), deadline(d) {}

  /// Says in `outcome` why there is no response. `closed`: the client was, meanwhile.
  void explain(http_outcome& outcome, bool expired, bool closed, std::exception_ptr const& thrown) const {
    if (!outcome.ec && outcome.response.status != 0) return;
    outcome.sent = progress.sent;
    if (closed) {
      outcome.ec = asio::error::operation_aborted;
    } else if (expired) {
      outcome.ec = progress.sent ? errc::timeout : errc::backend_unavailable;
    } else if (thrown) {
      outcome.ec = to_error_code(thrown);
    }
  }
};

using connection_ptr = std::shared_ptr<http_connection>;

}  // namespace

class http_client::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(asio::any_io_executor executor, std::shared_ptr<time_source> time,
       std::shared_ptr<connector> connecting, http_client_options options)
      : executor_(std::move(executor)),
        strand_(executor_),
        time_(std::move(time)),
        request_timeout_(options.request_timeout),
        time_outs_(std::make_shared<deadlines>(time_, strand_)),
        pool_(std::make_shared<connection_pool>(strand_, time_, time_outs_, std::move(connecting),
                                                pool_settings(options))),
        nothing_runs_(strand_) {}

  /// Carries out `step` of a request; the calling coroutine, which may be anywhere, waits for it.
  template <class Outcome>
  static asio::awaitable<Outcome> carry_out(std::shared_ptr<impl> client, http_request request,
                                            asio::awaitable<Outcome> (impl::*step)(call&)) {
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(cancellation)) co_return Outcome(asio::error::operation_aborted, false);
    time_point const deadline = client->time_->now() + client->request_timeout_;
    auto mine = std::make_shared<call>(client->strand_, std::move(request), deadline);
    auto operation = client->until_deadline(mine, step);
    auto running = run_on(client->strand_, client->executor_, std::move(operation), std::move(mine));
    auto [ec, outcome] = co_await std::move(running);
    if (ec) co_return Outcome(ec, true);
    co_return std::move(outcome);
  }

  asio::awaitable<http_outcome> exchange(call& mine);
  asio::awaitable<http_stream_outcome> begin(call& mine);
  asio::awaitable<result<bool>> close_and_wait();

  void close() {
    closed_ = true;
    pool_->close();
    time_outs_->expire_all();
  }

  /// Runs `operation` on the strand; the calling coroutine, which may be anywhere, waits for it.
  template <class T>
  auto on_strand(asio::awaitable<result<T>> operation) {
    return run_on(strand_, executor_, std::move(operation));
  }

  strand_type strand() const { return strand_; }
  std::weak_ptr<connection_pool> pool() const { return pool_; }

 private:
  /// Counts the operations under way.
  class running {
   public:
    explicit running(impl& client) : client_(client) { ++client_.running_; }
    ~running() {
      if (--client_.running_ == 0 && client_.closed_) client_.nothing_runs_.notify_all();
    }
    running(running const&) = delete;
    running& operator=(running const&) = delete;

   private:
    impl& client_;
  };

  class stream;

  asio::awaitable<result<std::string>> read_some(connection_ptr connection, time_point deadline);
  template <class Outcome>
  asio::awaitable<result<Outcome>> until_deadline(std::shared_ptr<call> mine,
                                                  asio::awaitable<Outcome> (impl::*step)(call&));

  asio::any_io_executor executor_;
  strand_type strand_;
  std::shared_ptr<time_source> time_;
  milliseconds request_timeout_;
  std::shared_ptr<deadlines> time_outs_;
  std::shared_ptr<connection_pool> pool_;
  event nothing_runs_;
  std::size_t running_ = 0;
  bool closed_ = false;
};

/// Enters the strand for every read.
class http_client::impl::stream final : public http_stream {
 public:
  stream(std::shared_ptr<impl> client, connection_ptr connection)
      : client_(std::move(client)), connection_(std::move(connection)) {}

  asio::awaitable<result<std::string>> read_some(time_point deadline) override {
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(cancellation)) co_return error_code(asio::error::operation_aborted);
    auto const client = client_;
    auto reading = client->on_strand(client->read_some(connection_, deadline));
    auto [ec, bytes] = co_await std::move(reading);
    if (ec) co_return ec;
    co_return std::move(bytes);
  }

 private:
  std::shared_ptr<impl> client_;
  connection_ptr connection_;
};

/// On the strand: runs `step` until it ends, time is up, or the client is closed; cancels it then and waits
/// for its end.
template <class Outcome>
asio::awaitable<result<Outcome>> http_client::impl::until_deadline(
    std::shared_ptr<call> mine, asio::awaitable<Outcome> (impl::*step)(call&)) {
  auto const self = shared_from_this();
  Outcome outcome;
  std::exception_ptr thrown;
  bool expired = false;
  if (!closed_) {
    running const counted(*this);
    timed_operation timed(mine->deadline, mine->signal);
    time_outs_->add(timed);
    try {
      auto stepping = (this->*step)(*mine);
      outcome = co_await std::move(stepping);
    } catch (...) {
      thrown = std::current_exception();
    }
    time_outs_->remove(timed);
    expired = timed.expired();
  }
  mine->explain(outcome, expired, closed_, thrown);
  co_return std::move(outcome);
}

asio::awaitable<http_outcome> http_client::impl::exchange(call& mine) {
  auto& request = mine.request;
  auto& progress = mine.progress;
  http_outcome outcome;
  auto permit = pool_->try_acquire();
  if (!permit) {
    auto granted = co_await pool_->wait_in_line();
    if (!granted) co_return http_outcome(granted.error(), false);
    permit.emplace(std::move(*granted));
  }
  while (!outcome.ec) {
    auto connection = pool_->take_idle();
    if (!connection) {
      auto opened = co_await pool_->connect();
      if (!opened) co_return http_outcome(opened.error(), false);
      connection = std::move(*opened);
    }
    if (time_->now() >= mine.deadline) {  // nobody would hear the answer
      outcome.ec = errc::backend_unavailable;
      pool_->give_back(std::move(connection));
      break;
    }
    bool const reused = connection->was_used();
    auto response = co_await connection->exchange(request, progress);
    if (response) {
      outcome.response = std::move(*response);
      pool_->give_back(std::move(connection));
      break;
    }
    bool const no_harm_done = !progress.sent || (request.repeatable && !progress.answered);
    if (!reused || !no_harm_done || response.error() == asio::error::operation_aborted) {
      outcome.ec = response.error();
    } else {
      progress = http_progress();
      pool_->drop_idle();
    }
  }
  co_return outcome;
}

asio::awaitable<http_stream_outcome> http_client::impl::begin(call& mine) {
  http_stream_outcome outcome;
  auto connected = co_await pool_->connect();
  if (!connected) {
    outcome.ec = connected.error();
    co_return outcome;
  }
  connection_ptr const connection = std::move(*connected);
  auto head = co_await connection->begin(mine.request, mine.progress);
  if (head) {
    outcome.response = std::move(*head);
    outcome.stream = std::make_shared<stream>(shared_from_this(), connection);
  } else {
    outcome.ec = head.error();
  }
  co_return outcome;
}

asio::awaitable<result<std::string>> http_client::impl::read_some(connection_ptr connection,
                                                                  time_point deadline) {
  auto const self = shared_from_this();
  if (closed_) co_return error_code(asio::error::operation_aborted);
  running const counted(*this);
  auto timed = with_deadline(*time_outs_, deadline, connection->read_some());
  auto ended = co_await std::move(timed);
  if (ended.thrown) co_return to_error_code(ended.thrown);
  if (!ended.value && ended.expired && !closed_) co_return make_error_code(errc::timeout);
  co_return std::move(ended.value);
}

asio::awaitable<result<bool>> http_client::impl::close_and_wait() {
  auto const self = shared_from_this();
  close();
  while (running_ > 0) {
    bool const woken = co_await nothing_runs_.wait();
    if (!woken) break;
  }
  co_return true;
}

http_client::http_client(asio::any_io_executor executor, std::shared_ptr<time_source> time,
                         std::shared_ptr<connector> connecting, http_client_options options)
    : impl_(std::make_shared<impl>(std::move(executor), std::move(time), std::move(connecting),
                                   std::move(options))) {}

http_client::~http_client() {
  // Weak: when the context is being destroyed nothing runs any more, and this must not keep the client alive.
  // Its pool may outlive it, waiting for its idle connections to be old enough.
  asio::dispatch(impl_->strand(), [weak = std::weak_ptr<impl>(impl_), idle = impl_->pool()] {
    if (auto const client = weak.lock()) {
      client->close();
    } else if (auto const pool = idle.lock()) {
      pool->close();
    }
  });
}

asio::awaitable<http_outcome> http_client::send(http_request request) {
  return impl::carry_out(impl_, std::move(request), &impl::exchange);
}

asio::awaitable<http_stream_outcome> http_client::open_stream(http_request request) {
  return impl::carry_out(impl_, std::move(request), &impl::begin);
}

asio::awaitable<void> http_client::close() {
  auto const client = impl_;
  auto closing = client->on_strand(client->close_and_wait());
  co_await std::move(closing);
}

}  // namespace chronicle
