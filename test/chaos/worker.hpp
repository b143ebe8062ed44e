// A game server of the chaos test, a process of its own: players come and go on keys that all servers share,
// and whatever the store says about their data is written into a journal, to be held against what is stored.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chronicle::chaos {

struct worker_options {
  std::string name;
  std::vector<std::string> endpoints;  ///< of etcd, in the order in which to ask them
  std::string journal;                 ///< a file that lines are appended to, whole even when we are killed
  std::uint64_t seed = 1;
  std::size_t players = 6;  ///< at a time
  std::size_t keys = 60;

  worker_options() = default;
};

/// Plays until told to end by SIGTERM, closes its store, and returns what `main` should.
int run_worker(worker_options const& options);

/// Where workers keep their records in etcd.
inline constexpr char name_space[] = "chaos";

}  // namespace chronicle::chaos
