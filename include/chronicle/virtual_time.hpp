// Time that moves only when told to: hours of leases in milliseconds, the same on every run. For the tests of
// games as well as our own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>

#include "chronicle/time_source.hpp"

namespace chronicle {

/// A `time_source` for single-threaded tests. Waits fire one at a time in the order of their deadlines, equal
/// deadlines first come first served; between two of them everything that became ready runs to its end.
class virtual_time final : public time_source {
 public:
  /// Why a run ended.
  enum class stop {
    condition,  ///< the condition became true
    deadline,   ///< time arrived where it was told to go
    quiescent,  ///< nothing is ready and nobody waits for a time: it would hang for ever
    stopped,    ///< somebody called `stop()` on the context
  };

  /// Starts at `wall` on the calendar and at zero on the monotonic clock.
  explicit virtual_time(wall_time_point wall = wall_time_point{std::chrono::seconds{1'767'225'600}});
  ~virtual_time() override;
  virtual_time(virtual_time const&) = delete;
  virtual_time& operator=(virtual_time const&) = delete;

  time_point now() const noexcept override;
  wall_time_point wall_now() const noexcept override;
  void wait_until(time_point deadline, asio::any_io_executor executor,
                  asio::any_completion_handler<void(error_code)> handler) override;

  /// Runs `context` until `done` holds, nothing is left to do, or time has reached `limit`. `done` is asked
  /// whenever nothing is ready at the present instant.
  stop run(asio::io_context& context, std::function<bool()> const& done,
           time_point limit = time_point::max());
  /// Runs `context` for this long.
  stop run_for(asio::io_context& context, boot_clock::duration how_long);
  /// Runs `context` until nothing is left to do.
  stop run_to_quiescence(asio::io_context& context, time_point limit = time_point::max());

  /// Lets one thing happen: runs one ready handler of `context` or, when none is ready, fires the next wait.
  /// False when there is neither. For tests that interrupt a program at every point.
  bool step(asio::io_context& context);

  /// Lets time pass while the program stands still, as a suspended machine or a stopped process sees it: what
  /// became due fires late, at the next run.
  void stall(boot_clock::duration how_long);
  /// Steps the wall clock alone, as NTP or an administrator does.
  void step_wall_clock(std::chrono::milliseconds by);

  /// How many waits are pending, those for ever (`time_point::max()`) not counted.
  std::size_t pending_waits() const;

 private:
  class state;
  std::shared_ptr<state> state_;
};

}  // namespace chronicle
