#include "session/start.hpp"

#include <algorithm>
#include <utility>

#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "record/template.hpp"

namespace chronicle {

start::start(std::shared_ptr<context> ctx, lease::observations& seen, messenger* messages, std::string key,
             asio::cancellation_signal& interrupt)
    : ctx_(std::move(ctx)),
      seen_before_(seen),
      messages_(messages),
      key_(std::move(key)),
      record_key_(ctx_->record_key(key_)),
      deadline_(ctx_->time.now() + ctx_->options.retry.start_deadline),
      backoff_(ctx_->options.retry, *ctx_->options.random),
      me_{stats_, interrupt},
      alarm_(ctx_->time) {}

void start::cancel() {
  cancelled_ = true;
  alarm_.ring();
}

asio::awaitable<result<acquired_profile>> start::run() {
  time_point const began = ctx_->time.now();
  while (true) {
    if (cancelled_) co_return make_error_code(errc::cancelled);
    if (ctx_->time.now() >= deadline_) co_return last_error_;
    auto looking = look();
    auto ended = co_await std::move(looking);
    stats_.latency = ctx_->time.now() - began;
    if (ended) co_return std::move(*ended);
  }
}

asio::awaitable<start::step> start::look() {
  time_point const began = ctx_->time.now();
  result<std::optional<entry>> read = std::optional<entry>();
  if (known_) {
    read = std::move(*known_);
    known_.reset();
  } else {
    auto reading = ctx_->store_gateway.get(record_key_, request_class(circuit_lane::ordinary, repeats_), me_);
    read = co_await std::move(reading);
  }
  if (!read) {
    last_error_ = read.error();
    if (last_error_ == make_error_code(errc::circuit_open) || !is_retryable(last_error_))
      co_return step(last_error_);
    repeats_ = true;
    auto resting = back_off();
    co_await std::move(resting);
    co_return std::nullopt;
  }
  repeats_ = false;
  auto seen = understand(std::move(*read), began);
  if (!seen) co_return step(make_error_code(errc::corrupted_record));  // verified before acquiring (R2)
  auto considering = consider(std::move(*seen));
  co_return co_await std::move(considering);
}

std::optional<start::sighting> start::understand(std::optional<entry> raw, time_point began) {
  sighting seen;
  if (raw) {
    stats_.bytes = raw->value.size();
    auto decoded = record::decode(raw->value, record_key_);
    if (!decoded) {
      corruption what;
      what.kind = to_string(decoded.error().kind);
      what.path = decoded.error().path;
      what.details = decoded.error().what;
      ctx_->events.corrupted(key_, std::move(what));
      return std::nullopt;
    }
    seen.record = std::move(*decoded);
    seen.watched = seen_before_.note(record_key_, raw->ver, began, ctx_->time.now());
    raw->value.clear();
    raw->value.shrink_to_fit();
  }
  seen.raw = std::move(raw);
  return seen;
}

asio::awaitable<start::step> start::consider(sighting seen) {
  lease::lease_evidence evidence;
  if (seen.raw) evidence.age = seen.raw->age;
  evidence.watched = seen.watched;
  evidence.wall_now = ctx_->time.wall_now();
  record::header const* const read = seen.record ? &seen.record->head : nullptr;
  auto const decision = lease::decide_acquire(read, evidence, ctx_->options.lease, ctx_->server_id);
  if (decision.step == lease::acquire_step::challenge) {
    auto challenging = challenge(std::move(seen));
    co_return co_await std::move(challenging);
  }
  std::optional<lease_resolution> conflict;
  if (decision.step == lease::acquire_step::take_expired) conflict = lease_resolution::expired_lease_steal;
  auto taking = take(std::move(seen), decision.step, conflict);
  co_return co_await std::move(taking);
}

start::step start::owner_lives() {
  report_conflict(lease_resolution::active_owner_confirmed);
  return step(make_error_code(errc::lease_held));
}

asio::awaitable<start::step> start::challenge(sighting seen) {
  last_error_ = make_error_code(errc::lease_held);
  auto const& held = seen.record->head;
  if (held_before_ && lease::owner_wrote_meanwhile(*held_before_, held)) co_return owner_lives();
  held_before_ = held;

  auto answer = challenge_verdict::unproven;
  if (messages_) {
    auto asking = messages_->ask(record_key_, held.lease, alarm_, cancelled_, deadline_);
    answer = co_await std::move(asking);
  }
  switch (answer) {
    case challenge_verdict::alive: co_return owner_lives();
    case challenge_verdict::freed: {
      // Look again at once. If the owner disowns a lease that is still there, it is an orphan and can be had.
      if (disowned_ != seen.raw->ver) {
        disowned_ = seen.raw->ver;
        held_before_.reset();  // what still lands of its writes is no sign of life
        co_return std::nullopt;
      }
      auto taking =
          take(std::move(seen), lease::acquire_step::take_orphan, lease_resolution::expired_lease_steal);
      co_return co_await std::move(taking);
    }
    case challenge_verdict::releasing:
      // A window has passed: look again. A last save that lands meanwhile does not mean that it stays (C3).
      held_before_.reset();
      co_return std::nullopt;
    case challenge_verdict::silent: {
      auto taking =
          take(std::move(seen), lease::acquire_step::take_expired, lease_resolution::messaging_timeout_steal);
      co_return co_await std::move(taking);
    }
    case challenge_verdict::unproven: break;
  }
  // Nobody can be asked: the lease is waited for, and a sign of life looked for.
  auto resting = rest(ctx_->options.challenge.window);
  co_await std::move(resting);
  co_return std::nullopt;
}

prepared_write start::prepare(sighting const& seen, lease::acquire_step how, record::header& made) const {
  auto const& o = ctx_->options;
  // Another attempt is another session, for the one before may have been in force and robbed meanwhile (S4).
  lease::owner const who{ctx_->server_id, ctx_->options.ids->make_id()};
  prepared_write write(ctx_->time.now());
  wall_time_point const wall = ctx_->time.wall_now();
  if (how == lease::acquire_step::create) {
    auto data = record::seal(o.defaults);
    made = lease::create(record_key_, who, o.lease.duration, format_hash(data.hash), wall);
    write.text = record::encode(made, std::move(data));
  } else {
    made = lease::acquire(seen.record->head, who, o.lease.duration, wall);
    write.text = record::encode(made, seen.record->data);
    write.id.expected = seen.raw->ver;
  }
  write.record_key = record_key_;
  write.id.session = made.lease.session;
  write.id.generation = made.lease.generation;
  write.id.commit_index = made.commit.index;
  write.id.seq = made.lease.seq;
  write.acquires = true;
  return write;
}

asio::awaitable<start::step> start::take(sighting seen, lease::acquire_step how,
                                         std::optional<lease_resolution> conflict) {
  if (cancelled_) co_return step(make_error_code(errc::cancelled));
  record::header made;
  prepared_write const write = prepare(seen, how, made);
  settle_limits limits;
  limits.deadline = deadline_;
  limits.abandoned = &cancelled_;
  auto settling = settle(*ctx_, write, limits, me_);
  settled ended = co_await std::move(settling);

  switch (ended.how) {
    case settlement::applied: {
      if (conflict) report_conflict(*conflict);
      if (conflict && messages_) messages_->tell_robbed(record_key_, seen.record->head.lease);
      if (cancelled_) {
        loose_end_ = write.id;
        co_return step(make_error_code(errc::cancelled));
      }
      co_return step(hand_over(std::move(seen), how, std::move(made), ended));
    }
    case settlement::adopt:
      // Somebody wrote meanwhile. If it was the owner, its lease is fresh again and has shown life (C5).
      known_.emplace();
      if (ended.found) *known_ = std::move(ended.found->raw);
      ++stats_.retries;
      co_return std::nullopt;
    case settlement::rejected: {
      last_error_ = ended.why;
      if (last_error_ == make_error_code(errc::circuit_open) || !is_retryable(last_error_))
        co_return step(last_error_);
      auto resting = back_off(ended.retry_after);
      co_await std::move(resting);
      co_return std::nullopt;
    }
    default:
      loose_end_ = write.id;
      co_return step(cancelled_ ? make_error_code(errc::cancelled) : make_error_code(errc::indeterminate));
  }
}

acquired_profile start::hand_over(sighting seen, lease::acquire_step how, record::header made,
                                  settled const& ended) const {
  acquired_profile acquired;
  acquired.key = key_;
  acquired.at = *ended.at;
  acquired.sent_at = ended.sent_at;
  acquired.baseline_hash = *parse_hash(made.commit.hash);  // of the data as stored
  if (how == lease::acquire_step::create) {
    acquired.data = ctx_->options.defaults;
  } else {
    acquired.data = std::move(seen.record->data);
    auto merged = record::reconcile(acquired.data, ctx_->options.defaults);
    for (auto const& path : merged.type_mismatches)
      ctx_->events.log().write(log_level::warning, "template_type_mismatch", {{"key", key_}, {"path", path}});
    if (merged.before) acquired.baseline_hash = canonical_hash(acquired.data);
    acquired.as_stored = std::move(merged.before);
  }
  acquired.head = std::move(made);
  return acquired;
}

void start::report_conflict(lease_resolution resolution) {
  if (std::exchange(conflict_reported_, true)) return;
  ctx_->events.lease_conflict(key_, resolution);
}

asio::awaitable<void> start::rest(boot_clock::duration how_long) {
  auto sleeping = alarm_.sleep_until(std::min(ctx_->time.now() + how_long, deadline_));
  co_await std::move(sleeping);
}

asio::awaitable<void> start::back_off(std::optional<milliseconds> retry_after) {
  auto const until = backoff_.next(ctx_->time.now(), deadline_, retry_after).value_or(deadline_);
  return rest(until - ctx_->time.now());
}

}  // namespace chronicle
