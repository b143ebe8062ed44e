#include "base/wake_up_call.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace chronicle {

void wake_up_call::cancel() {
  next_ = time_point::max();
  if (running_) alarm_.ring();
}

void wake_up_call::spawn(std::shared_ptr<wake_up_call> self) {
  running_ = true;
  asio::co_spawn(strand_, run(self), [self](std::exception_ptr broken) {
    if (broken) self->running_ = false;  // the next order begins anew
  });
}

asio::awaitable<void> wake_up_call::run(std::shared_ptr<wake_up_call> self) {
  while (self->next_ < time_point::max()) {
    if (self->time_.now() < self->next_) {
      auto sleeping = self->alarm_.sleep_until(self->next_);
      co_await std::move(sleeping);
    } else {
      self->next_ = time_point::max();
      auto const wanted = self->duty_();  // which may order as well
      if (wanted) self->next_ = std::min(self->next_, *wanted);
    }
  }
  self->running_ = false;
}

}  // namespace chronicle
