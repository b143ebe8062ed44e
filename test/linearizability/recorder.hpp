// Writes down what clients call and what they are told, key by key, in the exact order of events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "linearizability/operation.hpp"

namespace chronicle::linearizability {

/// Belongs to one thread. The clients share the operations that may still be begun.
class recorder {
 public:
  recorder(std::shared_ptr<time_source> time, std::size_t keys, std::size_t operations)
      : time_(std::move(time)), keys_(keys), left_(operations) {}

  struct ticket {
    std::size_t key = 0;
    std::size_t index = 0;
  };

  /// False when enough has been done.
  bool take_turn() { return left_ > 0 && left_-- > 0; }
  /// A number that no value and no write id has had.
  std::uint32_t new_number() { return ++last_number_; }
  std::size_t keys() const noexcept { return keys_.size(); }

  ticket call(std::size_t key, operation o) {
    o.called = now();
    keys_[key].push_back(o);
    return {key, keys_[key].size() - 1};
  }
  void done(ticket t, operation told) {
    auto& o = keys_[t.key][t.index];
    told.called = o.called;
    told.returned = told.came == outcome::unknown ? moment{never_returned, {}} : now();
    if (told.came == outcome::applied) ++acknowledged_;
    o = told;
  }

  std::vector<history> const& histories() const noexcept { return keys_; }
  std::size_t acknowledged() const noexcept { return acknowledged_; }  ///< writes

 private:
  moment now() { return {++events_, time_->now()}; }

  std::shared_ptr<time_source> time_;
  std::vector<history> keys_;
  std::size_t left_;
  std::size_t acknowledged_ = 0;
  std::uint64_t events_ = 0;
  std::uint32_t last_number_ = 0;
};

}  // namespace chronicle::linearizability
