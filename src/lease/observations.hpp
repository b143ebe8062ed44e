// What expiry rule E2 needs: since when this process has seen each key under the version it has now. Kept
// over attempts, so that a later start profits from an earlier one; bounded, the least recently used is
// forgotten.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "chronicle/backend.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle::lease {

class observations {
 public:
  explicit observations(std::size_t limit = 4096) : limit_(limit) {}

  /// Notes that `key` was read under `at`: the read began at `began` and ended at `ended`. Returns for how
  /// long that very version has been watched: from the end of its first read to the beginning of this one.
  boot_clock::duration note(std::string const& key, version const& at, time_point began, time_point ended);

  std::size_t size() const noexcept { return by_key_.size(); }

 private:
  struct sighting {
    std::string key;
    version at;
    time_point first_seen;
  };

  std::size_t limit_;
  std::list<sighting> recent_;  // most recently used first
  std::unordered_map<std::string, std::list<sighting>::iterator> by_key_;
};

}  // namespace chronicle::lease
