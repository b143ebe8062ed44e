#include "sim/visit.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <utility>

namespace chronicle::sim {

using namespace std::chrono_literals;

visit::visit(server_life& at, std::size_t player)
    : at_(at), player_(player), key_("p" + std::to_string(player)) {}

void visit::note(std::string const& line) {
  at_.note(key_ + " " + line);
}

std::optional<session_state> visit::state() const {
  if (!profile_) return std::nullopt;
  return profile_.state();
}

void visit::forget() {
  profile_ = profile();
}

void visit::begin(milliseconds stay, std::optional<milliseconds> patience) {
  note("arrives");
  began_ = at_.in().on.now();
  stood_still_before_ = at_.stood_still();
  auto const self = shared_from_this();
  at_.players().async_start_session(
      key_, asio::bind_cancellation_slot(disconnect_.slot(), [self](error_code ec, profile got) {
        self->hear_loaded(ec, std::move(got));
      }));
  if (patience)
    at_.after(*patience, [self] {
      if (self->answered_) return;
      self->note("disconnects");
      self->disconnected_ = true;
      self->disconnect_.emit(asio::cancellation_type::terminal);
    });
  at_.after(stay, [self] { self->leave(); });
}

void visit::hear_loaded(error_code ec, profile got) {
  auto& on = at_.in().on;
  answered_ = true;
  auto const took = on.now() - began_ - (at_.stood_still() - stood_still_before_);
  // The deadline of the start, after a release of the same key by the same store.
  on.demand(took < 200s, "L4", key_ + ": a start took " + std::to_string(took / 1s) + " s");
  note(ec ? "not loaded: " + ec.message() : "loaded");
  on.demand(ec != make_error_code(errc::cancelled) || disconnected_, "L4", key_ + ": cancelled by nobody");
  on.demand(ec != make_error_code(errc::internal_error), "S9", key_ + ": internal error");
  if (ec) return;
  profile_ = std::move(got);
  session_ = profile_.metadata().session_id;
  at_.in().judge.enroll(session_, weak_from_this());
  check_loaded();
  if (leaving_ || disconnected_) return leave();
  plan_next_step();
}

void visit::check_loaded() {
  auto& on = at_.in().on;
  auto const held = economy::read(profile_.data());
  on.demand(held.has_value(), "S14", key_ + ": the game was handed a document that is not ours");
  last_ = held.value_or(purse());
  auto const wrong = on.coins.find_problem(last_, player_);
  on.demand(wrong.empty(), "S14", key_ + ": the game was handed " + wrong);
  auto const* const stored = at_.in().storage.newest(record_key());
  bool const ours = stored && stored->head.lease.session == session_;
  on.demand(!ours || stored->holds == last_, "S3", key_ + ": the game was handed other data than is stored");
}

void visit::plan_next_step() {
  auto const self = shared_from_this();
  at_.after(at_.draws().between(3s, 33s), [self] { self->play(); });
}

void visit::play() {
  if (leaving_ || !profile_) return;
  auto const now_is = profile_.state();
  if (now_is != session_state::active && now_is != session_state::lapsed) return;
  if (now_is == session_state::active) at_.in().judge.check_validity(session_);
  if (!at_.in().on.sky.is_calm()) {
    auto const dice = at_.draws().below(10);
    if (dice < 6)
      edit(static_cast<std::int64_t>(at_.draws().below(100)));
    else if (dice < 8)
      trade();
    else if (dice < 9)
      save();
  }
  plan_next_step();
}

void visit::edit(std::int64_t coins) {
  last_ = at_.in().on.coins.edit(profile_.edit(), player_, coins);
  note("edits, number " + std::to_string(last_.edits));
}

void visit::trade() {
  auto const& all = at_.visits();
  auto const with = all[at_.draws().below(all.size())];
  auto const price = static_cast<std::int64_t>(at_.draws().below(20));
  if (with.get() == this || with->leaving_ || with->state() != session_state::active) return;
  if (profile_.state() != session_state::active || last_.coins < price) return;
  edit(-price);
  with->edit(price);
  if (at_.draws().happens(0.5)) save();
  if (at_.draws().happens(0.5)) with->save();
}

void visit::save() {
  auto const self = shared_from_this();
  profile_.async_save(
      [self, asked = last_](error_code ec, save_receipt receipt) { self->hear_saved(asked, ec, receipt); });
}

void visit::leave() {
  leaving_ = true;
  if (!profile_) return;
  note("leaves");
  if (at_.draws().happens(0.2)) {
    profile_ = profile();  // the last handle: released by itself
    return;
  }
  auto const self = shared_from_this();
  profile_.async_release([self, asked = last_](error_code ec, save_receipt receipt) {
    self->hear_released(asked, ec, receipt);
  });
}

void visit::hear_saved(purse const& asked, error_code ec, save_receipt const& receipt) {
  note("save: " + std::string(to_string(receipt.outcome)) + (ec ? ", " + ec.message() : ""));
  at_.in().on.demand(!ec == (receipt.outcome == save_outcome::saved), "S5",
                     key_ + ": code and receipt disagree");
  check_receipt(asked, receipt);
}

void visit::hear_released(purse const& asked, error_code ec, save_receipt const& receipt) {
  note("release: " + std::string(to_string(receipt.outcome)) + (ec ? ", " + ec.message() : ""));
  check_receipt(asked, receipt);
  if (!ec) at_.in().storage.note_released(session_);
  if (ec) at_.in().judge.excuse(session_);
  over_ = true;
  profile_ = profile();
}

void visit::check_receipt(purse const& asked, save_receipt const& receipt) {
  auto& in = at_.in();
  if (receipt.is_saved()) in.storage.note_saved(record_key(), asked);
  if (!profile_ || receipt.commit_index <= profile_.metadata().commit_index) return;  // nothing new was sent
  bool const applied = in.storage.was_applied(record_key(), session_, receipt.commit_index);
  std::string const which = key_ + ": commit " + std::to_string(receipt.commit_index) + " of session " +
                            session_.substr(0, 8) + " was reported " + to_string(receipt.outcome);
  switch (receipt.outcome) {
    case save_outcome::lost:
    case save_outcome::rejected:
      in.on.demand(!applied, "S6", which + ", and was applied");
      in.storage.note_never(session_, receipt.commit_index);
      break;
    case save_outcome::lost_but_saved: in.on.demand(applied, "S5", which + ", and was not applied"); break;
    case save_outcome::saved: in.on.breaks("S5", which + ", beyond what is confirmed"); break;
    case save_outcome::indeterminate: break;
  }
}

void visit::hear_lost(session_loss const& loss) {
  auto& in = at_.in();
  note(std::string("lost: ") + to_string(loss.cause) + (loss.unsaved ? ", with unsaved edits" : ""));
  in.on.demand(loss.cause == loss_cause::stolen, "S7",
               key_ + ": lost, because it was " + to_string(loss.cause));
  over_ = true;
  in.storage.note_lost(session_);
  if (loss.unsaved) {
    in.on.demand(economy::read(*loss.unsaved) == last_, "S7",
                 key_ + ": unsaved edits are not those that were made");
  } else {
    auto const* const stored = in.storage.newest(record_key());
    in.on.demand(stored && in.on.coins.descends(stored->holds, last_), "S5",
                 key_ + ": lost with everything saved, it was said, but edits are missing");
  }
}

}  // namespace chronicle::sim
