// Coins with rules: no negative amounts, no overflow, no debts, nothing for players who are not here.
#pragma once

#include <cstdint>
#include <string>

#include "../player_data/player_service.hpp"

/// What became of a payment.
enum class payment { done, not_playing, bad_amount, too_few_coins };
char const* to_string(payment p);

/// Changes players' balances. Every change is one edit of one document: it is saved as a whole or not at all.
class wallet {
 public:
  explicit wallet(player_service& players) : players_(players) {}

  payment add_coins(std::string const& id, std::int64_t amount);
  payment remove_coins(std::string const& id, std::int64_t amount);
  /// Coins and item change hands together.
  payment buy(std::string const& id, std::string const& item, std::int64_t cost);

 private:
  player_service& players_;
};
