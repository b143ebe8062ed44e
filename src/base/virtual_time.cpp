#include "chronicle/virtual_time.hpp"

#include <algorithm>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace chronicle {

class virtual_time::state : public std::enable_shared_from_this<state> {
 public:
  using order = std::pair<time_point, std::uint64_t>;

  struct waiting {
    asio::any_io_executor executor;
    asio::any_completion_handler<void(error_code)> handler;
  };
  using wait_map = std::map<order, waiting>;
  using node = wait_map::node_type;

  explicit state(wall_time_point wall) : wall_at_zero_(wall) {}

  time_point now() const {
    std::lock_guard const lock(mutex_);
    return now_;
  }

  wall_time_point wall_now() const {
    std::lock_guard const lock(mutex_);
    return wall_at_zero_ + std::chrono::floor<milliseconds>(now_.time_since_epoch());
  }

  void add(time_point deadline, asio::any_io_executor executor,
           asio::any_completion_handler<void(error_code)> handler);

  node take(order at) {
    std::lock_guard const lock(mutex_);
    return waits_.extract(at);
  }

  /// Moves time to the next wait that is due by `limit` and completes it. False if there is none.
  bool fire_next(time_point limit);

  bool anybody_waits() const {
    std::lock_guard const lock(mutex_);
    return !waits_.empty() && waits_.begin()->first < for_ever;
  }

  std::size_t pending() const {
    std::lock_guard const lock(mutex_);
    return static_cast<std::size_t>(std::distance(waits_.begin(), waits_.lower_bound(for_ever)));
  }

  void move_to(time_point t) {
    std::lock_guard const lock(mutex_);
    now_ = std::max(now_, t);
  }

  void step_wall_clock(milliseconds by) {
    std::lock_guard const lock(mutex_);
    wall_at_zero_ += by;
  }

  /// Destroys the waits that belong to a context on its way out, and with them the coroutines that own this
  /// clock.
  void drop(asio::execution_context const& context) {
    std::vector<node> dropped;  // destroyed without the lock: what it holds may call back
    std::lock_guard const lock(mutex_);
    for (auto it = waits_.begin(); it != waits_.end();) {
      auto const here = it++;
      if (&asio::query(here->second.executor, asio::execution::context) == &context)
        dropped.push_back(waits_.extract(here));
    }
  }

 private:
  static constexpr order for_ever{time_point::max(), 0};

  node take_next(time_point limit) {
    std::lock_guard const lock(mutex_);
    if (waits_.empty() || waits_.begin()->first >= for_ever || waits_.begin()->first.first > limit) return {};
    now_ = std::max(now_, waits_.begin()->first.first);
    return waits_.extract(waits_.begin());
  }

  mutable std::mutex mutex_;
  time_point now_{};
  wall_time_point wall_at_zero_;
  std::uint64_t next_seq_ = 0;
  wait_map waits_;
};

namespace {

/// Tells the clocks in use on an execution context that it shuts down. Without it a coroutine that waits on a
/// virtual clock and owns that clock would keep both alive for ever.
class shutdown_notice final : public asio::execution_context::service {
 public:
  using key_type = shutdown_notice;
  inline static asio::execution_context::id id;

  explicit shutdown_notice(asio::execution_context& context) : asio::execution_context::service(context) {}

  void add(std::weak_ptr<void> owner, std::function<void(asio::execution_context const&)> drop) {
    std::lock_guard const lock(mutex_);
    for (auto const& known : clocks_)
      if (!known.owner.owner_before(owner) && !owner.owner_before(known.owner)) return;
    clocks_.push_back({std::move(owner), std::move(drop)});
  }

 private:
  struct clock {
    std::weak_ptr<void> owner;
    std::function<void(asio::execution_context const&)> drop;
  };

  void shutdown() override {
    for (auto const& known : clocks_)
      if (auto const alive = known.owner.lock()) known.drop(context());
  }

  std::mutex mutex_;
  std::vector<clock> clocks_;
};

void complete(asio::any_io_executor const& executor, asio::any_completion_handler<void(error_code)> handler,
              error_code ec) {
  asio::post(executor, asio::append(std::move(handler), ec));
}

}  // namespace

bool virtual_time::state::fire_next(time_point limit) {
  node next = take_next(limit);
  if (!next) return false;
  complete(next.mapped().executor, std::move(next.mapped().handler), error_code{});
  return true;
}

void virtual_time::state::add(time_point deadline, asio::any_io_executor executor,
                              asio::any_completion_handler<void(error_code)> handler) {
  auto& context = asio::query(executor, asio::execution::context);
  asio::use_service<shutdown_notice>(context).add(
      weak_from_this(), [this](asio::execution_context const& leaving) { drop(leaving); });

  auto slot = asio::get_associated_cancellation_slot(handler);
  std::lock_guard const lock(mutex_);
  order const at{deadline, next_seq_++};
  if (slot.is_connected()) {
    slot.assign([weak = weak_from_this(), at](asio::cancellation_type) {
      auto const self = weak.lock();
      if (!self) return;
      if (node cancelled = self->take(at))
        complete(cancelled.mapped().executor, std::move(cancelled.mapped().handler),
                 asio::error::operation_aborted);
    });
  }
  waits_.emplace(at, waiting{std::move(executor), std::move(handler)});
}

virtual_time::virtual_time(wall_time_point wall) : state_(std::make_shared<state>(wall)) {}
virtual_time::~virtual_time() = default;

time_point virtual_time::now() const noexcept {
  return state_->now();
}
wall_time_point virtual_time::wall_now() const noexcept {
  return state_->wall_now();
}

void virtual_time::wait_until(time_point deadline, asio::any_io_executor executor,
                              asio::any_completion_handler<void(error_code)> handler) {
  state_->add(deadline, std::move(executor), std::move(handler));
}

virtual_time::stop virtual_time::run(asio::io_context& context, std::function<bool()> const& done,
                                     time_point limit) {
  auto const stops_only_when_told = asio::make_work_guard(context);
  context.restart();
  while (true) {
    context.poll();
    if (context.stopped()) return stop::stopped;
    if (done && done()) return stop::condition;
    if (now() > limit) return stop::deadline;
    if (state_->fire_next(limit)) continue;
    if (!state_->anybody_waits()) return stop::quiescent;
    state_->move_to(limit);
    return stop::deadline;
  }
}

bool virtual_time::step(asio::io_context& context) {
  context.restart();
  return context.poll_one() > 0 || state_->fire_next(time_point::max());
}

virtual_time::stop virtual_time::run_for(asio::io_context& context, boot_clock::duration how_long) {
  time_point const limit = now() + how_long;
  stop const why = run(context, {}, limit);
  state_->move_to(limit);
  return why;
}

virtual_time::stop virtual_time::run_to_quiescence(asio::io_context& context, time_point limit) {
  return run(context, {}, limit);
}

void virtual_time::stall(boot_clock::duration how_long) {
  state_->move_to(now() + how_long);
}
void virtual_time::step_wall_clock(milliseconds by) {
  state_->step_wall_clock(by);
}
std::size_t virtual_time::pending_waits() const {
  return state_->pending();
}

}  // namespace chronicle
