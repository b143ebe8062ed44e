// Where the library gets its time from. Everything it does with time goes through this interface, so that
// tests run on virtual time against the very object code that ships.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>

#include "chronicle/error.hpp"

namespace chronicle {

namespace asio = boost::asio;

/// A monotonic clock that goes on counting while the machine is suspended (CLOCK_BOOTTIME on Linux): a server
/// that slept through its lease must notice.
struct boot_clock {
  using duration = std::chrono::nanoseconds;                         ///< its resolution
  using rep = duration::rep;                                         ///< of `duration`
  using period = duration::period;                                   ///< of `duration`
  using time_point = std::chrono::time_point<boot_clock, duration>;  ///< since the machine booted
  static constexpr bool is_steady = true;                            ///< it never goes back

  /// Time since boot, suspends included.
  static time_point now() noexcept;
};

/// A moment by the monotonic clock: what deadlines are made of.
using time_point = boot_clock::time_point;
/// A moment by the calendar (UTC).
using wall_time_point = std::chrono::sys_time<std::chrono::milliseconds>;
using std::chrono::milliseconds;

/// Time, injected. Implementations are safe to call from several threads.
class time_source {
 public:
  virtual ~time_source() = default;

  /// Monotonic, counts suspend. Only differences have a meaning.
  virtual time_point now() const noexcept = 0;

  /// The calendar, for people and for `Date` comparisons; no lease is trusted to it alone.
  virtual wall_time_point wall_now() const noexcept = 0;

  /// Calls `handler` on its associated executor (`executor` if it has none), never inline, once `now() >=
  /// deadline`. Any cancellation type emitted on the handler's slot completes the wait with
  /// `asio::error::operation_aborted`.
  virtual void wait_until(time_point deadline, asio::any_io_executor executor,
                          asio::any_completion_handler<void(error_code)> handler) = 0;
};

/// The time source of production: `boot_clock` and the system clock.
std::shared_ptr<time_source> make_real_time_source();

}  // namespace chronicle
