// What a read-back says about a write whose outcome is not known: after a time-out, a lost connection, a
// server error or a conflict. A conflict is not a verdict, since intermediaries re-send conditional writes;
// and reading the old version proves nothing, since the write may still arrive (PROTOCOL section 3,
// "Resolution").
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "chronicle/backend.hpp"
#include "record/record.hpp"

namespace chronicle::lease {

/// A write of ours as it was sent.
struct attempted_write {
  std::string session;
  std::uint64_t generation = 0;
  std::uint64_t commit_index = 0;
  std::uint64_t seq = 0;  ///< of the lease as written: tells renewals of one session apart
  bool releases = false;
  std::optional<version> expected;  ///< empty: expected to be absent
};

/// What the backend holds now; `holds` is null when the key is absent.
struct read_back {
  record::header const* holds = nullptr;
  std::optional<version> at;
};

enum class verdict {
  applied,  ///< it is in the record; adopt the version
  resend,   ///< nothing changed: it may still arrive; send the SAME bytes again, expecting the same version
  adopt,    ///< still our session, under another version; ours is dead: write anew on top of what was read
  lost,     ///< another session has the key and ours never got in
  lost_but_saved,  ///< another session has the key, but ours got in before
  ask_history,     ///< another session has the key and the lineage does not reach back to us
  removed,         ///< the key was there and is gone
};
char const* to_string(verdict v) noexcept;

/// For save, renew and release. For an acquire see `resolve_acquire`.
verdict resolve(attempted_write const& mine, read_back const& read);

/// The last commit that the session of `mine` got in, when the record tells: its own, or the lineage of
/// another's.
std::optional<std::uint64_t> find_last_commit(attempted_write const& mine, record::header const& read);
/// The same by the history of the key, newest first.
std::optional<std::uint64_t> find_last_commit(attempted_write const& mine,
                                              std::span<record::header const> newest_first);

/// For an acquire: `applied`, `resend`, or `adopt`, which here means that our write is dead and the start
/// begins anew from the record read.
verdict resolve_acquire(attempted_write const& mine, read_back const& read);

/// The verdict from the history of the key, newest first, when the lineage fell short. Nothing when our
/// session is not in it, whose acquire at least must be: it does not reach back that far or was pruned, and
/// what is not in it proves nothing; nor do older generations, for a key that was erased begins anew.
std::optional<verdict> resolve_from_history(attempted_write const& mine,
                                            std::span<record::header const> newest_first);

/// What is left to do about an acquire that nobody waits for any more.
enum class clean_up {
  release,  ///< it got in: release it
  touch,    ///< it may still get in: change the version so that it cannot
  done,     ///< it never will
};
clean_up decide_clean_up(attempted_write const& mine, read_back const& read);

}  // namespace chronicle::lease
