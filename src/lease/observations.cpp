#include "lease/observations.hpp"

#include <algorithm>

namespace chronicle::lease {

boot_clock::duration observations::note(std::string const& key, version const& at, time_point began,
                                        time_point ended) {
  auto const known = by_key_.find(key);
  if (known != by_key_.end()) {
    recent_.splice(recent_.begin(), recent_, known->second);
    sighting& seen = recent_.front();
    if (seen.at == at) return std::max(began - seen.first_seen, boot_clock::duration::zero());
    seen.at = at;
    seen.first_seen = ended;
    return {};
  }
  recent_.push_front({key, at, ended});
  by_key_.emplace(key, recent_.begin());
  if (by_key_.size() > limit_) {
    by_key_.erase(recent_.back().key);
    recent_.pop_back();
  }
  return {};
}

}  // namespace chronicle::lease
