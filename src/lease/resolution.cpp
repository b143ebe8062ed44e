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

// Our session is over, and `final_commit` is the last that it got in.
verdict judge_loss(std::uint64_t final_commit, attempted_write const& mine) {
  return final_commit >= mine.commit_index ? verdict::lost_but_saved : verdict::lost;
}

verdict look_into_lineage(record::header const& read, attempted_write const& mine) {
  auto const last = find_last_commit(mine, read);
  return last ? judge_loss(*last, mine) : verdict::ask_history;
}

}  // namespace

char const* to_string(verdict v) noexcept {
  switch (v) {
    case verdict::applied: return "applied";
    case verdict::resend: return "resend";
    case verdict::adopt: return "adopt";
    case verdict::lost: return "lost";
    case verdict::lost_but_saved: return "lost_but_saved";
    case verdict::ask_history: return "ask_history";
    case verdict::removed: return "removed";
  }
  return "unknown";
}

std::optional<std::uint64_t> find_last_commit(attempted_write const& mine, record::header const& read) {
  if (is_of(read, mine)) return read.commit.index;
  auto const ours = std::find_if(read.lineage.begin(), read.lineage.end(), [&](auto const& entry) {
    return entry.generation == mine.generation && entry.session == mine.session;
  });
  return ours == read.lineage.end() ? std::nullopt : std::optional(ours->final_commit);
}

std::optional<std::uint64_t> find_last_commit(attempted_write const& mine,
                                              std::span<record::header const> newest_first) {
  auto const ours = std::find_if(newest_first.begin(), newest_first.end(),
                                 [&](record::header const& past) { return is_of(past, mine); });
  return ours == newest_first.end() ? std::nullopt : std::optional(ours->commit.index);
}

verdict resolve(attempted_write const& mine, read_back const& read) {
  if (!read.holds) return verdict::removed;
  record::header const& found = *read.holds;
  if (!is_of(found, mine)) return look_into_lineage(found, mine);
  bool const held = is_held(found);
  if (!held && !mine.releases) return judge_loss(found.commit.index, mine);  // an administrator released it
  // The same index means the same data. It does not tell a renewal from what was there before: its seq does;
  // and a release is told by its state, so that an earlier try with the same data does as well.
  bool const got_in =
      found.commit.index == mine.commit_index && (mine.releases ? !held : found.lease.seq == mine.seq);
  if (got_in) return verdict::applied;
  return read.at == mine.expected ? verdict::resend : verdict::adopt;
}

verdict resolve_acquire(attempted_write const& mine, read_back const& read) {
  if (read.holds && is_of(*read.holds, mine) && is_held(*read.holds)) return verdict::applied;
  return read.at == mine.expected ? verdict::resend : verdict::adopt;
}

std::optional<verdict> resolve_from_history(attempted_write const& mine,
                                            std::span<record::header const> newest_first) {
  auto const last = find_last_commit(mine, newest_first);
  if (!last) return std::nullopt;
  return judge_loss(*last, mine);
}

clean_up decide_clean_up(attempted_write const& mine, read_back const& read) {
  if (read.holds && is_of(*read.holds, mine) && is_held(*read.holds)) return clean_up::release;
  return read.at == mine.expected ? clean_up::touch : clean_up::done;
}

}  // namespace chronicle::lease
