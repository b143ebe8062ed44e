#include "session/session.hpp"

#include <boost/system/system_error.hpp>
#include <utility>

#include "integrity/canonical.hpp"
#include "lease/transitions.hpp"

namespace chronicle {

char const* to_string(session_state state) noexcept {
  switch (state) {
    case session_state::active: return "active";
    case session_state::lapsed: return "lapsed";
    case session_state::releasing: return "releasing";
    case session_state::released: return "released";
    case session_state::lost: return "lost";
  }
  return "unknown";
}

char const* to_string(save_outcome outcome) noexcept {
  switch (outcome) {
    case save_outcome::saved: return "saved";
    case save_outcome::lost: return "lost";
    case save_outcome::lost_but_saved: return "lost_but_saved";
    case save_outcome::indeterminate: return "indeterminate";
    case save_outcome::rejected: return "rejected";
  }
  return "unknown";
}

session::session(std::shared_ptr<context> ctx, std::weak_ptr<session_keeper> keeper,
                 acquired_profile acquired)
    : ctx_(std::move(ctx)),
      keeper_(std::move(keeper)),
      key_(std::move(acquired.key)),
      head_(std::move(acquired.head)),
      at_(std::move(acquired.at)),
      data_(std::move(acquired.data)),
      as_stored_(std::move(acquired.as_stored)),
      baseline_hash_(acquired.baseline_hash),
      last_index_(head_.commit.index),
      last_seq_(head_.lease.seq) {
  upkeep_.confirmed_at = acquired.sent_at;
  upkeep_.duration = head_.lease.duration;
  begin_period();
}

asio::awaitable<bool> session::work(asio::cancellation_signal& interrupt) {
  rests_until_ = time_point::min();
  while (true) {
    note_lapse();
    auto const& o = ctx_->options;
    auto const next = lease::plan_upkeep(upkeep_, o.lease, o.saving, o.retry, ctx_->time.now());
    switch (next.action) {
      case lease::upkeep_action::sleep: rests_until_ = next.at; co_return true;
      case lease::upkeep_action::save: {
        auto writing = write(write_kind::save, interrupt);
        co_await std::move(writing);
        break;
      }
      case lease::upkeep_action::renew: {
        auto writing = write(write_kind::renew, interrupt);
        co_await std::move(writing);
        break;
      }
      case lease::upkeep_action::release: {
        auto writing = write(write_kind::release, interrupt);
        co_await std::move(writing);
        break;
      }
      case lease::upkeep_action::give_up: give_up(); break;
      case lease::upkeep_action::finish: co_return false;
    }
  }
}

void session::wake() {
  rests_until_ = time_point::min();
  if (auto const keeper = keeper_.lock()) keeper->wake(*this);
}

void session::set_to_work() {
  rests_until_ = time_point::min();
  if (auto const keeper = keeper_.lock()) keeper->set_to_work(*this);
}

void session::note_lapse() {
  if (lapse_reported_ || state() != session_state::lapsed) return;
  lapse_reported_ = true;
  ctx_->events.lapsed(key_);
}

void session::begin_period() {
  auto& random = *ctx_->options.random;
  auto const draw = [&](milliseconds most) {
    return std::chrono::duration_cast<boot_clock::duration>(most * uniform(random));
  };
  upkeep_.renew_early = draw(ctx_->options.lease.renew_jitter);
  upkeep_.save_early = draw(ctx_->options.saving.jitter);
}

boost::json::object& session::edit() {
  session_state const now_is = state();
  if (now_is != session_state::active && now_is != session_state::lapsed)
    throw boost::system::system_error(make_error_code(errc::session_inactive));
  lease::note_edit(upkeep_, ctx_->time.now());
  upkeep_.unsavable_until = {};
  if (lease::save_due(upkeep_, ctx_->options.saving) < rests_until_) wake();
  return data_;
}

session_state session::state() const noexcept {
  return phase_ == session_state::active ? lease::vouch(upkeep_, ctx_->time.now()) : phase_;
}

profile_metadata session::metadata() const {
  profile_metadata m;
  m.key = key_;
  m.session_id = head_.lease.session;
  m.generation = head_.lease.generation;
  m.commit_index = head_.commit.index;
  m.created_at = head_.metadata.created_at;
  m.updated_at = head_.metadata.updated_at;
  m.load_count = head_.metadata.sessions;
  return m;
}

session::pending_receipt session::make_pending() const {
  return std::make_shared<pending_outcome<save_receipt>>(ctx_->executor);
}

session::pending_receipt session::save() {
  if (phase_ != session_state::active) {
    bool const lost = phase_ == session_state::lost;
    pending_receipt refused = make_pending();
    refused->settle(lost ? outcome<save_receipt>(make_error_code(errc::session_lost), report_.value)
                         : outcome<save_receipt>(make_error_code(errc::session_inactive),
                                                 save_receipt(save_outcome::rejected)));
    return refused;
  }
  if (!next_save_) next_save_ = make_pending();
  pending_receipt const pending = next_save_;
  upkeep_.save_now = true;
  upkeep_.not_before = ctx_->time.now();
  set_to_work();
  return pending;
}

void session::request_release() {
  if (upkeep_.release || upkeep_.ended) return;
  phase_ = session_state::releasing;
  upkeep_.release = true;
  upkeep_.release_asked_at = ctx_->time.now();
  upkeep_.not_before = ctx_->time.now();
  wake();
}

void session::flush() {
  upkeep_.bad_weather = true;
  upkeep_.save_now = upkeep_.save_now || upkeep_.dirty();
  wake();
}

void session::confirm_now() {
  lease::note_doubt(upkeep_, ctx_->time.now());
  wake();
}

session::pending_receipt session::release() {
  request_release();
  pending_receipt end = end_ ? end_ : make_pending();
  if (upkeep_.ended) {
    end->settle(report_);
  } else {
    end_ = end;
  }
  return end;
}

void session::abandon(error_code why) {
  ctx_->events.log().write(log_level::error, "session_broken", {{"key", key_}, {"why", why.message()}});
  lose(loss_cause::internal_error, has_unsaved_data(), outcome<save_receipt>(why, save_receipt()));
}

void session::lose(loss_cause cause, bool unsaved, outcome<save_receipt> report) {
  session_loss loss;
  loss.cause = cause;
  if (unsaved) loss.unsaved = data_;
  ctx_->events.session_lost(key_, std::move(loss));
  finish(session_state::lost, std::move(report));
}

bool session::has_unsaved_data() const {
  return upkeep_.dirty() || ghost_possible_ || canonical_hash(data_) != baseline_hash_;
}

void session::give_up() {
  outcome<save_receipt> report = report_;
  hand_over_unsaved(report.ec);
  finish(session_state::released, std::move(report));
}

void session::hand_over_unsaved(error_code why) const {
  save_failure failure;
  failure.why = why;
  failure.will_retry = false;
  if (has_unsaved_data() && ctx_->events.wants_failed_data()) failure.unsaved = data_;
  ctx_->events.save_failed(key_, std::move(failure));
}

void session::finish(session_state how, outcome<save_receipt> report) {
  phase_ = how;
  upkeep_.ended = true;
  report_ = std::move(report);
  answer(current_save_, report_);
  answer(next_save_, report_);
  answer(end_, report_);
}

void session::answer(pending_receipt& waiting, outcome<save_receipt> const& report) {
  if (waiting) waiting->settle(report);
  waiting.reset();
}

}  // namespace chronicle
