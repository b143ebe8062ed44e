#include "wallet.hpp"

#include <limits>

char const* to_string(payment p) {
  switch (p) {
    case payment::done: return "done";
    case payment::not_playing: return "not playing here";
    case payment::bad_amount: return "bad amount";
    case payment::too_few_coins: return "too few coins";
  }
  return "unknown";
}

payment wallet::add_coins(std::string const& id, std::int64_t amount) {
  chronicle::profile* const profile = players_.find(id);
  if (!profile) return payment::not_playing;
  std::int64_t const balance = profile->data().at("Coins").as_int64();
  if (amount < 0 || balance > std::numeric_limits<std::int64_t>::max() - amount) return payment::bad_amount;
  profile->edit()["Coins"] = balance + amount;
  return payment::done;
}

payment wallet::remove_coins(std::string const& id, std::int64_t amount) {
  chronicle::profile* const profile = players_.find(id);
  if (!profile) return payment::not_playing;
  std::int64_t const balance = profile->data().at("Coins").as_int64();
  if (amount < 0) return payment::bad_amount;
  if (balance < amount) return payment::too_few_coins;
  profile->edit()["Coins"] = balance - amount;
  return payment::done;
}

payment wallet::buy(std::string const& id, std::string const& item, std::int64_t cost) {
  chronicle::profile* const profile = players_.find(id);  // before they pay: the lease may run out any time
  payment const paid = remove_coins(id, cost);
  if (paid == payment::done) profile->edit()["Inventory"].as_array().emplace_back(item);
  return paid;
}
