#include "sim/agenda.hpp"

#include <algorithm>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <iterator>
#include <vector>

namespace chronicle::sim {

void agenda::wait_until(time_point deadline, asio::any_io_executor executor,
                        asio::any_completion_handler<void(error_code)> handler) {
  order const mine{deadline, next_++};
  auto slot = asio::get_associated_cancellation_slot(handler);
  if (slot.is_connected()) slot.assign([this, mine](asio::cancellation_type) { cancel(mine); });
  entries_.try_emplace(mine, entry{{}, std::move(executor), std::move(handler)});
}

void agenda::at(time_point when, std::function<void()> action) {
  entries_.try_emplace(order{when, next_++}, entry{std::move(action), {}, {}});
}

asio::execution_context const* agenda::let_happen() {
  if (entries_.empty() || entries_.begin()->first >= for_ever) return nullptr;
  auto next = entries_.extract(entries_.begin());
  now_ = std::max(now_, next.key().first);
  entry& due = next.mapped();
  if (due.action) {
    due.action();
    return nullptr;
  }
  auto const& loop = asio::query(due.executor, asio::execution::context);
  complete(std::move(due), error_code{});
  return &loop;
}

void agenda::complete(entry&& wait, error_code ec) {
  asio::post(wait.executor, asio::append(std::move(wait.handler), ec));
}

void agenda::cancel(order const& which) {
  if (auto cancelled = entries_.extract(which))
    complete(std::move(cancelled.mapped()), asio::error::operation_aborted);
}

void agenda::drop(asio::execution_context const& loop) {
  std::vector<std::map<order, entry>::node_type> dropped;  // destroyed last: what they hold may call back
  for (auto it = entries_.begin(); it != entries_.end();) {
    auto const here = it++;
    auto const& executor = here->second.executor;
    if (executor && &asio::query(executor, asio::execution::context) == &loop)
      dropped.push_back(entries_.extract(here));
  }
}

std::size_t agenda::pending() const {
  return static_cast<std::size_t>(std::distance(entries_.begin(), entries_.lower_bound(for_ever)));
}

}  // namespace chronicle::sim
