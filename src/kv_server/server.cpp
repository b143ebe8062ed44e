#include "chronicle/kv_server/server.hpp"

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/address.hpp>
#include <list>
#include <utility>
#include <vector>

#include "base/launch.hpp"
#include "base/waiting.hpp"
#include "kv_server/connection.hpp"
#include "transport/tcp.hpp"

namespace chronicle::kv {

using namespace std::chrono_literals;

/// Lives as long as the server or one of its coroutines. Everything but `shared` belongs to the strand.
class server::core : public std::enable_shared_from_this<server::core> {
 public:
  core(asio::any_io_executor executor, server_options const& options)
      : shared(std::make_shared<services>(options)),
        executor_(std::move(executor)),
        strand_(executor_),
        changed_(*shared->time) {}

  strand_type const& strand() const noexcept { return strand_; }

  void add_listener(std::unique_ptr<listener> source);
  void add_connection(std::unique_ptr<byte_stream> stream, strand_type strand, bool secure);
  void serve_stream(std::unique_ptr<byte_stream> stream);
  asio::awaitable<result<std::size_t>> stop(std::chrono::milliseconds patience);
  void abandon();

  std::shared_ptr<services> const shared;

 private:
  using connection_list = std::list<std::weak_ptr<connection>>;

  asio::awaitable<void> accept_from(listener& source);
  bool make_room();
  void begin_stopping();
  asio::awaitable<void> wait_for_connections(time_point deadline);

