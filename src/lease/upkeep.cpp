#include "lease/upkeep.hpp"

#include <algorithm>

namespace chronicle::lease {

time_point save_due(upkeep_state const& state, saving_options const& saving) {
  return std::min(state.last_edit + saving.quiet_period, state.first_unsaved + saving.max_delay) -
         state.save_early;
}

time_point renewal_due(upkeep_state const& state, lease_options const& lease) {
  time_point const usual = state.confirmed_at + lease.renew_age - state.renew_early;
  return state.bad_weather ? std::min(usual, state.confirmed_at + lease.early_renew_age) : usual;
}

upkeep_plan plan_upkeep(upkeep_state const& state, lease_options const& lease, saving_options const& saving,
                        retry_options const& retry, time_point now) {
  if (state.ended) return {upkeep_action::finish, now};

  upkeep_plan next;
  if (state.release) {
    time_point const limit = release_limit(state, retry);
    if (now >= limit && state.failures > 0) return {upkeep_action::give_up, now};
    next = {upkeep_action::release, std::min(std::max(now, state.not_before), std::max(now, limit))};
  } else {
    next = {upkeep_action::renew, state.renew_now ? now : renewal_due(state, lease)};
    time_point const save_at = std::max(save_due(state, saving), state.unsavable_until);
    if (state.dirty() && save_at <= next.at) next = {upkeep_action::save, save_at};
    if (state.save_now) next = {upkeep_action::save, now};
    next.at = std::max(next.at, state.not_before);
  }
  if (next.at > now) return {upkeep_action::sleep, next.at};
  return next;
}

void note_edit(upkeep_state& state, time_point now) {
  if (!state.dirty()) state.first_unsaved = now;
  if (state.edits == state.snapshot_edits) state.first_after_snapshot = now;
  state.last_edit = now;
  ++state.edits;
}

void note_snapshot(upkeep_state& state) {
  state.snapshot_edits = state.edits;
}

void note_confirmed(upkeep_state& state, time_point sent_at, bool holds_snapshot, time_point now) {
  state.confirmed_at = std::max(state.confirmed_at, sent_at);
  if (holds_snapshot) {
    state.saved_edits = state.snapshot_edits;
    state.first_unsaved = state.first_after_snapshot;
  }
  if (sent_at >= state.doubted_at) state.renew_now = false;
  state.failures = 0;
  state.bad_weather = false;
  state.not_before = now;
}

void note_doubt(upkeep_state& state, time_point now) {
  state.renew_now = true;
  state.doubted_at = now;
  state.not_before = now;
}

void note_failed(upkeep_state& state, time_point now, boot_clock::duration pause) {
  ++state.failures;
  state.bad_weather = true;
  state.not_before = now + pause;
}

session_state vouch(upkeep_state const& state, time_point now) {
  return now < state.valid_until() ? session_state::active : session_state::lapsed;
}

time_point release_limit(upkeep_state const& state, retry_options const& retry) {
  return std::max(state.release_asked_at + retry.release_deadline, state.valid_until());
}

milliseconds upkeep_pause(unsigned failures, retry_options const& retry) {
  milliseconds pause = retry.upkeep_base;
  for (unsigned n = 1; n < failures && pause < retry.upkeep_cap; ++n) pause *= 2;
  return std::min(pause, retry.upkeep_cap);
}

namespace {

constexpr std::chrono::seconds shortest_pause{1};

time_point urgent_from(upkeep_state const& state) {
  return state.valid_until() - urgent_margin;
}

}  // namespace

bool is_urgent(upkeep_state const& state, time_point now) {
  return now > urgent_from(state);
}

bool is_critical(upkeep_state const& state, time_point now) {
  return state.release || is_urgent(state, now);
}

boot_clock::duration pause_when_refused(upkeep_state const& state, boot_clock::duration until_it_may_close,
                                        boot_clock::duration spread, time_point now) {
  boot_clock::duration const soon = std::min<boot_clock::duration>(spread, urgent_margin / 4);
  if (state.release) return until_it_may_close + soon;
  if (now >= state.valid_until()) return until_it_may_close + spread;
  if (is_urgent(state, now)) return until_it_may_close + std::min(soon, (state.valid_until() - now) / 4);
  return std::min(until_it_may_close + spread, urgent_from(state) - now + soon);
}

boot_clock::duration pause_when_told(upkeep_state const& state, boot_clock::duration told,
                                     boot_clock::duration own, time_point now) {
  if (now >= state.valid_until()) return own + std::min<boot_clock::duration>(told, state.duration);
  if (is_urgent(state, now))
    return std::min(own, std::max<boot_clock::duration>((state.valid_until() - now) / 4, shortest_pause));
  boot_clock::duration const soon = std::min<boot_clock::duration>(own, urgent_margin / 4);
  return std::min(told + own, urgent_from(state) - now + soon);
}

}  // namespace chronicle::lease
