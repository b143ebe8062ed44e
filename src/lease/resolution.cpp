#include "lease/resolution.hpp"

#include <algorithm>

namespace chronicle::lease {
namespace {

bool is_of(record::header const& read, attempted_write const& mine) {
  return read.lease.session == mine.session && read.lease.generation == mine.generation;
}

bool is_held(record::header const& read) {
  return read.lease.state == record::lease_state::held;
}

// A released record of our session was released by us: nobody else writes under our session id.
bool holds_our_release(record::header const& read, attempted_write const& mine) {
  return mine.releases && is_of(read, mine) && !is_held(read);
}

verdict look_into_lineage(record::header const& read, attempted_write const& mine) {
  auto const ours = std::find_if(read.lineage.begin(), read.lineage.end(), [&](auto const& entry) {
    return entry.generation == mine.generation && entry.session == mine.session;
  });
  if (ours == read.lineage.end()) return verdict::ask_history;
  return ours->final_commit >= mine.commit_index ? verdict::lost_but_saved : verdict::lost;
}

}  // namespace

char const* to_string(verdict v) noexcept {
  switch (v) {
    case verdict::applied:
      return "applied";
    case verdict::resend:
      return "resend";
    case verdict::adopt:
      return "adopt";
    case verdict::lost:
      return "lost";
    case verdict::lost_but_saved:
      return "lost_but_saved";
    case verdict::ask_history:
      return "ask_history";
    case verdict::removed:
      return "removed";
  }
  return "unknown";
}

verdict resolve(attempted_write const& mine, read_back const& read) {
  if (!read.holds) return verdict::removed;
  if (holds_our_release(*read.holds, mine)) return verdict::applied;
  if (is_of(*read.holds, mine) && is_held(*read.holds)) {
    bool const got_in =
        !mine.releases && read.holds->commit.index == mine.commit_index && read.holds->lease.seq == mine.seq;
    if (got_in) return verdict::applied;
    return read.at == mine.expected ? verdict::resend : verdict::adopt;
  }
  return look_into_lineage(*read.holds, mine);
}

verdict resolve_acquire(attempted_write const& mine, read_back const& read) {
  if (read.holds && is_of(*read.holds, mine) && is_held(*read.holds)) return verdict::applied;
  return read.at == mine.expected ? verdict::resend : verdict::adopt;
}

std::optional<verdict> resolve_from_history(attempted_write const& mine,
                                            std::span<record::header const> newest_first, bool complete) {
  bool older_seen = false;
  for (auto const& past : newest_first) {
    if (is_of(past, mine))
      return past.commit.index >= mine.commit_index ? verdict::lost_but_saved : verdict::lost;
    older_seen = older_seen || past.lease.generation < mine.generation;
  }
  if (older_seen || complete) return verdict::lost;
  return std::nullopt;
}

clean_up decide_clean_up(attempted_write const& mine, read_back const& read) {
  if (read.holds && is_of(*read.holds, mine) && is_held(*read.holds)) return clean_up::release;
  return read.at == mine.expected ? clean_up::touch : clean_up::done;
}

}  // namespace chronicle::lease
