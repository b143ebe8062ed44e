// One stream of chances of a simulated world. Each purpose draws from its own, so that switching one kind of
// fault off leaves the others as they were.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "chronicle/random_source.hpp"

namespace chronicle::sim {

class chance {
 public:
  chance(std::uint64_t seed, std::uint64_t purpose)
      : source_(make_seeded_random_source(seed * 0x9e3779b97f4a7c15 + purpose)) {
    source_->next();
  }

  bool happens(double probability) { return uniform(*source_) < probability; }
  /// One of 0 to n - 1.
  std::uint64_t below(std::uint64_t n) { return uniform_up_to(*source_, n - 1); }
  std::chrono::milliseconds between(std::chrono::milliseconds low, std::chrono::milliseconds high) {
    auto const spread = static_cast<std::uint64_t>((high - low).count());
    return low + std::chrono::milliseconds(static_cast<std::int64_t>(uniform_up_to(*source_, spread)));
  }
  double fraction() { return uniform(*source_); }

 private:
  std::shared_ptr<random_source> source_;
};

}  // namespace chronicle::sim
