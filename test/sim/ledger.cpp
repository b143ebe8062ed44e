#include "sim/ledger.hpp"

#include <utility>

#include "lease/transitions.hpp"
#include "record/codec.hpp"
#include "sim/variants.hpp"

namespace chronicle::sim {
namespace {

bool is_held(record::header const& head) {
  return head.lease.state == record::lease_state::held;
}

/// "session:index:seq" or "session:janitor:n".
std::string session_of(std::string const& write_id) {
  return write_id.substr(0, write_id.find(':'));
}

/// Names one write with what it expects: a start may try several acquires under one write id.
std::string attempt_of(sent_write const& write) {
  return write.write_id + "@" + (write.expected ? write.expected->token : std::string());
}

std::string data_hash_of(std::string const& text) {
  std::string const before = "\"hash\":\"";
  auto const at = text.find(before);
  return at == std::string::npos ? std::string() : text.substr(at + before.size(), 16);
}

std::string name(revision const& r) {
  return r.head.key + " revision " + std::to_string(r.number) + " (" + r.write_id + ")";
}

}  // namespace

std::size_t player_of(std::string const& record_key) {
  return std::stoul(record_key.substr(record_key.rfind('p') + 1));
}

entry ledger::to_entry(std::string const& key, revision const& r) const {
  entry e(r.value, version(std::to_string(r.number)));
  show_damage(key, e.value);
  if (!caps_.server_age) return e;
  auto age = std::chrono::duration_cast<milliseconds>(on_.now() - r.applied_at);
  if (coarse_ages_) age = std::chrono::floor<std::chrono::seconds>(age);
  e.age = age;
  return e;
}

void ledger::show_damage(std::string const& key, std::string& value) const {
  auto const damage = damaged_.find(key);
  if (damage != damaged_.end() && !value.empty()) value[damage->second % value.size()] ^= 4;
}

revision const* ledger::newest(std::string const& key) const {
  auto const known = keys_.find(key);
  return known == keys_.end() || known->second.empty() ? nullptr : &known->second.back();
}

std::optional<entry> ledger::current(std::string const& key) const {
  revision const* const r = newest(key);
  if (!r) return std::nullopt;
  return to_entry(key, *r);
}

result<std::optional<entry>> ledger::get(std::string const& key) {
  return current(key);
}

put_result ledger::put(sent_write const& write) {
  revision const* const last = newest(write.key);
  if (last && active_variant() != variant::none) {
    put_result wrong = put_wrongly(write, *last);
    if (std::holds_alternative<applied>(wrong)) return wrong;
  }
  std::optional<version> const has =
      last ? std::optional(version(std::to_string(last->number))) : std::nullopt;
  if (has == write.expected) return append(write);
  if (caps_.write_id_dedup && last && last->write_id == write.write_id) return applied(*has);
  return conflict(caps_.conflict_returns_current ? current(write.key) : std::nullopt);
}

void ledger::note_applied(sent_write write, std::uint64_t revision) {
  auto const* const last = newest(write.key);
  auto const has = last ? std::optional(version(std::to_string(last->number))) : std::nullopt;
  on_.demand(
      has == write.expected && revision > last_number_, "S1",
      write.key + ": revision " + std::to_string(revision) + " was made from another one than the newest");
  auto const sender = senders_.find(attempt_of(write));
  on_.demand(sender != senders_.end(), "S1", write.key + ": a write that nobody sent: " + attempt_of(write));
  if (sender != senders_.end()) write.sender = sender->second;
  last_number_ = revision - 1;
  append(write);
}

// The wrong variants that are about the storage: V4 and V5 have no compare-and-swap on the whole record, V13
// deletes.
put_result ledger::put_wrongly(sent_write const& write, revision const& last) {
  variant const v = active_variant();
  if (v != variant::v4 && v != variant::v5 && v != variant::v13) return conflict();
  auto sent = record::decode(write.value, write.key);
  bool const releases = sent && !is_held(sent->head);
  if (v == variant::v4 && sent && is_held(last.head) && sent->head.lease.session == last.head.lease.session)
    return append(write);
  if (v == variant::v5 && releases && is_held(last.head)) {
    auto stored = record::decode(last.value, write.key);
    sent_write freed = write;
    freed.value = record::encode(lease::release(stored->head), stored->data);
    return append(freed);
  }
  bool const expected = write.expected == version(std::to_string(last.number));
  if (v == variant::v13 && releases && expected) {
    auto const done = append(write);
    keys_[write.key].clear();
    on_.breaks("S2", write.key + " was deleted: its generation starts anew");
    return done;
  }
  return conflict();
}

put_result ledger::append(sent_write const& write) {
  auto decoded = record::decode(write.value, write.key);
  if (!decoded) {
    on_.breaks("S9", write.key + ": a record that fails its checks was written: " + decoded.error().what);
    return rejected(make_error_code(errc::backend_failure));
  }
  revision made;
  made.number = ++last_number_;
  made.value = write.value;
  made.write_id = write.write_id;
  made.applied_at = on_.now();
  auto const sent = first_sent_.find(attempt_of(write));
  made.first_sent = sent == first_sent_.end() ? on_.now() : sent->second;
  made.head = std::move(decoded->head);
  auto const held = economy::read(decoded->data);
  on_.demand(held.has_value(), "S9", name(made) + ": not a document of ours");
  made.holds = held.value_or(purse());
  damaged_.erase(write.key);

  auto const& head = made.head;
  on_.note("applied " + write.key + " #" + std::to_string(made.number) + " gen " +
           std::to_string(head.lease.generation) + (is_held(head) ? " held by " : " released by ") +
           head.lease.session.substr(0, 8) + " commit " + std::to_string(head.commit.index) + " edits " +
           std::to_string(made.holds.edits) + (head.lease.fence.empty() ? "" : " touched"));
  auto& line = keys_[write.key];
  bool const touched = session_of(made.write_id) != head.lease.session && !line.empty();
  made.by_owner_at = touched ? line.back().by_owner_at : on_.now();
  made.by_owner_sent = touched ? line.back().by_owner_sent : made.first_sent;
  check(line.empty() ? nullptr : &line.back(), made, write);
  line.push_back(std::move(made));
  return applied(version(std::to_string(last_number_)));
}

result<page<entry>> ledger::history(std::string const& key, std::string const& cursor, std::size_t limit) {
  page<entry> found;
  auto const known = keys_.find(key);
  if (known == keys_.end()) return found;
  std::uint64_t const before = cursor.empty() ? ~std::uint64_t{0} : std::stoull(cursor);
  for (auto past = known->second.rbegin(); past != known->second.rend(); ++past) {
    if (past->number >= before) continue;
    if (found.items.size() == limit) {
      found.next = found.items.back().ver.token;
      break;
    }
    found.items.emplace_back(past->value, version(std::to_string(past->number)));
  }
  return found;
}

void ledger::damage(std::string const& key, std::size_t at_byte) {
  if (!newest(key)) return;
  on_.note("damaged " + key);
  damaged_[key] = at_byte;
  ever_damaged_.insert(key);
}
void ledger::repair(std::string const& key) {
  if (damaged_.erase(key) > 0) on_.note("repaired " + key);
}

void ledger::note_sent(sent_write const& write) {
  first_sent_.try_emplace(attempt_of(write), on_.now());
  senders_.try_emplace(attempt_of(write), write.sender);
  auto const colon = write.write_id.find(':');
  if (colon == std::string::npos || write.write_id.compare(colon + 1, 7, "janitor") == 0) return;
  std::uint64_t const index = std::stoull(write.write_id.substr(colon + 1));
  std::string const session = write.write_id.substr(0, colon);
  auto const hash = data_hash_of(write.value);
  auto const [known, fresh] = sessions_[session].bytes_of.try_emplace(index, hash);
  on_.demand(fresh || known->second == hash, "S10",
             write.key + ": commit index " + std::to_string(index) + " of session " + session.substr(0, 8) +
                 " was used for two payloads");
}

void ledger::note_refused(sent_write const& write) {
  first_sent_.erase(attempt_of(write));
}
void ledger::note_never(std::string const& session, std::uint64_t index) {
  sessions_[session].never.insert(index);
}
void ledger::note_lost(std::string const& session) {
  sessions_[session].lost = true;
}
void ledger::note_released(std::string const& session) {
  sessions_[session].released = true;
}
void ledger::note_saved(std::string const& key, purse const& safe) {
  revision const* const now = newest(key);
  on_.demand(
      now && on_.coins.descends(now->holds, safe), "S5",
      key + ": edits up to number " + std::to_string(safe.edits) + " were acknowledged and are not stored");
  auto& last = safe_[key];
  if (safe.edits > last.edits) last = safe;
}

void ledger::check_acknowledged() {
  for (auto const& [key, safe] : safe_) {
    revision const* const now = newest(key);
    on_.demand(now && on_.coins.descends(now->holds, safe), "S5", key + ": acknowledged edits are gone");
  }
}

bool ledger::was_applied(std::string const& key, std::string const& session, std::uint64_t index) const {
  auto const known = keys_.find(key);
  if (known == keys_.end()) return false;
  for (auto const& r : known->second)
    if (r.head.commit.session == session && r.head.commit.index == index) return true;
  return false;
}

std::optional<time_point> ledger::confirmed_at(std::string const& session) const {
  auto const known = sessions_.find(session);
  return known == sessions_.end() ? std::nullopt : known->second.confirmed_at;
}

void ledger::check(revision const* before, revision const& now, sent_write const& write) {
  auto const wrong = on_.coins.find_problem(now.holds, player_of(write.key));
  on_.demand(wrong.empty(), "S9", name(now) + ": " + wrong);
  check_session(now);
  if (before) {
    check_succession(*before, now);
    bool const taken = now.head.lease.session != before->head.lease.session && is_held(before->head);
    if (taken && on_takeover_) on_takeover_(*before, now, write.sender);
  } else {
    on_.demand(now.head.lease.generation == 1 && now.head.commit.index == 1, "S2",
               name(now) + ": not a first revision");
  }
}

void ledger::check_session(revision const& now) {
  auto const& lease = now.head.lease;
  std::string const writer = session_of(now.write_id);
  auto& facts = sessions_[lease.session];
  if (facts.generation == 0) facts.generation = lease.generation;
  on_.demand(facts.generation == lease.generation, "S4", name(now) + ": one session in two generations");
  if (writer != lease.session) return;  // touched by somebody else
  facts.confirmed_at = now.first_sent;
  on_.demand(!facts.lost, "S7", name(now) + ": written by a session that was reported lost");
  on_.demand(!facts.released || !is_held(now.head), "S8",
             name(now) + ": held by a session that was reported released");
  bool const saves = now.head.commit.session == writer;
  on_.demand(!saves || !facts.never.contains(now.head.commit.index), "S6",
             name(now) + ": a save that was reported as never applied");
}

void ledger::check_succession(revision const& before, revision const& now) {
  auto const& was = before.head;
  auto const& is = now.head;
  std::string const which = name(now);
  if (is.lease.generation == was.lease.generation) {
    on_.demand(is.lease.session == was.lease.session, "S2",
               which + ": another session under the same generation");
    on_.demand(is_held(was) || !is_held(is), "S8", which + ": a released lease is held again");
    bool const only_touched = is.lease.state == was.lease.state && is.lease.seq == was.lease.seq;
    on_.demand(session_of(now.write_id) == is.lease.session || only_touched, "S3",
               which + ": written by somebody who does not hold the lease");
  } else {
    on_.demand(is.lease.generation == was.lease.generation + 1, "S2", which + ": the generation jumped");
    on_.demand(is.lease.session != was.lease.session, "S2",
               which + ": a new generation for the same session");
    on_.demand(is.commit == was.commit, "S3", which + ": an acquire changed the commit");
    bool const remembered = !is.lineage.empty() && is.lineage.back().session == was.lease.session &&
                            is.lineage.back().final_commit == was.commit.index;
    on_.demand(remembered, "S2", which + ": the lineage does not name the previous owner");
  }
  if (is.commit == was.commit) {
    on_.demand(now.holds == before.holds, "S3", which + ": data changed without a commit");
    return;
  }
  on_.demand(is.commit.index > was.commit.index, "S3", which + ": the commit index fell");
  on_.demand(is.commit.session == is.lease.session && is.commit.generation == is.lease.generation, "S3",
             which + ": committed by somebody who does not hold the lease");
  on_.demand(is.commit.parent == was.commit.hash, "S5", which + ": not a child of the revision before it");
  on_.demand(on_.coins.descends(now.holds, before.holds), "S5",
             which + ": edits of the revision before it are gone");
}

}  // namespace chronicle::sim
