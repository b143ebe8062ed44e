#include <atomic>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/player.hpp"
#include "bench/suites.hpp"
#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"

namespace chronicle::bench {
namespace {

constexpr std::size_t bytes_at_a_time = 1 << 16;

template <class Hash>
double hash_for(double duration, std::vector<json::object> const& documents, Hash hash) {
  static std::atomic<std::uint64_t> kept;  // so that nothing is optimised away
  double const end = seconds_now() + duration;
  double count = 0;
  while (seconds_now() < end) {
    for (auto const& document : documents) kept = kept + hash(document);
    count += static_cast<double>(documents.size());
  }
  return count;
}

// FNV-1a as everybody writes it, not in blocks as ours is.
std::uint64_t serialized_hash(json::object const& document) {
  fnv1a64 hash;
  for (char const byte : json::serialize(document)) hash.update(byte);
  return hash.value();
}

void measure(std::size_t size, char const* name, effort how_much, std::vector<row>& report) {
  auto const random = make_seeded_random_source(size);
  std::vector<json::object> documents;
  std::size_t bytes = 0;
  while (bytes < bytes_at_a_time) {
    documents.push_back(make_player(size, *random));
    bytes += json::serialize(documents.back()).size();
  }
  double const duration = how_much.seconds / 4;
  auto const canonical = [](json::object const& document) { return canonical_hash(document); };
  hash_for(duration, documents, canonical);  // allocates what the thread keeps
  std::size_t allocated = 0;
  auto const found = compare(
      how_much, [&] { return hash_for(duration, documents, serialized_hash); },
      [&] {
        std::size_t const before = allocations();
        double const count = hash_for(duration, documents, canonical);
        allocated += allocations() - before;
        return count;
      });
  double const nanoseconds = 1e3 * processor_microseconds(found.ours) *
                             static_cast<double>(documents.size()) / static_cast<double>(bytes);
  char notes[64];
  std::snprintf(notes, sizeof notes, "%.2f ns a byte", nanoseconds);
  row line("b", name, found.rates());
  line.kind = promise::at_least;
  line.promised = 1.5;
  line.notes = notes;
  report.push_back(line);
  row memory("b", std::string(name) + ", allocations", {});
  memory.ratio.min = memory.ratio.median = memory.ratio.max = static_cast<double>(allocated);
  memory.kind = promise::at_most;
  memory.unit = "times";
  report.push_back(memory);
}

}  // namespace

std::vector<row> measure_canonical_hash(effort how_much) {
  std::vector<row> report;
  measure(std::size_t{1} << 10, "1 KiB", how_much, report);
  measure(std::size_t{1} << 16, "64 KiB", how_much, report);
  measure(std::size_t{1} << 20, "1 MiB", how_much, report);
  return report;
}

}  // namespace chronicle::bench
