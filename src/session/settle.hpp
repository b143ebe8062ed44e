// Carries one compare-and-swap to its outcome: sends it, and when the answer is lost, late or a conflict,
// reads back and does what `lease::resolve` says, until it is settled or the deadline has come (PROTOCOL
// section 3, "Resolution").
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "lease/resolution.hpp"
#include "lease/upkeep.hpp"
#include "session/context.hpp"

namespace chronicle {

/// A write, ready to be sent; the same bytes on every attempt.
struct prepared_write {
  std::string record_key;
  shared_bytes text;
  lease::attempted_write id;
  bool acquires = false;
  /// Before the lease in `text` was dated: what is confirmed counts from here.
  time_point begun;

  explicit prepared_write(time_point now) : begun(now) {}
};

/// How long to go on, and for whom.
struct settle_limits {
  time_point deadline{};
  /// What makes it critical, asked anew for every attempt. Null: nothing.
  lease::upkeep_state const* upkeep = nullptr;
  /// When it turns true nobody waits any more: stop before the next attempt.
  bool const* abandoned = nullptr;
};

/// What a key holds, and what that means.
struct record_as_read {
  entry raw;
  record::header head;

  record_as_read(entry r, record::header h) : raw(std::move(r)), head(std::move(h)) {}
};

/// How a write ended.
enum class settlement {
  applied,  ///< at `at`
  adopt,    ///< it never will be; `found` is what the key has now (for an acquire: start anew from it)
  lost,
  lost_but_saved,
  lost_unproven,  ///< nothing that is kept tells whether it got in before
  removed,
  unconfirmed,  ///< the deadline came: it may have been applied or may still be
  rejected,     ///< it was definitely not applied
};

struct settled {
  settlement how = settlement::rejected;
  std::optional<version> at;                 ///< of the record now, for `applied` and `adopt`
  std::unique_ptr<record_as_read> found;     ///< for `adopt`; empty when the key is absent
  std::optional<std::uint64_t> last_commit;  ///< for `lost`: of our session, if the lineage has it
  time_point sent_at{};                      ///< before the first attempt: `prepared_write::begun`
  bool ever_sent = false;
  error_code why;  ///< for `unconfirmed` and `rejected`
  std::optional<milliseconds> retry_after;

  settled() = default;
};

/// Runs on the strand, in the coroutine of the caller; not cancelled, see `settle_limits::abandoned`.
asio::awaitable<settled> settle(context& ctx, prepared_write const& write, settle_limits limits, caller by);

}  // namespace chronicle
