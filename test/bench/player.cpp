#include "bench/player.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <string>

namespace chronicle::bench {
namespace {

namespace json = boost::json;

json::object make_item(random_source& random) {
  static constexpr char const* names[] = {"Iron Sword", "Healing Potion", "Oak Shield",
                                          "Scroll of \"Return\""};
  return {{"Id", "item-" + std::to_string(uniform_up_to(random, 999999))},
          {"Name", names[uniform_up_to(random, 3)]},
          {"Count", uniform_up_to(random, 99)},
          {"Durability", static_cast<double>(uniform_up_to(random, 1000)) / 10},
          {"Bound", uniform_up_to(random, 1) == 1},
          {"Slot", nullptr},
          {"Enchantments", {uniform_up_to(random, 12), uniform_up_to(random, 12)}}};
}

}  // namespace

json::object make_player(std::size_t size, random_source& random) {
  json::object player = {
      {"Coins", uniform_up_to(random, 1'000'000)},
      {"Level", 37},
      {"DisplayName", "Ærøskøbing_Raider"},
      {"Settings", {{"Music", true}, {"SFX", false}, {"Sensitivity", 0.35}, {"Locale", "da-DK"}}},
      {"Position", {{"x", uniform(random) * 1000}, {"y", 12.5}, {"z", uniform(random) * 1000}}},
      {"Stats", {{"Kills", 1042}, {"Deaths", 977}, {"PlayTime", 123456}, {"Accuracy", uniform(random)}}},
      {"Inventory", json::array()}};
  json::array& inventory = player["Inventory"].as_array();
  std::size_t const item_size = json::serialize(make_item(random)).size();
  for (std::size_t used = json::serialize(player).size(); used < size; used += item_size) {
    inventory.push_back(make_item(random));
  }
  return player;
}

}  // namespace chronicle::bench
