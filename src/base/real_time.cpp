#include <time.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/consign.hpp>

#include "chronicle/time_source.hpp"

namespace chronicle {

boot_clock::time_point boot_clock::now() noexcept {
#ifdef CLOCK_BOOTTIME
  constexpr clockid_t clock = CLOCK_BOOTTIME;
#else
  constexpr clockid_t clock = CLOCK_MONOTONIC;
#endif
  timespec t{};
  ::clock_gettime(clock, &t);
  return time_point{std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec}};
}

namespace {

class real_time_source final : public time_source {
 public:
  time_point now() const noexcept override { return boot_clock::now(); }

  wall_time_point wall_now() const noexcept override {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  }

  void wait_until(time_point deadline, asio::any_io_executor executor,
                  asio::any_completion_handler<void(error_code)> handler) override {
    using timer_type = asio::basic_waitable_timer<boot_clock>;
    auto const timer = std::make_shared<timer_type>(executor, deadline);
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      // What a timer puts into a slot by itself points at the timer even after the wait has ended.
      slot.assign([weak = std::weak_ptr(timer)](asio::cancellation_type) {
        if (auto const waiting = weak.lock()) waiting->cancel();
      });
    }
    auto without_slot = asio::bind_cancellation_slot(asio::cancellation_slot{}, std::move(handler));
    timer->async_wait(asio::consign(std::move(without_slot), timer));
  }
};

}  // namespace

std::shared_ptr<time_source> make_real_time_source() {
  return std::make_shared<real_time_source>();
}

}  // namespace chronicle
