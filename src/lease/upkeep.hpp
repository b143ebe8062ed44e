// What an open session does next, and when: coalesced saves, renewals by two thresholds, retries, the release
// (PROTOCOL sections 6 and 7). Plain data and plain functions; the session's coroutine carries them out.
#pragma once

#include <cstdint>
#include <optional>

#include "chronicle/session_state.hpp"
#include "chronicle/store_options.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle::lease {

/// What decides about a session's next step.
struct upkeep_state {
  /// Taken just before the last applied write was sent: validity and age count from here.
  time_point confirmed_at{};
  milliseconds duration{0};

  std::uint64_t edits = 0;        ///< how often the document was opened for editing
  std::uint64_t saved_edits = 0;  ///< of these, how many the last confirmed write holds (R4)
  time_point first_unsaved{};     ///< when the oldest unsaved edit was made
  time_point last_edit{};
  std::uint64_t snapshot_edits = 0;   ///< how many edits the write in flight holds
  time_point first_after_snapshot{};  ///< when the first edit after it was made

  bool save_now = false;         ///< somebody waits for a save, or a challenge asked for one
  bool renew_now = false;        ///< the lease has to be confirmed before anything else is said about it
  time_point doubted_at{};       ///< since when: a write sent earlier does not confirm it
  time_point unsavable_until{};  ///< the document cannot be written as it is; do not look again before this
  bool release = false;          ///< the profile is to be released
  time_point release_asked_at{};
  bool ended = false;  ///< released, lost or given up

  bool bad_weather = false;             ///< renew from the early age on
  unsigned failures = 0;                ///< writes that failed in a row
  time_point not_before{};              ///< the backoff after the last of them
  boot_clock::duration renew_early{0};  ///< this period's jitter
  boot_clock::duration save_early{0};

  bool dirty() const noexcept { return edits != saved_edits; }
  time_point valid_until() const noexcept { return confirmed_at + duration; }
};

enum class upkeep_action {
  sleep,    ///< until `upkeep_plan::at`
  save,     ///< write the data, and renew the lease with it
  renew,    ///< renew the lease; a save instead if the data turns out to have changed
  release,  ///< write what is unsaved and free the lease, in one
  give_up,  ///< the release can wait no longer
  finish,   ///< nothing is left to do
};

struct upkeep_plan {
  upkeep_action action = upkeep_action::sleep;
  time_point at{};
};

/// The next step of a session. Release comes before save, save before renewal; after a failure nothing is
/// sent before `not_before`.
upkeep_plan plan_upkeep(upkeep_state const& state, lease_options const& lease, saving_options const& saving,
                        retry_options const& retry, time_point now);

/// When the unsaved edits are to be saved: `quiet_period` after the last, at most `max_delay` after the
/// first.
time_point save_due(upkeep_state const& state, saving_options const& saving);

/// When the lease is to be renewed: at `renew_age`, in bad weather at `early_renew_age`.
time_point renewal_due(upkeep_state const& state, lease_options const& lease);

/// Records an edit made now.
void note_edit(upkeep_state& state, time_point now);

/// Records that the document was copied for a write, with the edits made so far.
void note_snapshot(upkeep_state& state);

/// Records a confirmed write, first sent at `sent_at`; `holds_snapshot` when it held the document as of the
/// last snapshot and not as stored before.
void note_confirmed(upkeep_state& state, time_point sent_at, bool holds_snapshot, time_point now);

/// Records that the lease is in doubt (a claim to have taken it over, a stall): only a write that is sent
/// from now on settles that. It goes out at once, whatever the backoff.
void note_doubt(upkeep_state& state, time_point now);

/// Records a write that failed; `pause` is how long to wait before the next.
void note_failed(upkeep_state& state, time_point now, boot_clock::duration pause);

/// Active while valid, lapsed after that; what a session that has not ended calls itself.
session_state vouch(upkeep_state const& state, time_point now);

/// How long a release may still be tried.
time_point release_limit(upkeep_state const& state, retry_options const& retry);

/// The ceiling of the pause after `failures` failed writes in a row: base, twice that, and so on up to the
/// cap.
milliseconds upkeep_pause(unsigned failures, retry_options const& retry);

/// A lease with less than this left is renewed in the critical lane (PROTOCOL section 7).
inline constexpr std::chrono::seconds urgent_margin{10};

/// Whether so little is left of the lease, or nothing.
bool is_urgent(upkeep_state const& state, time_point now);

/// Whether what is sent now goes in the critical lane: because the lease is urgent, or to be released.
bool is_critical(upkeep_state const& state, time_point now);

/// How long to wait after an open circuit refused a write: until it may close and `spread` longer, for
/// everybody is told the same. But a lease that has not run out waits not much beyond the moment from which
/// the critical lane is open to it, and once that is so a part of the time that it has left; a release waits
/// two seconds or so. For a lane of one request a second is soon free again.
boot_clock::duration pause_when_refused(upkeep_state const& state, boot_clock::duration until_it_may_close,
                                        boot_clock::duration spread, time_point now);

/// How long to wait after any other failed write: `own` longer than the backend asks for, which knows nothing
/// of leases. So not much beyond the moment from which this one is urgent; then as long as we think right,
/// but a part of the time that it has left, or a second; and once it has run out no longer than a lease
/// lasts.
boot_clock::duration pause_when_told(upkeep_state const& state, boot_clock::duration told,
                                     boot_clock::duration own, time_point now);

}  // namespace chronicle::lease
