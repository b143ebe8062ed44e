// The other kind of public operation: no coroutine of its own, its callers wait for what is being worked on
// anyway.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/dispatch.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "base/launch.hpp"
#include "base/waiting.hpp"

namespace chronicle {

/// An outcome for which any number of callers wait. Lives on one strand.
template <class T>
class pending_outcome : public std::enable_shared_from_this<pending_outcome<T>> {
 public:
  explicit pending_outcome(asio::any_io_executor strand) : known_(std::move(strand)) {}

  /// Tells everybody who waits, and who will.
  void settle(outcome<T> ended) {
    ended_ = std::move(ended);
    known_.notify_all();
  }

  /// Gives it to `handler(std::exception_ptr, outcome<T>)`, at once when it is known; `errc::cancelled` when
  /// `slot` is cancelled first.
  template <class Handler>
  void wait(asio::cancellation_slot slot, Handler handler) {
    if (ended_) return std::move(handler)(nullptr, *ended_);
    known_.async_wait(asio::bind_cancellation_slot(
        slot, [self = this->shared_from_this(), slot, handler = std::move(handler)](error_code) mutable {
          // A cancellation may be on its way still: it must not look for the timer.
          if (slot.is_connected()) slot.clear();
          outcome<T> const cancelled(make_error_code(errc::cancelled), T{});
          std::move(handler)(nullptr, self->ended_ ? *self->ended_ : cancelled);
        }));
  }

 private:
  event known_;
  std::optional<outcome<T>> ended_;
};

/// Calls `ask` on `strand`, which gives the `std::shared_ptr<pending_outcome<T>>` to wait for, and lets
/// `handler` hear it. Cancellation of any type ends the waiting and nothing else. All else as for `launch`.
template <class T, class Ask, class Handler>
void launch_wait(strand_type const& strand, asio::any_io_executor const& executor, Ask ask, Handler handler) {
  auto state = detail::listen_to_slot(handler, strand, obey_every_cancellation);
  auto const slot = detail::slot_of(state);
  detail::completion<way_out::posted, T, Handler> completion(std::move(state), executor, std::move(handler),
                                                             {});
  asio::dispatch(strand, [ask = std::move(ask), slot, completion = std::move(completion)]() mutable {
    std::shared_ptr<pending_outcome<T>> pending;
    std::exception_ptr thrown;
    try {
      pending = ask();
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown) return std::move(completion)(thrown, outcome<T>());
    pending->wait(slot, std::move(completion));
  });
}

}  // namespace chronicle
