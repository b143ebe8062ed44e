#include "chaos/judge.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "record/codec.hpp"

namespace chronicle::chaos {
namespace {

constexpr std::array<std::string_view, 6> kind_names{"saved", "lost_but_saved", "never",
                                                     "lost",  "released",       "left_behind"};

/// A revision that passed the checks of the codec.
struct decoded_revision {
  std::int64_t number = 0;
  record::header head;
  std::uint64_t edits = 0;
};

bool is_held(decoded_revision const& r) {
  return r.head.lease.state == record::lease_state::held;
}

using line = std::vector<decoded_revision>;  // of one key

class court {
 public:
  court(std::vector<claim> const& claims, std::set<std::string> const& dead) : claims_(claims), dead_(dead) {}

  verdict hear(std::vector<revision> const& history);

 private:
  void demand(bool holds, std::string_view rule, std::string const& what) {
    if (!holds) found_.violations.push_back(std::string(rule) + " " + what);
  }
  void take(revision const& r);
  void check_first(decoded_revision const& now);
  void check_succession(decoded_revision const& before, decoded_revision const& now);
  void check_acquire(decoded_revision const& before, decoded_revision const& now, std::string const& which);
  void check_commit(decoded_revision const& before, decoded_revision const& now, std::string const& which);
  void check_claim(claim const& c);
  void check_rest();

