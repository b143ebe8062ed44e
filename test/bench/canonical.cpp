// How much faster the canonical hash of a document is than hashing what boost::json::serialize makes of it,
// both taken in turn in one run. Ends with status 1 unless it is at least 1.5 times as fast and allocates
// nothing.
#include "integrity/canonical.hpp"

#include <algorithm>
#include <atomic>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "chronicle/random_source.hpp"
#include "integrity/fnv1a.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace chronicle {
namespace {

constexpr double promised_ratio = 1.5;
constexpr int rounds = 41;
constexpr std::size_t most_bytes = 1 << 16;

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

// A player's data with an inventory long enough to make the serialized document about `size` bytes.
json::value make_player(std::size_t size, random_source& random) {
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

// Time for one pass over all documents.
template <class Hash>
double seconds(std::vector<json::value> const& documents, Hash hash) {
  static std::atomic<std::uint64_t> kept;  // so that nothing is optimised away
  auto const start = std::chrono::steady_clock::now();
  for (json::value const& document : documents) kept = kept + hash(document);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::uint64_t serialized_hash(json::value const& document) {
  fnv1a64 hash;
  hash.update(json::serialize(document));
  return hash.value();
}

// Prints one line of the table; tells whether the promise holds.
bool measure(std::size_t size) {
  auto const random = make_seeded_random_source(size);
  std::vector<json::value> documents;
  std::size_t bytes = 0;
  while (bytes < most_bytes) {
    documents.push_back(make_player(size, *random));
    bytes += json::serialize(documents.back()).size();
  }
  auto const canonical = [](json::value const& document) { return canonical_hash(document); };
  seconds(documents, canonical);  // allocates what the thread keeps

  std::vector<double> ratios;
  double best = 1;
  std::size_t allocated = 0;
  for (int round = 0; round < rounds; ++round) {
    double const reference = seconds(documents, serialized_hash);
    std::size_t const before = allocations;
    double const ours = seconds(documents, canonical);
    allocated += allocations - before;
    ratios.push_back(reference / ours);
    best = std::min(best, ours);
  }
  std::sort(ratios.begin(), ratios.end());
  double const median = ratios[ratios.size() / 2];
  std::printf("%10zu %10zu %10.2f %10.2f %10.2f %10.2f %12zu\n", size, documents.size(), ratios.front(),
              median, ratios.back(), best * 1e9 / static_cast<double>(bytes), allocated);
  return median >= promised_ratio && allocated == 0;
}

}  // namespace
}  // namespace chronicle

int main() {
  std::printf("(serialize + FNV-1a) / canonical hash, %d rounds\n", chronicle::rounds);
  std::printf("%10s %10s %10s %10s %10s %10s %12s\n", "bytes", "documents", "min", "median", "max", "ns/byte",
              "allocations");
  bool held = true;
  for (std::size_t const size : {std::size_t{1} << 10, std::size_t{1} << 16, std::size_t{1} << 20}) {
    held = chronicle::measure(size) && held;
  }
  return held ? 0 : 1;
}
