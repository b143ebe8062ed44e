#include "base/deadlines.hpp"

#include <boost/asio/detached.hpp>

namespace chronicle {

void deadlines::add(timed_operation& operation) {
  all_.insert(all_.end(), operation);  // most have the same time-out, so this is the latest
  if (!std::exchange(watching_, true)) {
    asio::co_spawn(strand_, watch(shared_from_this()), asio::detached);
  } else if (operation.deadline() < planned_wake_) {
    alarm_.ring();
  }
}

void deadlines::remove(timed_operation& operation) {
  operation.unlink();
  if (closed_ && all_.empty()) alarm_.ring();
}

void deadlines::expire_due(time_point now) {
  while (!all_.empty() && all_.begin()->deadline() <= now) {
    auto& due = *all_.begin();
    due.unlink();
    due.expire();
  }
}

void deadlines::expire_all() {
  expire_due(time_point::max());
}

void deadlines::close() {
  closed_ = true;
  alarm_.ring();
}

asio::awaitable<void> deadlines::watch(std::shared_ptr<deadlines> self) {
  while (true) {
    time_point const now = self->time_->now();
    self->expire_due(now);
    bool const idle = self->all_.empty();
    if (idle && (self->closed_ || self->planned_wake_ <= now)) break;
    if (!idle) self->planned_wake_ = self->all_.begin()->deadline();
    auto sleeping = self->alarm_.sleep_until(self->planned_wake_);
    co_await std::move(sleeping);
  }
  self->watching_ = false;
}

}  // namespace chronicle