  std::vector<claim> const& claims_;
  std::set<std::string> const& dead_;
  std::map<std::string, line> lines_;
  std::map<std::string, std::uint64_t> generation_of_;  // by session
  verdict found_;
};

std::string name(decoded_revision const& r) {
  return r.head.key + " revision " + std::to_string(r.number) + " (session " +
         r.head.lease.session.substr(0, 8) + ", generation " + std::to_string(r.head.lease.generation) + ")";
}

std::string name(claim const& c) {
  return c.key + " (session " + c.session.substr(0, 8) + ", commit " + std::to_string(c.commit_index) + ", " +
         std::to_string(c.edits) + " edits) was reported " +
         std::string(kind_names[static_cast<std::size_t>(c.what)]);
}

void court::take(revision const& r) {
  ++found_.revisions;
  std::string const which = r.key + " revision " + std::to_string(r.number);
  if (r.erased) return demand(false, "S2", which + ": a record was deleted");
  auto decoded = record::decode(r.value, r.key);
  if (!decoded) return demand(false, "S9", which + ": " + decoded.error().path + " " + decoded.error().what);
  decoded_revision now;
  now.number = r.number;
  now.head = std::move(decoded->head);
  auto const* const edits = decoded->data.if_contains("Edits");
  if (!edits || !edits->is_number())
    return demand(false, "S9", which + ": the document does not count its edits");
  now.edits = edits->to_number<std::uint64_t>();

  auto& past = lines_[r.key];
  auto const [known, fresh] = generation_of_.try_emplace(now.head.lease.session, now.head.lease.generation);
  demand(known->second == now.head.lease.generation, "S4",
         name(now) + ": the session had another generation");
  found_.sessions += fresh;
  if (past.empty()) {
    check_first(now);
  } else {
    check_succession(past.back(), now);
  }
  past.push_back(std::move(now));
}

void court::check_first(decoded_revision const& now) {
  demand(now.head.lease.generation == 1 && now.head.commit.index == 1, "S2",
         name(now) + ": not a first revision");
}

void court::check_succession(decoded_revision const& before, decoded_revision const& now) {
  std::string const which = name(now);
  auto const& was = before.head;
  auto const& is = now.head;
  if (is.lease.generation == was.lease.generation) {
    demand(is.lease.session == was.lease.session, "S4", which + ": a second session in one generation");
    demand(is_held(before) || !is_held(now), "S8", which + ": a released lease is held again");
  } else {
    check_acquire(before, now, which);
  }
  check_commit(before, now, which);
}

void court::check_acquire(decoded_revision const& before, decoded_revision const& now,
                          std::string const& which) {
  auto const& was = before.head;
  auto const& is = now.head;
  demand(is.lease.generation == was.lease.generation + 1, "S2",
         which + ": the generation was " + std::to_string(was.lease.generation));
  demand(is.lease.session != was.lease.session, "S2", which + ": a new generation for the same session");
  demand(is.commit == was.commit, "S3", which + ": an acquire changed the commit");
  bool const remembered = !is.lineage.empty() && is.lineage.back().session == was.lease.session &&
                          is.lineage.back().final_commit == was.commit.index;
  demand(remembered, "S2", which + ": the lineage does not name the previous owner");
  found_.takeovers += is_held(before);
}

void court::check_commit(decoded_revision const& before, decoded_revision const& now,
                         std::string const& which) {
  auto const& was = before.head.commit;
  auto const& is = now.head.commit;
  if (is == was)
    return demand(now.edits == before.edits, "S3", which + ": the data changed without a commit");
  demand(is.index > was.index, "S3", which + ": the commit index was " + std::to_string(was.index));
  demand(is.session == now.head.lease.session && is.generation == now.head.lease.generation, "S3",
         which + ": committed by somebody who does not hold the lease");
  demand(is.parent == was.hash, "S5", which + ": not a child of the revision before it");
  demand(now.edits >= before.edits, "S5",
         which + ": " + std::to_string(before.edits) + " edits became " + std::to_string(now.edits));
}

void court::check_claim(claim const& c) {
  auto const& past = lines_[c.key];
  auto const wrote = [&](decoded_revision const& r) {
    return r.head.commit.session == c.session && r.head.commit.index == c.commit_index;
  };
  bool const in_store = std::any_of(past.begin(), past.end(), wrote);
  auto const of_session = [&](decoded_revision const& r) { return r.head.lease.session == c.session; };
  auto const last = std::find_if(past.rbegin(), past.rend(), of_session);
  switch (c.what) {
    case claim::kind::saved:
    case claim::kind::lost_but_saved: {
      // The edits were made in this session, so it must be the one that brought them in.
      auto const brought = std::find_if(past.begin(), past.end(),
                                        [&](decoded_revision const& r) { return r.edits >= c.edits; });
      demand(in_store, "S5", name(c) + ", and is not in the store");
      demand(brought != past.end() && brought->number <= (last == past.rend() ? 0 : last->number), "S5",
             name(c) + ", and its edits are not in the store");
      return;
    }
    case claim::kind::never: return demand(!in_store, "S6", name(c) + ", and is in the store");
    case claim::kind::lost: {
      bool const succeeded = last != past.rend() && last->number != past.back().number;
      return demand(succeeded, "S7", name(c) + ", and nobody has taken its place");
    }
    case claim::kind::released:
      return demand(last != past.rend() && !is_held(*last), "S8", name(c) + ", and holds the lease");
    case claim::kind::left_behind: return;
  }
}

void court::check_rest() {
  std::set<std::string> excused;
  for (auto const& c : claims_)
    if (c.what == claim::kind::left_behind) excused.insert(c.session);
  for (auto const& [key, past] : lines_) {
    if (past.empty() || !is_held(past.back())) continue;
    auto const& lease = past.back().head.lease;
    bool const of_dead = std::any_of(dead_.begin(), dead_.end(), [&](std::string const& server) {
      return lease.server.starts_with(server);
    });
    demand(of_dead || excused.contains(lease.session), "S15",
           name(past.back()) + ": held at rest by " + lease.server + ", which has closed");
  }
}

verdict court::hear(std::vector<revision> const& history) {
  for (auto const& r : history) take(r);
  for (auto const& c : claims_) check_claim(c);
  check_rest();
  found_.claims = claims_.size();
  return std::move(found_);
}

}  // namespace

std::string to_line(claim const& c) {
  return std::string(kind_names[static_cast<std::size_t>(c.what)]) + ' ' + c.key + ' ' + c.session + ' ' +
         std::to_string(c.commit_index) + ' ' + std::to_string(c.edits) + " .";
}

bool from_line(std::string_view line, claim& into) {
  std::istringstream in{std::string(line)};
  std::string kind, end;
  if (!(in >> kind >> into.key >> into.session >> into.commit_index >> into.edits >> end) || end != ".")
    return false;
  auto const known = std::find(kind_names.begin(), kind_names.end(), kind);
  if (known == kind_names.end()) return false;
  into.what = static_cast<claim::kind>(known - kind_names.begin());
  return true;
}

verdict judge(std::vector<revision> const& history, std::vector<claim> const& claims,
              std::set<std::string> const& dead) {
  return court(claims, dead).hear(history);
}

}  // namespace chronicle::chaos
