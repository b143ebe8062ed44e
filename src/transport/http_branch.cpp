#include "transport/http_branch.hpp"

#include <boost/asio/error.hpp>
#include <optional>

#include "base/launch.hpp"

namespace chronicle {

void http_call::explain(http_outcome& outcome, bool closed, std::exception_ptr const& thrown) const {
  if (!outcome.ec && outcome.response.status != 0) return;
  outcome.sent = progress.sent;
  if (closed) {
    outcome.ec = asio::error::operation_aborted;
  } else if (expired()) {
    outcome.ec = progress.sent ? errc::timeout : errc::backend_unavailable;
  } else if (thrown) {
    outcome.ec = to_error_code(thrown);
  }
}

http_branch::http_branch(strand_type on, std::shared_ptr<time_source> time,
                         std::shared_ptr<connector> connecting, connection_pool::settings settings)
    : strand_(std::move(on)),
      time_(std::move(time)),
      time_outs_(std::make_shared<deadlines>(time_, strand_)),
      pool_(std::make_shared<connection_pool>(strand_, time_, time_outs_, std::move(connecting),
                                              std::move(settings))),
      nothing_runs_(strand_) {}

http_branch::running::~running() {
  if (--here_.running_ == 0 && here_.closed_) here_.nothing_runs_.notify_all();
}

http_branch::under_way::under_way(http_branch& here, http_call& mine)
    : counted_(here), time_outs_(*here.time_outs_), mine_(mine) {
  time_outs_.add(mine_);
}

http_branch::under_way::~under_way() {
  time_outs_.remove(mine_);
}

// A call that is stopped between two steps has to see it by itself.
bool http_branch::has_stopped(http_call const& mine) const {
  return closed_ || mine.expired() || time_->now() >= mine.deadline();
}

void http_branch::close() {
  closed_ = true;
  pool_->close();
  time_outs_->expire_all();
}

asio::awaitable<http_outcome> http_branch::exchange(http_call& mine) {
  auto& request = mine.request;
  auto& progress = mine.progress;
  http_outcome outcome;
  auto permit = pool_->try_acquire();
  if (!permit) {
    connection_pool::place_in_line place(*pool_);
    mine.waits_in(&place);
    auto waiting = place.wait();
    auto granted = co_await std::move(waiting);
    mine.waits_in(nullptr);
    if (!granted) co_return http_outcome(granted.error(), false);
    permit.emplace(std::move(*granted));
  }
  while (!outcome.ec) {
    auto connection = pool_->take_idle();
    if (!connection && !has_stopped(mine)) {
      auto connecting = pool_->connect(mine.deadline());
      auto opened = co_await std::move(connecting);
      if (!opened) co_return http_outcome(opened.error(), false);
      connection = std::move(*opened);
    }
    if (has_stopped(mine)) {  // nobody would hear the answer
      outcome.ec = errc::backend_unavailable;
      if (connection) pool_->give_back(std::move(connection));
      break;
    }
    bool const reused = connection->was_used();
    mine.goes_over(connection.get());
    auto exchanging = connection->exchange(request, progress);
    auto response = co_await std::move(exchanging);
    mine.goes_over(nullptr);
    if (response) {
      outcome.response = std::move(*response);
      pool_->give_back(std::move(connection));
      break;
    }
    bool const no_harm_done = !progress.sent || (request.repeatable && !progress.answered);
    bool const aborted = has_stopped(mine) || response.error() == asio::error::operation_aborted;
    if (!reused || !no_harm_done || aborted) {
      outcome.ec = response.error();
    } else {
      progress = http_progress();
      pool_->drop_idle();
    }
  }
  co_return outcome;
}

asio::awaitable<result<std::string>> http_branch::read_some(std::shared_ptr<http_connection> connection,
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

asio::awaitable<result<bool>> http_branch::close_and_wait(std::shared_ptr<http_branch> self) {
  self->close();
  while (self->running_ > 0) {
    auto waiting = self->nothing_runs_.wait();
    bool const woken = co_await std::move(waiting);
    if (!woken) break;
  }
  co_return true;
}

/// Enters the strand for every read.
class http_branch::stream final : public http_stream {
 public:
  stream(std::shared_ptr<http_branch> on, std::shared_ptr<http_connection> connection)
      : branch_(std::move(on)), connection_(std::move(connection)) {}

  asio::awaitable<result<std::string>> read_some(time_point deadline) override {
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(cancellation)) co_return error_code(asio::error::operation_aborted);
    auto const on = branch_;
    auto reading = run_on(on->strand_, on->strand_, on->read_some(connection_, deadline));
    auto [ec, bytes] = co_await std::move(reading);
    if (ec) co_return ec;
    co_return std::move(bytes);
  }

 private:
  std::shared_ptr<http_branch> branch_;
  std::shared_ptr<http_connection> connection_;
};

asio::awaitable<http_stream_outcome> http_branch::begin(http_call& mine) {
  http_stream_outcome outcome;
  auto connecting = pool_->connect(mine.deadline());
  auto connected = co_await std::move(connecting);
  if (!connected) {
    outcome.ec = connected.error();
    co_return outcome;
  }
  if (has_stopped(mine)) {
    outcome.ec = errc::backend_unavailable;
    co_return outcome;
  }
  std::shared_ptr<http_connection> const connection = std::move(*connected);
  mine.goes_over(connection.get());
  auto beginning = connection->begin(mine.request, mine.progress);
  auto head = co_await std::move(beginning);
  mine.goes_over(nullptr);
  if (head) {
    outcome.response = std::move(*head);
    outcome.stream = std::make_shared<stream>(shared_from_this(), connection);
  } else {
    outcome.ec = head.error();
  }
  co_return outcome;
}

}  // namespace chronicle