  asio::any_io_executor executor_;
  strand_type strand_;
  std::list<std::unique_ptr<listener>> listeners_;
  connection_list connections_;
  alarm changed_;  // a connection has ended; one coroutine waits, the one that stops
};

void server::core::add_listener(std::unique_ptr<listener> source) {
  if (shared->stopping) return;
  listeners_.push_back(std::move(source));
  asio::co_spawn(strand_, accept_from(*listeners_.back()),
                 [self = shared_from_this()](std::exception_ptr thrown) {
                   if (thrown)
                     self->shared->log.write(log_level::error, "accept_failed",
                                             {{"reason", to_error_code(thrown).message()}});
                 });
}

asio::awaitable<void> server::core::accept_from(listener& source) {
  while (!shared->stopping) {
    strand_type const strand(executor_);
    auto accepting = source.accept(strand);
    auto accepted = co_await std::move(accepting);
    if (accepted) {
      add_connection(std::move(*accepted), strand, shared->tls != nullptr);
      continue;
    }
    if (accepted.error() == asio::error::operation_aborted) co_return;
    // Most likely no file descriptor was left.
    shared->log.write(log_level::warning, "accept_failed", {{"reason", accepted.error().message()}});
    make_room();
    auto pause = sleep_until(*shared->time, shared->time->now() + 100ms);
    co_await std::move(pause);
  }
}

void server::core::add_connection(std::unique_ptr<byte_stream> stream, strand_type strand, bool secure) {
  auto& metrics = shared->metrics;
  ++metrics.connections_accepted;
  bool const full = connections_.size() >= shared->options.max_connections;
  if (shared->stopping || (full && !make_room())) {
    ++metrics.connections_refused;
    return;
  }
  auto const made = std::make_shared<connection>(shared, strand, std::move(stream), secure);
  auto const at = connections_.insert(connections_.end(), made);
  ++metrics.connections_open;
  made->start([self = shared_from_this(), at] {
    asio::dispatch(self->strand_, [self, at] {
      self->connections_.erase(at);
      --self->shared->metrics.connections_open;
      self->changed_.ring();
    });
  });
}

void server::core::serve_stream(std::unique_ptr<byte_stream> stream) {
  // Its I/O runs on an executor of the caller's choice; a strand over it makes that one at a time.
  strand_type const strand(stream->get_executor());
  add_connection(std::move(stream), strand, false);
}

/// Ends the connections whose clients have kept us waiting longest, idle or in the middle of something: one
/// in 64, so that a crowd of newcomers does not make us look through all connections for each of them. False
/// when no client is being waited for.
bool server::core::make_room() {
  using candidate = std::pair<time_point, std::shared_ptr<connection>>;
  std::vector<candidate> waiting;
  for (auto const& weak : connections_) {
    auto c = weak.lock();
    auto const since = c ? c->waiting_since() : time_point::max();
    if (since != time_point::max()) waiting.emplace_back(since, std::move(c));
  }
  auto const wanted = std::min(waiting.size(), connections_.size() / 64 + 1);
  auto const end = waiting.begin() + static_cast<std::ptrdiff_t>(wanted);
  std::ranges::nth_element(waiting, end, {}, &candidate::first);
  for (auto it = waiting.begin(); it != end; ++it) it->second->cut();
  shared->metrics.connections_evicted += wanted;
  return wanted > 0;
}

void server::core::begin_stopping() {
  shared->stopping = true;
  for (auto const& source : listeners_) source->close();
  for (auto const& weak : connections_)
    if (auto const c = weak.lock()) c->stop();
}

asio::awaitable<void> server::core::wait_for_connections(time_point deadline) {
  while (!connections_.empty() && shared->time->now() < deadline) {
    auto waiting = changed_.sleep_until(deadline);
    co_await std::move(waiting);
  }
}

asio::awaitable<result<std::size_t>> server::core::stop(std::chrono::milliseconds patience) {
  if (shared->stopping) co_return make_error_code(errc::shutting_down);
  shared->log.write(log_level::info, "kv_server_stopping",
                    {{"connections", std::to_string(connections_.size())}});
  begin_stopping();
  auto graceful = wait_for_connections(shared->time->now() + patience);
  co_await std::move(graceful);
  std::size_t const cut = connections_.size();
  for (auto const& weak : connections_)
    if (auto const c = weak.lock()) c->cut();
  auto forced = wait_for_connections(shared->time->now() + 5s);
  co_await std::move(forced);
  shared->store->close();
  shared->log.write(log_level::info, "kv_server_stopped", {{"cut", std::to_string(cut)}});
  co_return cut;
}

void server::core::abandon() {
  asio::dispatch(strand_, [self = shared_from_this()] {
    if (!self->shared->stopping) self->begin_stopping();
    for (auto const& weak : self->connections_)
      if (auto const c = weak.lock()) c->cut();
  });
}

server::server(asio::any_io_executor executor, server_options const& options)
    : executor_(executor), core_(std::make_shared<core>(std::move(executor), options)) {}

server::~server() {
  core_->abandon();
  core_->shared->store->close();
}

std::uint16_t server::listen(std::string const& address, std::uint16_t port) {
  error_code ec;
  auto const parsed = asio::ip::make_address(address, ec);
  std::string const where = "cannot listen on " + address + ":" + std::to_string(port) + ": ";
  if (ec) throw setup_error(where + "this is not an IP address; write 127.0.0.1, ::1, 0.0.0.0 or ::");
  if (!parsed.is_loopback() && core_->shared->options.token.empty())
    throw setup_error(
        where + "other machines could reach it and there is no token; set a token, or listen on 127.0.0.1");
  auto made = make_tcp_listener(endpoint(address, port), core_->strand());
  if (!made) throw setup_error(where + made.error().message());
  auto const bound = (*made)->local().port;
  serve(std::move(*made));
  return bound;
}

void server::serve(std::unique_ptr<listener> source) {
  asio::dispatch(core_->strand(), [core = core_, source = std::move(source)]() mutable {
    core->add_listener(std::move(source));
  });
}

void server::serve(std::unique_ptr<byte_stream> stream) {
  asio::dispatch(core_->strand(), [core = core_, stream = std::move(stream)]() mutable {
    core->serve_stream(std::move(stream));
  });
}

void server::stop(std::chrono::milliseconds patience, stop_handler handler) {
  auto stopping = [](std::shared_ptr<core> kept,
                     std::chrono::milliseconds how_long) -> asio::awaitable<result<std::size_t>> {
    auto operation = kept->stop(how_long);
    auto outcome = co_await std::move(operation);
    co_return outcome;
  };
  launch(core_->strand(), executor_, stopping(core_, patience), std::move(handler),
         asio::cancellation_type::none);
}

}  // namespace chronicle::kv
