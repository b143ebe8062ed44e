// Callbacks by which a game observes its store.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "chronicle/circuit_breaker.hpp"
#include "chronicle/error.hpp"

namespace chronicle {

/// What an operation cost. A save, renewal or release that failed is tried again: these are of its last try
/// alone.
struct operation_stats {
  /// Of a start from its beginning to its outcome, waiting for another server's lease included. Of a save,
  /// renewal or release from the moment the last try was begun.
  std::chrono::nanoseconds latency{0};
  std::uint32_t backend_calls = 0;  ///< requests sent to the backend
  std::uint32_t retries = 0;        ///< how many of them repeated an earlier one
  std::size_t bytes = 0;            ///< size of the record read or written last

  operation_stats() = default;
};

/// How a start dealt with a lease that another server held.
enum class lease_resolution {
  expired_lease_steal,      ///< it had expired, or its server disowned it, and was taken over
  messaging_timeout_steal,  ///< its owner did not answer the challenge and the lease was taken over
  active_owner_confirmed,   ///< its owner lives; the start failed with `errc::lease_held`
};
/// The name, as in the enumerator: "expired_lease_steal".
char const* to_string(lease_resolution resolution) noexcept;

/// What is wrong with a stored record.
struct corruption {
  std::string
      kind;  ///< "malformed", "wrong_key", "data_hash_mismatch", "envelope_mismatch", "unsupported_schema"
  std::string path;     ///< where in the record, e.g. "$.lease.generation"
  std::string details;  ///< what is there and what should be

  corruption() = default;
};

/// Why a session ended although nobody released it.
enum class loss_cause {
  stolen,          ///< another server took the lease over
  removed,         ///< the record is gone from the backend
  internal_error,  ///< an unexpected exception stopped the session; the log has it
};
/// The name, as in the enumerator: "stolen".
char const* to_string(loss_cause cause) noexcept;

/// A session that ended against its will.
struct session_loss {
  loss_cause cause = loss_cause::stolen;  ///< why it ended

  /// The data with the edits that no confirmed write holds; empty when everything was saved. Never merged by
  /// itself.
  std::optional<boost::json::object> unsaved;

  session_loss() = default;
};

/// A save that failed for now or for good.
struct save_failure {
  /// What stood in the way last. For a write that could not be confirmed that may be `timeout`,
  /// `circuit_open`, `backend_unavailable` or the like as well as `indeterminate`, and proves nothing about
  /// whether it was applied.
  error_code why;
  /// False when nobody may be there to try again: after the last attempt of a release, and when closing ends
  /// at its deadline. `unsaved` may then be the only copy.
  bool will_retry = true;
  std::optional<boost::json::object> unsaved;  ///< the data that no confirmed write holds, if there is any

  save_failure() = default;
};

/// What a game wants to hear of; empty functions are skipped.
///
/// Hooks run one at a time, in the order of the events, on the executor that the store was given but outside
/// of its strand: when several threads run that executor, a hook may run beside the store, and reaches a
/// profile's document only by way of `store::get_executor()`. They get snapshots, may start any operation and
/// may throw: an exception is logged, counted and goes no further. A hook that blocks delays those after it,
/// not the store. `key` is the key as given to `async_start_session`; references are valid during the call.
struct hooks {
  /// A session started. `data` is the document after the template was applied.
  std::function<void(std::string_view key, boost::json::object const& data, operation_stats const&)> on_load;
  /// Data was written, by hand or by itself. `data` is what was written.
  std::function<void(std::string_view key, boost::json::object const& data, operation_stats const&)> on_save;
  /// A save or release failed, or the document cannot be written. A renewal that took edits along and failed
  /// is in the log alone (`renewal_failed`); a lost session is for `on_session_lost`.
  std::function<void(std::string_view key, save_failure const&)> on_save_failed;
  /// A stored record failed its checks; the load fails and nothing is written.
  std::function<void(std::string_view key, corruption const&)> on_corruption;
  /// A start took over another server's lease, or found its owner alive. At most once per start; not when the
  /// lease was released meanwhile, or when `retry_options::start_deadline` came first.
  std::function<void(std::string_view key, lease_resolution)> on_lease_conflict;
  /// The session is lost. Exactly once for a session that is.
  std::function<void(std::string_view key, session_loss const&)> on_session_lost;
  /// The circuit breaker opened: `reason` is "consecutive_failures", "error_rate" or "probe_failed". Of the
  /// stores that share a backend, the one whose request changed the circuit is told, here and below.
  std::function<void(std::string_view reason, circuit_stats const&)> on_circuit_open;
  /// The time open is over and a probe goes out.
  std::function<void(circuit_stats const&)> on_circuit_half_open;
  /// A probe succeeded: requests flow again. The statistics are those of the outage.
  std::function<void(circuit_stats const&)> on_circuit_close;

  hooks() = default;
};

}  // namespace chronicle
