// What one can do with simulated worlds: play one, play many in several processes, cut a failing one down,
// and show that wrong protocols are caught.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario.hpp"

namespace chronicle::sim {

/// What the command line changes in every scenario.
struct changes {
  std::string without;  ///< kinds of faults, with commas
  std::optional<std::uint64_t> seconds;
  std::optional<std::size_t> servers;
  std::optional<std::size_t> players;
  bool http = false;

  scenario apply(scenario plan) const;
};

/// "3..10", or "7".
std::vector<std::uint64_t> seeds_in_range(std::string const& range);
/// One a line; the rest of a line and lines that begin with # are for people.
std::vector<std::uint64_t> seeds_in_file(std::string const& path);

void select_variant(std::string const& name);

// Each prints what it found; true when no promise was broken.
bool play_one(scenario const& plan, bool print);
/// With `hashes` prints the hash of each seed's log, in the order of the seeds.
bool play_many(std::vector<std::uint64_t> const& seeds, changes const& cut, unsigned jobs, bool hashes);
/// Prints the smallest scenario found that breaks the same promise.
bool shrink(scenario plan);
/// True when every wrong variant is caught.
bool show_teeth(unsigned jobs);

}  // namespace chronicle::sim
