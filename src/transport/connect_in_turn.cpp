#include "transport/connect_in_turn.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <utility>

#include "base/deadlines.hpp"

namespace chronicle {
namespace {

struct turn {
  endpoint address;
  milliseconds patience{250};

  explicit turn(endpoint a) : address(std::move(a)) {}
};

}  // namespace

asio::awaitable<result<std::unique_ptr<byte_stream>>> connect_in_turn(connector& to_address,
                                                                      std::vector<endpoint> addresses,
                                                                      asio::any_io_executor executor,
                                                                      std::shared_ptr<time_source> time) {
  if (addresses.empty()) co_return error_code(asio::error::host_not_found);
  auto const cancellation = co_await asio::this_coro::cancellation_state;
  auto const here = co_await asio::this_coro::executor;
  auto const time_outs = std::make_shared<deadlines>(time, here);
  time_outs->close();  // the timer is not kept after an attempt
  std::deque<turn> left(addresses.begin(), addresses.end());
  while (left.size() > 1) {
    turn tried = std::move(left.front());
    left.pop_front();
    auto connecting =
        with_deadline(*time_outs, time->now() + tried.patience, to_address.connect(tried.address, executor));
    auto ended = co_await std::move(connecting);
    bool const connected = !ended.thrown && ended.value;
    if (connected) co_return std::move(*ended.value);
    if (is_cancelled(cancellation)) co_return error_code(asio::error::operation_aborted);
    if (!ended.expired) continue;
    tried.patience *= 2;
    left.push_back(std::move(tried));
  }
  auto connecting = to_address.connect(left.front().address, executor);
  auto opened = co_await std::move(connecting);
  co_return opened;
}

}  // namespace chronicle
