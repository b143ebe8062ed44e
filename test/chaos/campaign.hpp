// The chaos test as a whole: a cluster, proxies in front of it, game servers, somebody who does harm to all
// of them, and the verdict on what came of it.
#pragma once

#include <chrono>
#include <cstdint>

namespace chronicle::chaos {

struct campaign_options {
  std::uint64_t seed = 1;
  std::chrono::seconds at_least{60};  ///< of harm
  std::chrono::seconds at_most{215};  ///< of harm; the end comes a little later
  std::int64_t revisions =
      30'000;  ///< of player records: the harm goes on until there are so many; fewer are a failure
  std::size_t workers = 6;
  std::size_t players = 6;  ///< of each worker
  std::size_t keys = 60;
};

/// True when no rule was broken. Says on standard output what it does and what came of it. Throws when the
/// test itself fails.
bool run_campaign(campaign_options const& options);

}  // namespace chronicle::chaos
