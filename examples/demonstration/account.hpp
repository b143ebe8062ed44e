// One player's coins as the player sees them: what was earned, and what a server has confirmed to be stored.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

class account {
 public:
  void earn(std::int64_t coins) {
    earned_ += coins;
    balance_ += coins;
  }

  /// A server has confirmed that a record with this balance is stored.
  void acknowledge(std::int64_t balance) { acknowledged_ = std::max(acknowledged_, balance); }

  /// A session begins with the balance a server has found in the record. After a crash what was never
  /// acknowledged may be missing; otherwise nothing may. Returns what is wrong; empty when nothing is.
  std::string resume(std::int64_t found, bool after_crash) {
    if (found > balance_ || found < (after_crash ? acknowledged_ : balance_))
      return "a server found " + std::to_string(found) + " coins; " + describe();
    balance_ = found;
    return {};
  }

  /// The balance in the stored record, when nobody plays any more.
  std::string audit(std::int64_t stored) const {
    if (stored == balance_ && stored == acknowledged_) return {};
    return std::to_string(stored) + " coins are stored; " + describe();
  }

  std::int64_t earned() const { return earned_; }
  std::int64_t acknowledged() const { return acknowledged_; }
  /// What went down with a server before it was acknowledged.
  std::int64_t forfeited() const { return earned_ - balance_; }

 private:
  std::string describe() const {
    return std::to_string(acknowledged_) + " were acknowledged, the balance is " + std::to_string(balance_);
  }

  std::int64_t earned_ = 0;
  std::int64_t acknowledged_ = 0;
  std::int64_t balance_ = 0;  // what the record has to hold in the end
};
