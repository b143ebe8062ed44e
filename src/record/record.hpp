// The stored record: one JSON document that holds a profile's data and its lease, so that one
// compare-and-swap changes both (PROTOCOL section 1).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chronicle/time_source.hpp"

namespace chronicle::record {

namespace json = boost::json;

/// Members that this version does not know and keeps as they are. Mostly there are none; copies share them.
class unknown_members {
 public:
  unknown_members() = default;
  unknown_members(json::object members) {  // NOLINT: a conversion
    if (!members.empty()) members_ = std::make_shared<json::object const>(std::move(members));
  }

  bool empty() const noexcept { return members_ == nullptr; }
  json::object const& get() const noexcept {
    static json::object const none;
    return members_ ? *members_ : none;
  }
  bool operator==(unknown_members const& other) const { return get() == other.get(); }

 private:
  std::shared_ptr<json::object const> members_;
};

enum class lease_state { held, released };

/// Who may write, until when.
struct lease {
  lease_state state = lease_state::released;
  std::string server;            ///< id of the server process, the topic it answers on
  std::string session;           ///< new for every acquire
  std::uint64_t generation = 0;  ///< the fencing token: +1 on every acquire
  std::chrono::milliseconds duration{0};
  wall_time_point expires_at{};  ///< by the owner's wall clock: a hint
  std::uint64_t seq = 0;         ///< +1 on every renewal
  std::string fence;             ///< set by a touch; empty otherwise
  unknown_members unknown;
  bool operator==(lease const&) const = default;
};

/// The last change of the data.
struct commit {
  std::uint64_t index = 0;  ///< strictly increasing, one per payload attempted
  std::string session;      ///< who wrote the data
  std::uint64_t generation = 0;
  std::string hash;    ///< of the data, 16 hexadecimal digits
  std::string parent;  ///< hash of the data it came from; empty for the first
  unknown_members unknown;
  bool operator==(commit const&) const = default;
};

/// What an earlier owner left behind, so that it can learn whether its last save got in.
struct lineage_entry {
  std::uint64_t generation = 0;
  std::string session;
  std::uint64_t final_commit = 0;  ///< commit index the record had when that generation ended
  unknown_members unknown{};
  bool operator==(lineage_entry const&) const = default;
};

/// How many generations `lineage` remembers.
inline constexpr std::size_t lineage_limit = 8;

struct metadata {
  wall_time_point created_at{};
  wall_time_point updated_at{};
  std::uint64_t sessions = 0;  ///< how often the profile was loaded
  unknown_members unknown;
  bool operator==(metadata const&) const = default;
};

/// Everything in the record but the data: small, kept by a session between writes.
struct header {
  std::string key;  ///< "<store>/<profile key>": binds the record to its place
  record::lease lease;
  record::commit commit;
  std::vector<lineage_entry> lineage;  ///< oldest first; a later version's record may hold more than ours
  record::metadata metadata;
  unknown_members unknown;            ///< of the record itself
  unknown_members integrity_unknown;  ///< of "integrity"
  bool operator==(header const&) const = default;
};

}  // namespace chronicle::record
