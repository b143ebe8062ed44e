// What a read-back says about a write whose outcome is unknown. Rows named V1 to V9 each fail under one
// plausible wrong rule; the wrong rules are here too, and are shown to fail.
#include "lease/resolution.hpp"

#include <functional>
#include <string_view>
#include <vector>

#include "unit/lease/lease_fixture.hpp"

namespace chronicle::test {
namespace {

using lease::attempted_write;
using lease::clean_up;
using lease::read_back;
using lease::verdict;

// All writes here were decided on version 10, where the record held commit 5.
version const v10("10");
version const v11("11");
version const v12("12");

/// What the backend holds, for a table.
struct stored {
  std::optional<header> holds;
  std::optional<version> at;

  stored() = default;
  stored(header h, version v) : holds(std::move(h)), at(std::move(v)) {}
  read_back back() const { return {holds ? &*holds : nullptr, at}; }
};

attempted_write attempt(std::uint64_t commit_index, std::uint64_t seq) {
  attempted_write mine;
  mine.session = "mine";
  mine.generation = 7;
  mine.commit_index = commit_index;
  mine.seq = seq;
  mine.expected = v10;
  return mine;
}
attempted_write save() {
  return attempt(6, 3);
}
attempted_write renewal() {
  return attempt(5, 3);
}
attempted_write release_with_data() {
  auto mine = attempt(6, 3);
  mine.releases = true;
  return mine;
}
attempted_write plain_release() {
  auto mine = attempt(5, 3);
  mine.releases = true;
  return mine;
}

header mine(std::uint64_t commit_index, std::uint64_t seq) {
  header record = held_by("mine", 7, commit_index);
  record.lease.seq = seq;
  return record;
}

header mine_released(std::uint64_t commit_index, std::uint64_t seq) {
  return lease::release(mine(commit_index, seq));
}

/// `times` other sessions have taken the record since we left commit `final_commit` in it, and the newest has
/// saved up to `commit_index`.
header stolen(std::uint64_t final_commit, int times = 1, std::uint64_t commit_index = 0) {
  header record = mine(final_commit, 2);
  for (int n = 1; n <= times; ++n)
    record = lease::acquire(record, {"server-b", "thief " + std::to_string(n)}, 60s, noon);
  if (commit_index != 0) record = lease::save(record, 2, commit_index, "h", noon);
  return record;
}

struct resolution_case {
  std::string_view name;
  attempted_write write;
  stored read;
  verdict expected;
};

std::vector<resolution_case> const& cases() {
  static std::vector<resolution_case> const all{
      // Ours, and in.
      {"V1: a save that timed out is in the record; a time-out does not mean failed",
       save(),
       {mine(6, 3), v11},
       verdict::applied},
      {"V3: a save that met a conflict is in the record: an intermediary sent it twice",
       save(),
       {mine(6, 3), v11},
       verdict::applied},
      {"a renewal is in the record", renewal(), {mine(5, 3), v11}, verdict::applied},
      {"a save is in the record and was touched since",
       save(),
       {lease::touch(mine(6, 3), "fence"), v12},
       verdict::applied},
      {"a release with data is in the record",
       release_with_data(),
       {mine_released(6, 3), v11},
       verdict::applied},
      {"a release without data is in the record",
       plain_release(),
       {mine_released(5, 3), v11},
       verdict::applied},
      {"an earlier try of the same release is in the record, with the same data",
       plain_release(),
       {mine_released(5, 2), v11},
       verdict::applied},

      // Ours, and the old version: nothing is proven.
      {"V2: the record is unchanged; the save may still arrive", save(), {mine(5, 2), v10}, verdict::resend},
      {"V2: the record is unchanged; the renewal may still arrive",
       renewal(),
       {mine(5, 2), v10},
       verdict::resend},
      {"V2: the record is unchanged; the release may still arrive",
       release_with_data(),
       {mine(5, 2), v10},
       verdict::resend},
      {"the record is unchanged since an earlier try of the release, whose data was older",
       release_with_data(),
       {mine_released(5, 2), v10},
       verdict::resend},

      // Ours under another version: the write is dead, the session is not (R6).
      {"V4: a newer save of our own session is in; the older one must not go over it",
       save(),
       {mine(9, 8), v12},
       verdict::adopt},
      {"V4: an older save of our own session got in late; same owner and generation, another version",
       attempt(7, 4),
       {mine(6, 3), v11},
       verdict::adopt},
      {"V6: the record has our index from another write, whose bytes differ",
       attempt(6, 4),
       {mine(6, 3), v11},
       verdict::adopt},
      {"V6: a renewal has the commit index of the record it renews, in or not",
       renewal(),
       {mine(5, 2), v11},
       verdict::adopt},
      {"somebody touched the record", save(), {lease::touch(mine(5, 2), "fence"), v11}, verdict::adopt},
      {"a release finds our session still held under another version",
       release_with_data(),
       {mine(5, 2), v11},
       verdict::adopt},
      {"a release finds our last save, which got in late, but not itself",
       plain_release(),
       {mine(5, 3), v11},
       verdict::adopt},
      {"V6: an earlier try of the release got in with older data: the newer is not saved",
       release_with_data(),
       {mine_released(5, 2), v11},
       verdict::adopt},

      // Somebody else's.
      {"V8: robbed, but the save got in before", save(), {stolen(6), v12}, verdict::lost_but_saved},
      {"V8: robbed after a later save of ours", save(), {stolen(8), v12}, verdict::lost_but_saved},
      {"robbed before the save got in", save(), {stolen(5), v11}, verdict::lost},
      {"V7: robbed, and the new owner has used our index for its own data",
       save(),
       {stolen(5, 1, 6), v12},
       verdict::lost},
      {"V7: robbed, and the new owner is far ahead", save(), {stolen(5, 1, 99), v12}, verdict::lost},
      {"robbed and released again", save(), {lease::release(stolen(5)), v12}, verdict::lost},
      {"robbed while nothing of ours was unsaved", renewal(), {stolen(5), v11}, verdict::lost_but_saved},
      {"V5: a late release finds another owner and must leave its lease alone",
       plain_release(),
       {stolen(5), v11},
       verdict::lost_but_saved},
      {"V5: a late release with data finds another owner",
       release_with_data(),
       {stolen(5), v11},
       verdict::lost},
      {"V8: a release got in before the next owner came",
       release_with_data(),
       {stolen(6), v12},
       verdict::lost_but_saved},
      {"our own server opened the key again: another generation, another session",
       save(),
       {lease::acquire(mine(6, 3), {"server-a", "newer"}, 60s, noon), v12},
       verdict::lost_but_saved},

      // How far the lineage reaches: a ring of eight.
      {"robbed eight times: still in the ring", save(), {stolen(6, 8), v12}, verdict::lost_but_saved},
      {"robbed eight times: still in the ring, not saved", save(), {stolen(5, 8), v12}, verdict::lost},
      {"robbed nine times: fell out of the ring", save(), {stolen(6, 9), v12}, verdict::ask_history},
      {"our generation in the lineage under another session, as after a restored backup",
       save(),
       {[] {
          header record = stolen(6);
          record.lineage.back().session = "not mine";
          return record;
        }(),
        v12},
       verdict::ask_history},
      {"a record of before our time, as after a restored backup",
       save(),
       {held_by("old", 3, 2), v12},
       verdict::ask_history},

      // Released under our name, but not by us: an administrator did it. The record itself says what got in.
      {"V8: released by an administrator after our save",
       save(),
       {mine_released(6, 3), v12},
       verdict::lost_but_saved},
      {"released by an administrator before our save", save(), {mine_released(5, 2), v11}, verdict::lost},

      {"the key is gone", save(), {}, verdict::removed},
      {"the key is gone, and so is what was to be released", plain_release(), {}, verdict::removed},
  };
  return all;
}

attempted_write acquire(std::optional<version> expected) {
  attempted_write write = attempt(5, 1);
  write.expected = std::move(expected);
  return write;
}

std::vector<resolution_case> const& acquire_cases() {
  static std::vector<resolution_case> const all{
      {"V3: an acquire that met a conflict is in the record: an intermediary sent it twice",
       acquire(v10),
       {mine(5, 1), v11},
       verdict::applied},
      {"V1: an acquire that timed out is in the record", acquire(v10), {mine(5, 1), v11}, verdict::applied},
      {"a creation that timed out is in the record", acquire({}), {mine(1, 1), v10}, verdict::applied},
      {"it is in the record and was touched since",
       acquire(v10),
       {lease::touch(mine(5, 1), "f"), v12},
       verdict::applied},
      {"V2: the record is unchanged; the acquire may still arrive",
       acquire(v10),
       {released_by("s", 6, 5), v10},
       verdict::resend},
      {"V2: the record is unchanged; the steal may still arrive",
       acquire(v10),
       {held_by("s", 6, 5), v10},
       verdict::resend},
      {"V2: still absent; the creation may still arrive", acquire({}), {}, verdict::resend},
      {"another contender was faster", acquire(v10), {held_by("other", 7, 5), v11}, verdict::adopt},
      {"another contender was faster and is done",
       acquire(v10),
       {released_by("other", 7, 5), v12},
       verdict::adopt},
      {"another contender created it", acquire({}), {held_by("other", 1, 1), v10}, verdict::adopt},
      {"the owner wrote meanwhile", acquire(v10), {held_by("s", 6, 6), v11}, verdict::adopt},
      {"it was released again under our name: a janitor's work",
       acquire(v10),
       {mine_released(5, 1), v12},
       verdict::adopt},
      {"the key is gone", acquire(v10), {}, verdict::adopt},
  };
  return all;
}

using rule = std::function<verdict(attempted_write const&, read_back const&)>;

/// A rule that is wrong, and how the names of the rows begin that it must fail.
struct wrong_rule {
  std::string_view variant;
  rule wrong;
};

bool is_mine(read_back const& read) {
  return read.holds && read.holds->lease.session == "mine" && read.holds->lease.generation == 7;
}

// Every row that names the variant fails under it.
void check_caught(std::vector<resolution_case> const& rows, std::vector<wrong_rule> const& rules) {
  for (auto const& r : rules) {
    int named = 0;
    for (auto const& c : rows) {
      if (c.name.substr(0, 3) != std::string(r.variant) + ":") continue;
      ++named;
      BOOST_TEST_CONTEXT(c.name) BOOST_TEST(r.wrong(c.write, c.read.back()) != c.expected);
    }
    BOOST_TEST(named > 0, "no row names " << r.variant);
  }
}

header head(std::string session, std::uint64_t generation, std::uint64_t commit_index) {
  return held_by(std::move(session), generation, commit_index);
}

BOOST_AUTO_TEST_SUITE(lease_resolution)

BOOST_AUTO_TEST_CASE(every_verdict) {
  for (auto const& c : cases())
    BOOST_TEST_CONTEXT(c.name) BOOST_TEST(lease::resolve(c.write, c.read.back()) == c.expected);
}

BOOST_AUTO_TEST_CASE(every_verdict_on_an_acquire) {
  for (auto const& c : acquire_cases())
    BOOST_TEST_CONTEXT(c.name) BOOST_TEST(lease::resolve_acquire(c.write, c.read.back()) == c.expected);
}

BOOST_AUTO_TEST_CASE(wrong_variants_are_caught) {
  auto const instead = [](verdict right, verdict wrong) -> rule {
    return [=](attempted_write const& write, read_back const& read) {
      auto const v = lease::resolve(write, read);
      return v == right ? wrong : v;
    };
  };
  check_caught(cases(), {
                            {"V1", [](auto const&, auto const&) { return verdict::lost; }},
                            {"V2", instead(verdict::resend, verdict::lost)},
                            {"V3", instead(verdict::applied, verdict::lost)},
                            {"V4",
                             [](attempted_write const& write, read_back const& read) {
                               return is_mine(read) && write.commit_index != read.holds->commit.index
                                          ? verdict::resend
                                          : lease::resolve(write, read);
                             }},
                            {"V5",
                             [](attempted_write const& write, read_back const& read) {
                               return write.releases ? verdict::adopt : lease::resolve(write, read);
                             }},
                            {"V6",
                             [](attempted_write const& write, read_back const& read) {
                               bool const index_is_enough =
                                   is_mine(read) && (read.holds->commit.index == write.commit_index ||
                                                     read.holds->lease.state != record::lease_state::held);
                               return index_is_enough ? verdict::applied : lease::resolve(write, read);
                             }},
                            {"V7",
                             [](attempted_write const& write, read_back const& read) {
                               return read.holds->commit.index >= write.commit_index ? verdict::lost_but_saved
                                                                                     : verdict::lost;
                             }},
                            {"V8", instead(verdict::lost_but_saved, verdict::lost)},
                        });
}

BOOST_AUTO_TEST_CASE(wrong_variants_are_caught_on_an_acquire) {
  auto const instead = [](verdict right, verdict wrong) -> rule {
    return [=](attempted_write const& write, read_back const& read) {
      auto const v = lease::resolve_acquire(write, read);
      return v == right ? wrong : v;
    };
  };
  check_caught(acquire_cases(), {{"V1", instead(verdict::applied, verdict::adopt)},
                                 {"V2", instead(verdict::resend, verdict::adopt)},
                                 {"V3", instead(verdict::applied, verdict::adopt)}});
}

BOOST_AUTO_TEST_CASE(every_verdict_has_a_name) {
  for (auto const& [v, name] : {std::pair{verdict::applied, "applied"},
                                {verdict::resend, "resend"},
                                {verdict::adopt, "adopt"},
                                {verdict::lost, "lost"},
                                {verdict::lost_but_saved, "lost_but_saved"},
                                {verdict::ask_history, "ask_history"},
                                {verdict::removed, "removed"}})
    BOOST_TEST(std::string_view(to_string(v)) == name);
}

BOOST_AUTO_TEST_CASE(verdicts_from_history) {
  struct row {
    char const* name;
    std::vector<header> newest_first;
    std::optional<verdict> expected;
  };
  std::vector<row> const rows{
      {"our newest record holds the save",
       {head("t", 16, 9), head("mine", 7, 6), head("mine", 7, 5)},
       verdict::lost_but_saved},
      {"our newest record holds a later save", {head("mine", 7, 8)}, verdict::lost_but_saved},
      {"our newest record is older than the save",
       {head("t", 16, 9), head("mine", 7, 5), head("mine", 7, 4)},
       verdict::lost},
      {"V7: what others committed under our index is no matter",
       {head("t", 16, 6), head("mine", 7, 5)},
       verdict::lost},
      {"our generation under another session is not ours, and no older one either: read on",
       {head("t", 8, 6), head("not mine", 7, 6)},
       std::nullopt},
      {"our generation under another session is not ours",
       {head("t", 8, 6), head("not mine", 7, 6), head("s", 6, 5)},
       std::nullopt},
      {"older generations without us: erased and begun anew, or pruned in between",
       {head("t", 2, 9), head("t", 1, 5)},
       std::nullopt},
      {"it does not reach back to us: read on, or it was pruned",
       {head("t", 16, 9), head("t", 8, 6)},
       std::nullopt},
      {"nothing so far: read on", {}, std::nullopt},
  };
  for (auto const& r : rows) BOOST_TEST_CONTEXT(r.name)
  BOOST_TEST((lease::resolve_from_history(save(), r.newest_first) == r.expected));
}

struct clean_up_case {
  char const* name;
  attempted_write write;
  stored read;
  clean_up expected;
};

BOOST_AUTO_TEST_CASE(what_is_left_of_a_cancelled_acquire) {
  std::vector<clean_up_case> const rows{
      {"V9: it got in", acquire(v10), {mine(5, 1), v11}, clean_up::release},
      {"V9: a creation got in", acquire({}), {mine(1, 1), v10}, clean_up::release},
      {"V9: it got in and was touched since",
       acquire(v10),
       {lease::touch(mine(5, 1), "f"), v12},
       clean_up::release},
      {"V9: not in, and it may still arrive", acquire(v10), {released_by("s", 6, 5), v10}, clean_up::touch},
      {"V9: not in, and it may still arrive over a held lease",
       acquire(v10),
       {held_by("s", 6, 5), v10},
       clean_up::touch},
      {"V9: absent, and a creation may still arrive", acquire({}), {}, clean_up::touch},
      {"it was released already", acquire(v10), {mine_released(5, 1), v12}, clean_up::done},
      {"V5: somebody else has it", acquire(v10), {held_by("other", 7, 5), v11}, clean_up::done},
      {"V5: somebody else has it, after us", acquire(v10), {stolen(5), v12}, clean_up::done},
      {"V5: somebody else created it", acquire({}), {held_by("other", 1, 1), v10}, clean_up::done},
      {"V4: our session under another generation is not this acquire",
       acquire(v10),
       {held_by("mine", 8, 5), v11},
       clean_up::done},
      {"the record changed: it can never arrive", acquire(v10), {held_by("s", 6, 6), v11}, clean_up::done},
      {"the key is gone: it can never arrive", acquire(v10), {}, clean_up::done},
  };
  for (auto const& r : rows)
    BOOST_TEST_CONTEXT(r.name) BOOST_TEST(lease::decide_clean_up(r.write, r.read.back()) == r.expected);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
