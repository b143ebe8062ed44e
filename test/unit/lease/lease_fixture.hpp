// Records to decide about, and how the tests of this layer print what they compare.
#pragma once

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "lease/acquisition.hpp"
#include "lease/challenge.hpp"
#include "lease/resolution.hpp"
#include "lease/transitions.hpp"

namespace chronicle::lease {

inline std::ostream& boost_test_print_type(std::ostream& out, expiry_rule rule) {
  return out << to_string(rule);
}
inline std::ostream& boost_test_print_type(std::ostream& out, verdict v) {
  return out << to_string(v);
}
inline std::ostream& boost_test_print_type(std::ostream& out, acquire_step step) {
  constexpr char const* names[] = {"create", "take_free", "take_expired", "take_orphan", "challenge"};
  return out << names[static_cast<int>(step)];
}
inline std::ostream& boost_test_print_type(std::ostream& out, clean_up what) {
  constexpr char const* names[] = {"release", "touch", "done"};
  return out << names[static_cast<int>(what)];
}
inline std::ostream& boost_test_print_type(std::ostream& out, std::optional<owner_state> const& state) {
  constexpr char const* names[] = {"active", "releasing", "released"};
  return out << (state ? names[static_cast<int>(*state)] : "no answer");
}

}  // namespace chronicle::lease

namespace chronicle::test {

using namespace std::chrono_literals;
using lease::header;

inline wall_time_point const noon{std::chrono::hours{24 * 365 * 56}};

/// A record held for 60 s from noon on by `session`, written by server "server-a" and never saved by it.
inline header held_by(std::string session, std::uint64_t generation, std::uint64_t commit_index) {
  header record;
  record.key = "PlayerData/Player_1";
  record.lease.state = record::lease_state::held;
  record.lease.server = "server-a";
  record.lease.session = std::move(session);
  record.lease.generation = generation;
  record.lease.duration = 60s;
  record.lease.expires_at = noon + 60s;
  record.lease.seq = 1;
  record.commit.index = commit_index;
  record.commit.session = "an earlier session";
  record.commit.generation = generation - 1;
  record.commit.hash = "00000000000000aa";
  record.commit.parent = "00000000000000a0";
  record.metadata.created_at = noon - 1h;
  record.metadata.updated_at = noon - 1min;
  record.metadata.sessions = generation;
  return record;
}

inline header released_by(std::string session, std::uint64_t generation, std::uint64_t commit_index) {
  return lease::release(held_by(std::move(session), generation, commit_index));
}

}  // namespace chronicle::test
