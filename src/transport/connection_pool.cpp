#include "transport/connection_pool.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>

namespace chronicle {

connection_pool::place_in_line::place_in_line(connection_pool& pool)
    : pool_(pool), called_(pool.strand_), place_(pool.line_.insert(pool.line_.end(), this)) {}

connection_pool::place_in_line::~place_in_line() {
  if (!granted_) pool_.line_.erase(place_);
}

void connection_pool::place_in_line::call() {
  granted_ = true;
  pool_.line_.erase(place_);
  called_.notify_all();
}

void connection_pool::place_in_line::leave() {
  left_ = true;
  called_.notify_all();
}

asio::awaitable<result<connection_pool::permit>> connection_pool::place_in_line::wait() {
  while (!granted_ && !left_) {
    auto waiting = called_.wait();
    bool const woken = co_await std::move(waiting);
    if (!woken) break;
  }
  if (!granted_) co_return error_code(asio::error::operation_aborted);
  co_return permit(pool_.shared_from_this());
}

connection_pool::connection_pool(strand_type strand, std::shared_ptr<time_source> time,
                                 std::shared_ptr<deadlines> time_outs, std::shared_ptr<connector> connecting,
                                 settings s)
    : strand_(std::move(strand)),
      time_(std::move(time)),
      time_outs_(std::move(time_outs)),
      connector_(std::move(connecting)),
      settings_(std::move(s)),
      expiry_(*time_, strand_, [this] { return expire_idle(); }) {}

std::optional<connection_pool::permit> connection_pool::try_acquire() {
  if (permits_out_ >= settings_.max_connections) return std::nullopt;
  ++permits_out_;
  return permit(shared_from_this());
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

asio::awaitable<result<std::unique_ptr<http_connection>>> connection_pool::connect(time_point deadline) {
  auto const self = shared_from_this();
  time_point const patience = std::min(time_->now() + settings_.connect_timeout, deadline);
  auto connecting = with_deadline(*time_outs_, patience, connector_->connect(settings_.server, strand_));
  auto opened = co_await std::move(connecting);
  bool const failed = opened.thrown || !opened.value;
  if (failed && opened.expired) co_return make_error_code(errc::backend_unavailable);
  if (opened.thrown) co_return to_error_code(opened.thrown);
  if (failed) co_return opened.value.error();
  co_return std::make_unique<http_connection>(std::move(*opened.value), settings_.facts, settings_.limits);
}

void connection_pool::give_back(std::unique_ptr<http_connection> connection) {
  if (closed_ || !connection->is_kept_alive()) return;
  idle_.push_back({std::move(connection), time_->now()});
  expiry_.order(idle_.back().since + settings_.idle_timeout, *this);
}

std::optional<time_point> connection_pool::expire_idle() {
  time_point const used_before = time_->now() - settings_.idle_timeout;
  while (!idle_.empty() && idle_.front().since <= used_before) idle_.pop_front();
  if (idle_.empty()) return std::nullopt;
  return idle_.front().since + settings_.idle_timeout;
}

void connection_pool::close() {
  closed_ = true;
  idle_.clear();
  expiry_.cancel();
  time_outs_->close();
}

}  // namespace chronicle
