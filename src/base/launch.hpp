// The bridge from a public operation to the coroutine that carries it out.
//
// The coroutine runs on the strand. The rules:
// - the handler is called exactly once, on its own associated executor, never inline and never on the strand
//   unless it asked for that;
//
// - the caller's cancellation slot holds a weak proxy that enters the strand before it cancels, so a cancel
//   may come from any thread that owns the slot, and one that comes after completion does nothing;
//
// - work is tracked on the handler's executor while the operation runs, so that executor's context must
//   outlive the operation;
//
// - an exception becomes an error code: that of a system_error, `errc::internal_error` otherwise.
#pragma once

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/logger.hpp"
#include "base/strand.hpp"
#include "chronicle/error.hpp"

namespace chronicle {

namespace asio = boost::asio;

/// Which cancellation types an operation obeys; each reaches the coroutine as `terminal`.
inline constexpr asio::cancellation_type obey_every_cancellation =
    asio::cancellation_type::terminal | asio::cancellation_type::partial | asio::cancellation_type::total;

/// The error code that describes an exception: its own for a system_error, `errc::internal_error` for any
/// other, whose text goes to `log`.
error_code to_error_code(std::exception_ptr const& thrown, logger const& log = {}) noexcept;

/// What an operation ends with when its value has something to say beside an error as well.
template <class T>
struct outcome {
  using value_type = T;

  error_code ec;
  T value{};

  outcome() = default;
  outcome(error_code e, T v) : ec(e), value(std::move(v)) {}
  outcome(result<T> r)
      : ec(r ? error_code{} : r.error()), value(r ? std::move(*r) : T{}) {}  // NOLINT: a conversion
};

/// How an outcome leaves the strand.
enum class way_out {
  posted,      ///< first of all, whoever hears it
  dispatched,  ///< as its handler's executor likes: for our own coroutines, which cannot tell
};

/// What an operation is cancelled with, on its strand. It may be part of what the operation works on.
struct cancellable_operation {
  explicit cancellable_operation(strand_type s) : strand(std::move(s)) {}
  strand_type strand;
  asio::cancellation_signal signal;
};

namespace detail {

/// Sits in the caller's slot. Owns nothing, least of all a strand, which must not outlive its context.
struct cancellation_proxy {
  std::weak_ptr<cancellable_operation> operation;
  asio::cancellation_type mask;

  cancellation_proxy(std::weak_ptr<cancellable_operation> o, asio::cancellation_type m)
      : operation(std::move(o)), mask(m) {}

  void operator()(asio::cancellation_type type) const {
    if ((type & mask) == asio::cancellation_type::none) return;
    auto state = operation.lock();
    if (!state) return;
    auto const strand = state->strand;
    // If the coroutine ends before this runs, Asio has cleared the slot behind the signal.
    asio::dispatch(strand,
                   [state = std::move(state)] { state->signal.emit(asio::cancellation_type::terminal); });
  }
};

/// The handler's executor, or the one for handlers that have none of their own.
template <class Handler>
auto track_work(Handler const& handler, asio::any_io_executor const& otherwise) {
  return asio::prefer(asio::get_associated_executor(handler, otherwise),
                      asio::execution::outstanding_work.tracked);
}

/// The last step, on the handler's executor.
template <class T, class Handler, class Executor>
struct final_call {
  using executor_type = Executor;

  executor_type executor;
  Handler handler;
  outcome<T> ended;

  executor_type get_executor() const noexcept { return executor; }

  void operator()() {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) slot.clear();
    std::move(handler)(ended.ec, std::move(ended.value));
  }
};

/// What is called on the strand when the operation has ended.
template <way_out way, class T, class Handler>
class completion {
 public:
  completion(std::shared_ptr<cancellable_operation> state, asio::any_io_executor const& executor,
             Handler handler, std::shared_ptr<logger const> log)
      : state_(std::move(state)),
        executor_(executor),
        tracked_(track_work(handler, executor)),
        handler_(std::move(handler)),
        log_(std::move(log)) {}

  void operator()(std::exception_ptr thrown, outcome<T> ended) {
    if (thrown) ended = outcome<T>(to_error_code(thrown, log_ ? *log_ : logger{}), T{});
    state_.reset();
    final_call<T, Handler, tracked_executor> last{std::move(tracked_), std::move(handler_), std::move(ended)};
    if constexpr (way == way_out::posted) {
      asio::post(executor_, std::move(last));
    } else {
      asio::dispatch(std::move(last));
    }
  }

 private:
  using tracked_executor =
      decltype(track_work(std::declval<Handler const&>(), std::declval<asio::any_io_executor const&>()));
  struct not_needed {
    explicit not_needed(asio::any_io_executor const&) {}
  };

  std::shared_ptr<cancellable_operation> state_;
  std::conditional_t<way == way_out::posted, asio::any_io_executor, not_needed> executor_;
  tracked_executor tracked_;
  Handler handler_;
  std::shared_ptr<logger const> log_;
};

/// Lets the handler's slot cancel `state`, which is made if there is none. Without a slot nothing is.
template <class Handler>
std::shared_ptr<cancellable_operation> listen_to_slot(Handler const& handler, strand_type const& strand,
                                                      asio::cancellation_type mask,
                                                      std::shared_ptr<cancellable_operation> state = {}) {
  auto slot = asio::get_associated_cancellation_slot(handler);
  if (!slot.is_connected()) return state;
  if (!state) state = std::make_shared<cancellable_operation>(strand);
  slot.template emplace<cancellation_proxy>(state, mask);
  return state;
}

inline asio::cancellation_slot slot_of(std::shared_ptr<cancellable_operation> const& state) {
  return state ? state->signal.slot() : asio::cancellation_slot();
}

}  // namespace detail

/// Runs `operation` on `strand` and gives its outcome to `handler`. `executor` is the strand's inner
/// executor, used for handlers that have none of their own. The coroutine returns `result<T>` or
/// `outcome<T>`. `log`, if there is one, gets the text of an exception that no error code describes. An
/// operation that can be cancelled from elsewhere, too, brings the `state` for that.
template <way_out way = way_out::posted, class Ended, class Handler>
void launch(strand_type const& strand, asio::any_io_executor const& executor,
            asio::awaitable<Ended> operation, Handler handler,
            asio::cancellation_type mask = obey_every_cancellation, std::shared_ptr<logger const> log = {},
            std::shared_ptr<cancellable_operation> state = {}) {
  using value_type = typename Ended::value_type;
  state = detail::listen_to_slot(handler, strand, mask, std::move(state));
  auto const slot = detail::slot_of(state);
  detail::completion<way, value_type, Handler> completion(std::move(state), executor, std::move(handler),
                                                          std::move(log));
  asio::co_spawn(strand, std::move(operation), asio::bind_cancellation_slot(slot, std::move(completion)));
}

/// Runs `operation` on `strand` for a coroutine that may be anywhere and waits for it: gives the error code
/// and the value. `state` as for `launch`. The executors are referred to until the wait has begun.
template <class T>
auto run_on(strand_type const& strand, asio::any_io_executor const& executor,
            asio::awaitable<result<T>> operation, std::shared_ptr<cancellable_operation> state = {}) {
  return asio::async_initiate<asio::as_tuple_t<asio::deferred_t> const, void(error_code, T)>(
      [&strand, &executor, state = std::move(state)](auto handler, asio::awaitable<result<T>> op) mutable {
        launch<way_out::dispatched>(strand, executor, std::move(op), std::move(handler),
                                    obey_every_cancellation, {}, std::move(state));
      },
      asio::as_tuple(asio::deferred), std::move(operation));
}

}  // namespace chronicle
