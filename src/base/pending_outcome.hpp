// The other kind of public operation: no coroutine of its own, its callers wait for what is being worked on
// anyway.
#pragma once

#include <boost/asio/append.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "base/launch.hpp"
#include "base/waiting.hpp"

namespace chronicle {

/// An outcome for which any number of callers wait. It is asked and settled on one strand.
template <class T>
class pending_outcome : public std::enable_shared_from_this<pending_outcome<T>> {
 public:
  /// `executor` is what the strand is made from: callers are told there, and not on the strand.
  explicit pending_outcome(asio::any_io_executor executor) : known_(std::move(executor)) {}

  /// Tells everybody who waits, and who will.
  void settle(outcome<T> ended) {
    ended_ = std::move(ended);
    known_.notify_all();
  }

  /// Calls `handler(std::exception_ptr, outcome<T>)` once it is known, off the strand and never inline.
  template <class Handler>
  void wait(Handler handler) {
    auto tell = [self = this->shared_from_this(), handler = std::move(handler)](error_code) mutable {
      std::move(handler)(nullptr, *self->ended_);
    };
    if (!ended_) return known_.async_wait(std::move(tell));
    asio::post(known_.get_executor(), asio::append(std::move(tell), error_code()));
  }

  /// The same; with `errc::cancelled` when `slot` is cancelled first, of a signal that is emitted on
  /// `strand`.
  template <class Handler>
  void wait_unless_cancelled(strand_type const& strand, asio::cancellation_slot slot, Handler handler) {
    auto tell = [self = this->shared_from_this(), slot, handler = std::move(handler)](error_code) mutable {
      // A cancellation may be on its way still: it must not look for the timer.
      slot.clear();
      outcome<T> const cancelled(make_error_code(errc::cancelled), T{});
      asio::post(self->known_.get_executor(),
                 asio::append(std::move(handler), nullptr, self->ended_ ? *self->ended_ : cancelled));
    };
    auto on_strand = asio::bind_executor(strand, std::move(tell));
    if (ended_) return asio::post(strand, asio::append(std::move(on_strand), error_code()));
    known_.async_wait(asio::bind_cancellation_slot(slot, std::move(on_strand)));
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
  // Who waits without a slot is told where the strand has been left already.
  detail::completion<way_out::dispatched, T, Handler> completion(std::move(state), executor,
                                                                 std::move(handler), {});
  asio::dispatch(
      strand, [ask = std::move(ask), strand, executor, slot, completion = std::move(completion)]() mutable {
        std::shared_ptr<pending_outcome<T>> pending;
        std::exception_ptr thrown;
        try {
          pending = ask();
        } catch (...) {
          thrown = std::current_exception();
        }
        if (!pending) {
          asio::post(executor, [thrown, completion = std::move(completion)]() mutable {
            std::move(completion)(thrown, outcome<T>());
          });
        } else if (slot.is_connected()) {
          pending->wait_unless_cancelled(strand, slot, std::move(completion));
        } else {
          pending->wait(std::move(completion));
        }
      });
}

}  // namespace chronicle
