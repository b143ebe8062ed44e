// One start of a session: reads, decides by lease/acquisition.hpp, challenges, takes the lease. Owned by the
// store; the caller only waits for it, so that cancelling never tears a write apart.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lease/acquisition.hpp"
#include "lease/observations.hpp"
#include "record/codec.hpp"
#include "resilience/backoff.hpp"
#include "session/context.hpp"
#include "session/messenger.hpp"
#include "session/session.hpp"
#include "session/settle.hpp"

namespace chronicle {

class start {
 public:
  /// `interrupt` is what the coroutine of `run` is spawned with.
  start(std::shared_ptr<context> ctx, lease::observations& seen, messenger* messages, std::string key,
        asio::cancellation_signal& interrupt);

  /// Runs to an outcome. The profile is acquired when it is a value.
  asio::awaitable<result<acquired_profile>> run();

  /// Nobody waits any more: take no further step that could be left out.
  void cancel();
  bool cancelled() const noexcept { return cancelled_; }

  /// An acquire of ours that may still get into the record although the start failed; the janitor's work.
  std::optional<lease::attempted_write> const& loose_end() const noexcept { return loose_end_; }
  std::string const& record_key() const noexcept { return record_key_; }
  operation_stats const& stats() const noexcept { return stats_; }

 private:
  /// A record as it was read.
  struct sighting {
    std::optional<entry> raw;
    std::optional<record::decoded> record;
    boot_clock::duration watched{0};
  };

  // Each step ends the start with an outcome, or leaves it to go on.
  using step = std::optional<result<acquired_profile>>;

  asio::awaitable<step> look();
  asio::awaitable<step> consider(sighting seen);
  asio::awaitable<step> challenge(sighting seen);
  asio::awaitable<step> take(sighting seen, lease::acquire_step how,
                             std::optional<lease_resolution> conflict);
  asio::awaitable<void> rest(boot_clock::duration how_long);
  asio::awaitable<void> back_off(std::optional<milliseconds> retry_after = std::nullopt);

  std::optional<sighting> understand(std::optional<entry> raw, time_point began);
  prepared_write prepare(sighting const& seen, lease::acquire_step how, record::header& made) const;
  acquired_profile hand_over(sighting seen, lease::acquire_step how, record::header made,
                             settled const& ended) const;
  void report_conflict(lease_resolution resolution);
  step owner_lives();

  std::shared_ptr<context> ctx_;
  lease::observations& seen_before_;
  messenger* messages_;
  std::string key_;
  std::string record_key_;
  time_point deadline_;
  operation_stats stats_;
  bool cancelled_ = false;
  bool conflict_reported_ = false;
  bool repeats_ = false;  // the next read repeats one that failed
  backoff backoff_;
  error_code last_error_ = make_error_code(errc::lease_held);
  std::optional<std::optional<entry>> known_;  // read as a by-product; looked at instead of reading again
  std::optional<record::header> held_before_;  // the fresh lease that was met last
  std::optional<version> disowned_;            // what the owner said it does not hold
  std::optional<lease::attempted_write> loose_end_;
  caller me_;
  alarm alarm_;
};

}  // namespace chronicle
