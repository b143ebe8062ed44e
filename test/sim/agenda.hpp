// The one time of a simulated world and everything that is going to happen in it, in order: events of the
// world itself, and the waits of its servers.
#pragma once

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "chronicle/time_source.hpp"

namespace chronicle::sim {

/// What `virtual_time` is to one event loop, for many: it says which loop has something to do, and the
/// world's own events need none.
class agenda final : public time_source {
 public:
  time_point now() const noexcept override { return now_; }
  wall_time_point wall_now() const noexcept override {
    return wall_at_zero + std::chrono::floor<milliseconds>(now_.time_since_epoch());
  }
  void wait_until(time_point deadline, asio::any_io_executor executor,
                  asio::any_completion_handler<void(error_code)> handler) override;

  /// Calls `action` at `when`.
  void at(time_point when, std::function<void()> action);

  /// Moves time to what comes next and lets it happen. The event loop on which a wait ended, if it was one.
  asio::execution_context const* let_happen();

  /// Forgets the waits of an event loop that is about to go.
  void drop(asio::execution_context const& loop);

  /// How much is still to come, waits for ever (`time_point::max()`) not counted.
  std::size_t pending() const;

 private:
  using order =
      std::pair<time_point, std::uint64_t>;  // what is due at the same time comes in the order of its entry
  struct entry {
    std::function<void()> action;
    asio::any_io_executor executor;
    asio::any_completion_handler<void(error_code)> handler;
  };
  static constexpr order for_ever{time_point::max(), 0};
  static constexpr wall_time_point wall_at_zero{std::chrono::seconds{1'767'225'600}};

  static void complete(entry&& wait, error_code ec);
  void cancel(order const& which);

  time_point now_{};
  std::uint64_t next_ = 0;
  std::map<order, entry> entries_;
};

}  // namespace chronicle::sim
