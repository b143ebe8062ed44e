// What happened in a round, for progress and for the table in the end.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

struct tally {
  using milliseconds = std::chrono::milliseconds;

  std::uint64_t sessions = 0;
  std::uint64_t hops = 0;
  std::uint64_t edits = 0;
  std::uint64_t saves = 0;
  std::map<std::string, std::uint64_t>
      conflicts;                             ///< leases of others that were met, by how that was resolved
  std::vector<milliseconds> hop_times;       ///< from leaving one server to playing on the other
  std::vector<milliseconds> recovery_times;  ///< from the kill to playing again
  std::int64_t stored = 0;                   ///< coins found by the audit
  std::vector<std::string> problems;  ///< what must not have happened; the round holds when there is none
};
