// Judges what became of player records in a store: from its complete history alone, revision by revision, and
// from what the game servers were told while they wrote it. A plain function of the two; it knows neither
// clocks nor servers.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace chronicle::chaos {

/// One write, in the order in which they were applied.
struct revision {
  std::int64_t number = 0;
  std::string key;
  std::string value;    ///< the record's text
  bool erased = false;  ///< a deletion: records are never deleted by sessions

  revision() = default;
  revision(std::int64_t n, std::string k, std::string v)
      : number(n), key(std::move(k)), value(std::move(v)) {}
};

/// What a game server was told about one session.
struct claim {
  enum class kind {
    saved,           ///< a write with this commit index, which holds this many edits, is in the store
    lost_but_saved,  ///< as `saved`, and the session is over
    never,           ///< the write with this commit index is not in the store and never will be
    lost,            ///< another session owns the profile
    released,        ///< the lease was given back
    left_behind,     ///< the lease may be left in the store, says the server: it gave up on releasing it
  };
  kind what = kind::saved;
  std::string key;
  std::string session;
  std::uint64_t commit_index = 0;
  std::uint64_t edits = 0;

  claim() = default;
};

/// One line of a server's journal, without the line end, and back. A line that was cut off by a kill is no
/// claim.
std::string to_line(claim const& c);
bool from_line(std::string_view line, claim& into);

struct verdict {
  std::vector<std::string> violations;  ///< each begins with the rule: "S5 PlayerData/p1 revision 17: ..."
  std::size_t revisions = 0;            ///< of player records
  std::size_t sessions = 0;
  std::size_t takeovers = 0;  ///< acquires of a lease that was held
  std::size_t claims = 0;
};

/// Holds `history` against S2 to S6, S8, S9 and S15 of src/lease/PROTOCOL.md; it must be complete, beginning
/// before the first write of each key, and end at rest. Servers whose names begin with one of `dead` were
/// killed: their leases may be left. Documents count their edits in a member "Edits".
verdict judge(std::vector<revision> const& history, std::vector<claim> const& claims,
              std::set<std::string> const& dead);

}  // namespace chronicle::chaos
