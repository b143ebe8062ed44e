// How a store behaves: every duration, bound and policy in one place, with its unit, range and default.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "chronicle/backend.hpp"
#include "chronicle/circuit_breaker.hpp"
#include "chronicle/hooks.hpp"
#include "chronicle/log.hpp"
#include "chronicle/message_bus.hpp"
#include "chronicle/random_source.hpp"
#include "chronicle/retry_budget.hpp"
#include "chronicle/simulation.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

/// How long a lease lasts and when it is renewed. "Age" counts from the moment before the last applied write
/// was sent. `src/lease/PROTOCOL.md` derives what has to hold between these.
struct lease_options {
  /// How long a lease lasts without renewal. 5 s to 1 h.
  milliseconds duration = std::chrono::seconds{60};
  /// In bad weather (a failing or slow backend, a challenge) a lease of at least this age is renewed at
  /// once. At least 0, below `renew_age`.
  milliseconds early_renew_age = std::chrono::seconds{10};
  /// A lease of this age is renewed. Must leave time for a retry: at least 1 ms, below `duration`.
  milliseconds renew_age = std::chrono::seconds{50};
  /// A renewal comes up to this much earlier, at random, so that a fleet does not renew in step. Zero
  /// disables it; at most `renew_age`.
  milliseconds renew_jitter = std::chrono::seconds{2};
  /// The largest relative error of a clock's rate, server against server. 0 to 0.5.
  double clock_rate_error = 0.01;
  /// How coarse a backend's record ages are: added before a lease counts as expired by age. 0 to 1 min.
  milliseconds age_granularity = std::chrono::seconds{1};
  /// Whether a lease may also be judged by its written expiry time when the backend reports no ages.
  bool trust_wall_clocks = true;
  /// How far wall clocks of two servers may differ; the margin of `trust_wall_clocks`. 0 to 1 h.
  milliseconds max_wall_clock_skew = std::chrono::seconds{5};

  lease_options() = default;
};

/// Write coalescing: when edits are saved by themselves.
struct saving_options {
  /// A save starts this long after the last edit. 1 ms to 1 h.
  milliseconds quiet_period = std::chrono::seconds{2};
  /// And at the latest this long after the first edit that is not saved yet. `quiet_period` to 24 h.
  milliseconds max_delay = std::chrono::seconds{30};
  /// A save comes up to this much earlier, at random, to spread the writes of many profiles. Zero disables
  /// it; at most `quiet_period`.
  milliseconds jitter = milliseconds{200};

  saving_options() = default;
};

/// How failures are retried: exponential backoff with full jitter (M. Brooker, "Exponential Backoff And
/// Jitter", AWS Architecture Blog, 2015) within a deadline per operation.
struct retry_options {
  /// One request to the backend may take this long. 1 ms to 10 min.
  milliseconds attempt_timeout = std::chrono::seconds{3};
  /// First ceiling of the backoff; it doubles with every failure. 1 ms to 1 min.
  milliseconds backoff_base = milliseconds{100};
  /// Largest ceiling of the backoff. `backoff_base` to 1 h.
  milliseconds backoff_cap = std::chrono::seconds{5};
  /// A save or renewal that failed is tried again after this long, then twice that, and so on. 1 ms to 1 min.
  milliseconds upkeep_base = std::chrono::seconds{1};
  /// Largest pause between two tries of a save or renewal. `upkeep_base` to 1 h.
  milliseconds upkeep_cap = std::chrono::seconds{30};
  /// Whether pauses are drawn at random below their ceiling (full jitter). Without it they equal the ceiling.
  bool jitter = true;
  /// Starting a session may take this long, waiting for another server's lease included. 1 ms to 1 h. Without
  /// a bus keep it well above `lease_options::duration`: the lease of a dead server has to be waited for.
  milliseconds start_deadline = std::chrono::seconds{90};
  /// A save or renewal that cannot be confirmed within this is reported `indeterminate`. 1 ms to 1 h.
  milliseconds save_deadline = std::chrono::seconds{10};
  /// A release is tried this long, and in any case while the lease may still be ours. 1 ms to 1 h.
  milliseconds release_deadline = std::chrono::seconds{30};

