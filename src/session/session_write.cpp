// The writes of a session: prepared, settled, and what follows from how they ended.
#include <algorithm>
#include <utility>

#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/storable.hpp"
#include "lease/transitions.hpp"
#include "record/codec.hpp"
#include "session/session.hpp"

namespace chronicle {
namespace {

bool is_data_problem(settled const& ended) {
  return ended.how == settlement::rejected && (ended.why == make_error_code(errc::unserializable_data) ||
                                               ended.why == make_error_code(errc::value_too_large));
}

}  // namespace

settle_limits session::limits(write_kind kind) const {
  time_point const now = ctx_->time.now();
  auto const& retry = ctx_->options.retry;
  settle_limits limit;
  limit.deadline = now + retry.save_deadline;
  if (kind == write_kind::release)
    limit.deadline = std::min(limit.deadline, std::max(now, lease::release_limit(upkeep_, retry)));
  limit.upkeep = &upkeep_;
  return limit;
}

asio::awaitable<void> session::write(write_kind kind, asio::cancellation_signal& interrupt) {
  time_point const began = ctx_->time.now();
  upkeep_.save_now = false;
  current_save_ = std::exchange(next_save_, nullptr);

  write_in_flight w(kind, interrupt);
  w.receipt.commit_index = head_.commit.index;
  w.receipt.generation = head_.lease.generation;

  // An edit that changed nothing is not written; a change made through an old reference is.
  take_snapshot(w);
  if (w.snapshot.hash != baseline_hash_ || ghost_possible_) w.what = payload::document;
  bool const valid = lease::vouch(upkeep_, began) == session_state::active;
  if (kind == write_kind::save && w.what == payload::unchanged && valid && !upkeep_.renew_now) {
    upkeep_.saved_edits = upkeep_.snapshot_edits;
    ctx_->texts->keep(std::move(w.snapshot.text));
    w.receipt.outcome = save_outcome::saved;
    answer(current_save_, outcome<save_receipt>({}, w.receipt));
    co_return;
  }

  auto settling = settle_on_top(w);
  settled ended = co_await std::move(settling);
  if (w.what == payload::document && is_data_problem(ended)) {
    report_unsavable(w, ended.why);
    bool const lease_can_wait = began < upkeep_.confirmed_at + ctx_->options.lease.early_renew_age;
    if (kind == write_kind::save && lease_can_wait) co_return;
    // The document cannot be written, but the lease can still be kept or freed, over the data as stored.
    w.what = payload::unchanged;
    auto falling_back = settle_over_stored(w);
    ended = co_await std::move(falling_back);
  }
  w.receipt.stats.latency = ctx_->time.now() - began;
  conclude(w, ended);
  begin_period();
}

void session::take_snapshot(write_in_flight& w) {
  lease::note_snapshot(upkeep_);
  w.snapshot = record::seal(data_, ctx_->texts->take(record_bytes_ + 256));
}

asio::awaitable<settled> session::settle_on_top(write_in_flight& w) {
  settle_limits const limit = limits(w.kind);
  while (true) {
    settled ended;
    prepared_write const prepared = prepare(w);
    if (w.what == payload::document && !w.snapshot.storable) {
      ended.why = name_data_problem();
      co_return ended;
    }
    if (prepared.text.size() > ctx_->max_record_bytes()) {
      ended.why = make_error_code(errc::value_too_large);
      co_return ended;
    }
    w.receipt.commit_index = w.head.commit.index;
    auto settling = settle(*ctx_, prepared, limit, w.by);
    ended = co_await std::move(settling);
    if (ended.how != settlement::adopt) co_return ended;
    adopt(ended, w);
    ++w.receipt.stats.retries;
    if (ctx_->time.now() >= limit.deadline) {
      ended.how = settlement::unconfirmed;
      ended.ever_sent = false;  // what was is dead, and the document as it is now has not been
      ended.why = make_error_code(errc::timeout);
      co_return ended;
    }
  }
}

void session::adopt(settled& ended, write_in_flight& w) {
  // Our session under another version: what was sent is dead. If an older write of ours got in, the record
  // holds other data than we think.
  if (ended.found->head.commit.index != head_.commit.index) {
    ghost_possible_ = true;
    if (as_stored_) {
      auto decoded = record::decode(ended.found->raw.value, head_.key);
      if (decoded) as_stored_ = std::move(decoded->data);
    } else {
      w.what = payload::document;
    }
  }
  head_ = std::move(ended.found->head);
  at_ = std::move(*ended.at);
  // The document may have been edited while that write was under way.
  take_snapshot(w);
  if (w.snapshot.hash != baseline_hash_ && !w.data_problem) w.what = payload::document;
}

asio::awaitable<settled> session::settle_over_stored(write_in_flight& w) {
  if (!as_stored_) {
    auto reading = ctx_->store_gateway.get(head_.key, circuit_lane::critical, w.by);
    auto read = co_await std::move(reading);
    settled ended;
    ended.why = read ? error_code{} : read.error();
    if (ended.why) co_return ended;
    ended.how = settlement::removed;
    if (!*read) co_return ended;
    auto decoded = record::decode((*read)->value, head_.key);
    ended.how = settlement::rejected;
    ended.why = make_error_code(errc::corrupted_record);
    if (!decoded) co_return ended;
    ended.how = settlement::lost;
    auto const& found = decoded->head.lease;
    bool const freed = found.state != record::lease_state::held;  // by a person, say
    if (found.session != head_.lease.session || (freed && w.kind != write_kind::release)) co_return ended;
    ghost_possible_ = ghost_possible_ || decoded->head.commit.index != head_.commit.index;
    as_stored_ = std::move(decoded->data);
    head_ = std::move(decoded->head);
    at_ = std::move((*read)->ver);
  }
  auto settling = settle_on_top(w);
  co_return co_await std::move(settling);
}

prepared_write session::prepare(write_in_flight& w) {
  prepared_write prepared(ctx_->time.now());
  wall_time_point const wall = ctx_->time.wall_now();
  std::uint64_t const seq = ++last_seq_;
  w.head = w.what == payload::document
               ? lease::save(head_, seq, ++last_index_, format_hash(w.snapshot.hash), wall)
               : lease::renew(head_, seq, wall);
  if (w.kind == write_kind::release) w.head = lease::release(std::move(w.head));
  w.data.reset();
  if (w.what == payload::document && ctx_->events.wants_saved_data()) w.data = data_;

  prepared.record_key = head_.key;
  bool const as_read = w.what == payload::unchanged && as_stored_;
  auto data =
      as_read ? record::seal(*as_stored_, ctx_->texts->take(record_bytes_ + 256)) : std::move(w.snapshot);
  prepared.text = ctx_->texts->share(record::encode(w.head, std::move(data)));
  record_bytes_ = prepared.text.size();
  prepared.id.session = w.head.lease.session;
  prepared.id.generation = w.head.lease.generation;
  prepared.id.commit_index = w.head.commit.index;
  prepared.id.seq = seq;
  prepared.id.releases = w.kind == write_kind::release;
  prepared.id.expected = at_;
  return prepared;
}

error_code session::name_data_problem() const {
  if (auto const problem = check_storable(data_)) {
    ctx_->events.log().write(log_level::error, "unserializable_data",
                             {{"key", key_}, {"path", problem->path}, {"reason", problem->reason}});
  }
  return make_error_code(errc::unserializable_data);
}

void session::report_unsavable(write_in_flight& w, error_code why) {
  w.data_problem = why;
  w.receipt.outcome = save_outcome::rejected;
  upkeep_.unsavable_until = ctx_->time.now() + ctx_->options.saving.max_delay;
  save_failure failure;
  failure.why = why;
  failure.will_retry = w.kind != write_kind::release;
  if (ctx_->events.wants_failed_data()) failure.unsaved = data_;
  ctx_->events.save_failed(key_, std::move(failure));
  answer(current_save_, outcome<save_receipt>(why, w.receipt));
}

void session::conclude(write_in_flight& w, settled const& ended) {
  switch (ended.how) {
    case settlement::applied: return conclude_applied(w, ended);
    case settlement::lost:
    case settlement::lost_but_saved:
    case settlement::lost_unproven:
    case settlement::removed: return conclude_lost(w, ended);
    case settlement::unconfirmed:
    case settlement::rejected:
    case settlement::adopt: return conclude_failed(w, ended);
  }
}

void session::count(write_in_flight const& w) const {
  if (w.kind == write_kind::release) return ctx_->events.count_release(w.receipt);
  if (w.what == payload::document) return ctx_->events.count_save(w.receipt);
  ctx_->events.count_renewal(w.receipt);
}

void session::conclude_applied(write_in_flight& w, settled const& ended) {
  time_point const now = ctx_->time.now();
  head_ = std::move(w.head);
  at_ = *ended.at;
  if (w.what == payload::document) {
    baseline_hash_ = w.snapshot.hash;
    as_stored_.reset();
    ghost_possible_ = false;
    unconfirmed_.clear();
    w.receipt.written = true;
  }
  lease::note_confirmed(upkeep_, ended.sent_at, w.snapshot.hash == baseline_hash_ && !ghost_possible_, now);
  upkeep_.bad_weather = w.receipt.stats.latency > ctx_->options.retry.attempt_timeout / 2 ||
                        ctx_->store_gateway.breaker_state() != circuit_state::closed;
  w.receipt.outcome = save_outcome::saved;
  lapse_reported_ = false;
  count(w);
  if (w.receipt.written) ctx_->events.saved(key_, std::move(w.data), w.receipt);
  answer(current_save_, outcome<save_receipt>({}, w.receipt));
  if (w.kind != write_kind::release) return;
  if (w.data_problem) w.receipt.outcome = save_outcome::rejected;
  ctx_->events.released(key_, w.receipt);
  finish(session_state::released, outcome<save_receipt>(w.data_problem, w.receipt));
}

void session::conclude_failed(write_in_flight& w, settled const& ended) {
  bool const unconfirmed = ended.how != settlement::rejected;
  if (unconfirmed && ended.ever_sent && w.what == payload::document) {
    ghost_possible_ = true;
    unconfirmed_.emplace_back(w.head.commit.index, w.snapshot.hash);
  }
  w.receipt.outcome = unconfirmed ? save_outcome::indeterminate : save_outcome::rejected;
  error_code const ec = unconfirmed ? make_error_code(errc::indeterminate) : ended.why;
  report_ = outcome<save_receipt>(ec, w.receipt);

  count(w);

  time_point const now = ctx_->time.now();
  auto const& retry = ctx_->options.retry;
  // A backend may ask for more than the clock can hold.
  boot_clock::duration const told_to_wait = std::clamp<milliseconds>(
      ended.retry_after.value_or(milliseconds{0}), milliseconds{0}, std::chrono::hours(24));
  boot_clock::duration pause{};
  if (ended.why == make_error_code(errc::circuit_open)) {
    pause = lease::pause_when_refused(upkeep_, told_to_wait, ctx_->jittered(2 * retry.upkeep_cap), now);
  } else {
    auto const own_pause = ctx_->jittered(lease::upkeep_pause(upkeep_.failures + 1, retry));
    pause = lease::pause_when_told(upkeep_, told_to_wait, own_pause, now);
  }
  lease::note_failed(upkeep_, now, pause);

  if (w.kind == write_kind::renew) {
    ctx_->events.renewal_failed(key_, ended.why);
  } else {
    save_failure failure;
    failure.why = ended.why ? ended.why : ec;
    if (ctx_->events.wants_failed_data()) failure.unsaved = data_;
    ctx_->events.save_failed(key_, std::move(failure));
  }
  answer(current_save_, report_);
}

void session::conclude_lost(write_in_flight& w, settled const& ended) {
  // An earlier write of the same data that nobody heard of will do.
  auto const holds_the_same = [&](unconfirmed_document const& one) {
    return ended.last_commit == one.index && w.snapshot.hash == one.hash;
  };
  bool const earlier_got_in = std::any_of(unconfirmed_.begin(), unconfirmed_.end(), holds_the_same);
  bool const got_in = ended.how == settlement::lost_but_saved || earlier_got_in;
  w.receipt.outcome = got_in ? save_outcome::lost_but_saved : save_outcome::lost;
  if (ended.how == settlement::lost_unproven) w.receipt.outcome = save_outcome::indeterminate;
  if (earlier_got_in) w.receipt.commit_index = *ended.last_commit;
  count(w);
  error_code const why = make_error_code(errc::session_lost);
  answer(current_save_, outcome<save_receipt>(why, w.receipt));
  // Everybody else asks for the document as it is now, which may have been edited meanwhile, or been none
  // that can be written.
  bool const all_in = got_in && !w.data_problem && canonical_hash(data_) == w.snapshot.hash;
  if (got_in && !all_in) {
    w.receipt.outcome = save_outcome::lost;
    w.receipt.commit_index = head_.commit.index;
  }
  lose(ended.how == settlement::removed ? loss_cause::removed : loss_cause::stolen,
       !all_in && has_unsaved_data(), outcome<save_receipt>(why, w.receipt));
}

}  // namespace chronicle
