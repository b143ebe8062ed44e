#include "transport/connection_pool.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>

namespace chronicle {

/// Somebody who waits for a permit; gives up the place when destroyed.
class connection_pool::place_in_line {
 public:
  explicit place_in_line(connection_pool& pool)
      : pool_(pool), called_(pool.strand_), place_(pool.line_.insert(pool.line_.end(), this)) {}
  ~place_in_line() {
    if (!granted_) pool_.line_.erase(place_);
  }
  place_in_line(place_in_line const&) = delete;
  place_in_line& operator=(place_in_line const&) = delete;

  void call() {
    granted_ = true;
    pool_.line_.erase(place_);
    called_.notify_all();
  }

  asio::awaitable<bool> wait() {
    while (!granted_) {
      bool const woken = co_await called_.wait();
      if (!woken) break;
    }
    co_return granted_;
  }

 private:
  connection_pool& pool_;
  event called_;
  std::list<place_in_line*>::iterator place_;
  bool granted_ = false;
};

connection_pool::connection_pool(strand_type strand, std::shared_ptr<time_source> time,
                                 std::shared_ptr<deadlines> time_outs, std::shared_ptr<connector> connecting,
                                 settings s)
    : strand_(std::move(strand)),
      time_(std::move(time)),
      time_outs_(std::move(time_outs)),
      connector_(std::move(connecting)),
      settings_(std::move(s)),
      expiry_(*time_) {}

std::optional<connection_pool::permit> connection_pool::try_acquire() {
  if (permits_out_ >= settings_.max_connections) return std::nullopt;
  ++permits_out_;
  return permit(shared_from_this());
}

asio::awaitable<result<connection_pool::permit>> connection_pool::wait_in_line() {
  auto const self = shared_from_this();
  place_in_line place(*this);
  bool const granted = co_await place.wait();
  if (!granted) co_return error_code(asio::error::operation_aborted);
  co_return permit(self);
}

void connection_pool::release() {
  if (line_.empty()) {
    --permits_out_;
  } else {
    line_.front()->call();
  }
}

std::unique_ptr<http_connection> connection_pool::take_idle() {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back().connection);
    idle_.pop_back();
    if (connection->is_reusable()) return connection;
  }
  return nullptr;
}

asio::awaitable<result<std::unique_ptr<http_connection>>> connection_pool::connect() {
  auto const self = shared_from_this();
  auto connecting = connector_->connect(settings_.server, strand_);
  auto opened =
      co_await with_deadline(*time_outs_, time_->now() + settings_.connect_timeout, std::move(connecting));
  if (opened.thrown) co_return to_error_code(opened.thrown);
  if (!opened.value && opened.expired) co_return make_error_code(errc::backend_unavailable);
  if (!opened.value) co_return opened.value.error();
  co_return std::make_unique<http_connection>(std::move(*opened.value), settings_.facts, settings_.limits);
}

void connection_pool::give_back(std::unique_ptr<http_connection> connection) {
  if (closed_ || !connection->is_kept_alive()) return;
  idle_.push_back({std::move(connection), time_->now()});
  if (std::exchange(watching_, true)) return;
  asio::co_spawn(strand_, expire_idle(shared_from_this()), asio::detached);
}

asio::awaitable<void> connection_pool::expire_idle(std::shared_ptr<connection_pool> self) {
  while (!self->idle_.empty()) {
    co_await self->expiry_.sleep_until(self->idle_.front().since + self->settings_.idle_timeout);
    auto const used_before = self->time_->now() - self->settings_.idle_timeout;
    while (!self->idle_.empty() && self->idle_.front().since <= used_before) self->idle_.pop_front();
  }
  self->watching_ = false;
}

void connection_pool::close() {
  closed_ = true;
  idle_.clear();
  expiry_.ring();
  time_outs_->close();
}

}  // namespace chronicle