  retry_options() = default;
};

/// What to do about a fresh lease whose owner stays silent.
enum class steal_policy {
  messaging_timeout,  ///< steal after the challenge window, when messaging is proven to work
  expiry_only,        ///< never steal before the lease has expired
};

/// Asking the owner of a lease whether it lives.
struct challenge_options {
  /// How long an answer is waited for. The challenge is sent at 0, a quarter and half of it. 100 ms to 1 min.
  milliseconds window = std::chrono::seconds{2};
  steal_policy policy = steal_policy::messaging_timeout;  ///< whether silence is taken for death

  /// An owner whose event loop stood still for longer than this renews its lease before it vouches for it.
  /// 1 ms to 1 min.
  milliseconds max_stall = std::chrono::seconds{1};
  /// When set, challenges and replies carry an HMAC-SHA-256 under this secret and those without are ignored.
  /// The same on all servers of a store: with different ones a living owner counts as silent and is robbed.
  /// Set or change it while `policy` is `expiry_only` on all of them, or all are stopped.
  std::string secret;

  challenge_options() = default;
};

/// Closing a store.
struct close_options {
  /// Closing takes at most this long. 1 ms to 1 h.
  milliseconds deadline = std::chrono::seconds{30};
  /// How many profiles are released at a time. 1 to 10,000.
  std::size_t parallel = 64;

  close_options() = default;
};

/// What a store does when its backend cannot be had.
enum class fallback_policy {
  configured_only,  ///< fails clearly; a store without any backend runs in simulation mode and says so loudly
  always,  ///< starts that cannot reach the backend get simulated profiles instead: they vanish with the
           ///< store
};

/// Everything a store needs to know.
struct store_options {
  /// Where the records are. May be shared by several stores. Empty: the store runs in simulation mode.
  std::shared_ptr<chronicle::backend> backend;
  /// How servers talk to each other; may be empty: then a dead server's leases are waited for.
  std::shared_ptr<message_bus> bus;
  /// The template: the data of new profiles, and what missing members of stored ones are filled from.
  boost::json::object defaults;
  /// When set the store runs in simulation mode: over memory and a bus of its own, in this weather, which
  /// vanish with the store. `backend` and `bus` are not touched. To share simulated data between stores or to
  /// keep them for longer, leave this empty and set `backend` to
  /// `make_simulated_backend(make_memory_backend(time), weather, time)`.
  std::optional<simulation_options> simulation;
  fallback_policy fallback = fallback_policy::configured_only;  ///< when the backend cannot be had
  chronicle::hooks hooks;                                       ///< what the game wants to hear of

  /// A readable name of this server, at most 64 bytes of UTF-8; a unique id is appended.
  std::string server_name = "server";
  lease_options lease;          ///< how long leases last
  saving_options saving;        ///< when edits are saved by themselves
  retry_options retry;          ///< how failures are retried
  challenge_options challenge;  ///< how owners of leases are asked
  close_options close;          ///< how the store closes

  /// When requests to a failing backend are held back. Stores that share a backend object share its breaker,
  /// made from the options of the first of them.
  circuit_breaker_options breaker;
  /// How many requests may repeat failed ones, in proportion to all. What keeps or frees a lease is exempt.
  retry_budget_options retry_budget;
  /// The largest record in bytes; the backend's own limit holds as well. 1 KiB to 64 MiB.
  std::size_t max_record_bytes = std::size_t{4} * 1024 * 1024;

  /// Where log lines go; empty for nowhere.
  log_sink log = stderr_log_sink();
  log_level log_threshold = log_level::warning;  ///< quieter lines are not made

  std::shared_ptr<time_source> time;      ///< empty: the clocks of the system
  std::shared_ptr<random_source> random;  ///< for jitter; empty: seeded by the system
  std::shared_ptr<id_source> ids;         ///< for server and session ids; empty: random UUIDs

  store_options() = default;
};

/// The first thing wrong with `options`, as "member: what is wrong, what would be right"; empty when all is
/// well. The constructor of `store` throws std::invalid_argument with this text.
std::string find_problem(store_options const& options);

}  // namespace chronicle
