// Game servers with players on virtual time, the library as it ships, in front of a backend whose requests
// are counted: what the capacity model is measured on.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "capacity/metered_backend.hpp"
#include "chronicle/message_bus.hpp"
#include "chronicle/random_source.hpp"
#include "chronicle/store.hpp"
#include "chronicle/virtual_time.hpp"

namespace chronicle::capacity {

struct fleet_options {
  std::size_t players = 1000;
  std::size_t players_per_server = 100;   ///< a server has a store, a backend object and a circuit breaker
  std::chrono::seconds between_edits{0};  ///< mean of an exponential distribution; 0: nobody edits
  std::chrono::seconds join_within{50};   ///< players come evenly within this time
  milliseconds latency{5};                ///< of one request
  bool jitter = true;                     ///< of renewals, saves and retries, as by default
  std::uint64_t seed = 1;
};

class fleet {
 public:
  explicit fleet(fleet_options const& options);
  ~fleet();
  fleet(fleet const&) = delete;
  fleet& operator=(fleet const&) = delete;

  void run_for(boot_clock::duration how_long) { time_->run_for(context_, how_long); }
  time_point now() const { return time_->now(); }

  /// The backend answers nobody for so long.
  void begin_outage(std::chrono::seconds how_long) { meter_->silent_until = now() + how_long; }
  /// The first so many players turn up on the next server too, somewhere within so long, although their own
  /// has not released them: they try every few seconds until they are in or are told that they still play.
  void let_players_move(std::size_t how_many, std::chrono::seconds within);
  void release_all();

  std::uint64_t requests() const noexcept { return meter_->requests; }
  std::vector<std::uint32_t> const& requests_by_second() const noexcept { return meter_->by_second; }
  std::size_t servers() const noexcept { return stores_.size(); }
  std::size_t moved() const noexcept { return moved_; }

  /// Of all stores together: renewals and saves that were confirmed, sessions by state, sessions lost.
  struct totals {
    std::uint64_t renewals = 0, saves = 0, loaded = 0, lost = 0;
    std::uint64_t active = 0;
  };
  totals count() const;

  /// How many sessions are lapsed now, and how many ever were when this was called.
  struct lapses {
    std::size_t now = 0, ever = 0;
  };
  lapses look_for_lapses();

 private:
  asio::awaitable<void> play(std::size_t player);
  asio::awaitable<void> move(std::size_t player, std::chrono::nanoseconds after);
  asio::awaitable<void> release(std::size_t player);
  std::chrono::nanoseconds draw_gap();

  fleet_options options_;
  std::shared_ptr<virtual_time> time_;
  std::shared_ptr<meter> meter_ = std::make_shared<meter>();
  std::shared_ptr<random_source> random_;
  asio::io_context context_;
  std::vector<store> stores_;
  std::vector<profile> profiles_;  // by player
  std::vector<profile> guests_;    // of players that moved
  std::vector<bool> was_lapsed_;   // by player
  std::size_t moved_ = 0;
};

}  // namespace chronicle::capacity
