// The stored record as text: written in one go around the document, and read with everything checked.
//
//   { "data": {...}, "commit": {...},
//     "integrity": { "alg": "fnv1a64-jcs", "hash": <of data>, "envelope": <of all but data and this member>
//     }, "key": "PlayerData/p1", "lease": {...}, "lineage": [...], "metadata": {...}, "schema": 1 }
//
// The members of each object may come in any order. Data is stored so that 1.0 comes back a double
// (json_text.hpp); hashes are over the canonical form. The envelope covers key, lease, commit and the data's
// hash: a good record under another key, or a lease grafted onto other data, is corrupt. Members this version
// does not know survive.
#pragma once

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "record/record.hpp"

namespace chronicle::record {

/// What kind of thing is wrong with a stored record.
enum class problem_kind {
  malformed,           ///< not JSON, or a member is missing, of the wrong type or out of range
  unsupported_schema,  ///< written by a version of the library that this one cannot read
  wrong_key,           ///< a record of another key
  data_hash_mismatch,  ///< the data is not what was written
  envelope_mismatch,   ///< something around the data is not what was written
};
char const* to_string(problem_kind kind) noexcept;

struct problem {
  problem_kind kind = problem_kind::malformed;
  std::string path;  ///< where, as "$.lease.generation"
  std::string what;  ///< what is there and what should be

  problem() = default;
  problem(problem_kind k, std::string p, std::string w) : kind(k), path(std::move(p)), what(std::move(w)) {}
};

/// A record that passed every check.
struct decoded {
  header head;
  json::object data;

  decoded() = default;
  decoded(header h, json::object d) : head(std::move(h)), data(std::move(d)) {}
};

using decode_result = boost::system::result<decoded, problem>;

/// The beginning of a record, its data, written and hashed in one pass. The rest is written when it is known
/// under what head it is to be stored.
struct sealed_data {
  std::string text;
  std::uint64_t hash = 0;  ///< `canonical_hash`
  bool storable = true;    ///< whether `check_storable` has nothing against the document: see to it

  sealed_data() = default;
};

/// The memory of `into` is used, which may have room for the record already.
sealed_data seal(json::object const& data, std::string into = {});

/// The record of `data` under `head`, whose `commit.hash` must be that of the data. Nothing that was sealed
/// is copied.
std::string encode(header const& head, sealed_data data);
std::string encode(header const& head, json::object const& data);

/// Reads and verifies a record that was found under `key`.
decode_result decode(std::string_view text, std::string_view key);

}  // namespace chronicle::record
