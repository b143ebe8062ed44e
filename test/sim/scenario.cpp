#include "sim/scenario.hpp"

#include <algorithm>

#include "sim/chance.hpp"

namespace chronicle::sim {
namespace {

constexpr std::array<std::string_view, fault_kinds> names{
    "slow",       "lost_request", "lost_reply", "server_error", "throttle", "duplicate", "ghost",
    "resend",     "partition",    "outage",     "corruption",   "bus_loss", "bus_delay", "bus_duplicate",
    "bus_outage", "clocks",       "pause",      "crash",        "stop",     "cancel",    "hop"};

}  // namespace

std::string_view to_string(fault kind) {
  return names[static_cast<std::size_t>(kind)];
}

std::optional<fault> find_fault(std::string_view name) {
  auto const found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<fault>(found - names.begin());
}

scenario::scenario(std::uint64_t of_seed) : seed(of_seed) {
  chance draws(seed, 1);
  servers = 3 + draws.below(3);
  players = 20 + draws.below(5);
}

std::string scenario::command_line() const {
  scenario const plain(seed);
  std::string line = "--seed " + std::to_string(seed);
  if (length != plain.length) line += " --seconds " + std::to_string(length.count());
  if (servers != plain.servers) line += " --servers " + std::to_string(servers);
  if (players != plain.players) line += " --players " + std::to_string(players);
  if (http) line += " --http";
  std::string without;
  for (std::size_t kind = 0; kind < fault_kinds; ++kind)
    if (!faults.test(kind)) without += (without.empty() ? "" : ",") + std::string(names[kind]);
  if (!without.empty()) line += " --without " + without;
  return line;
}

weather::weather(scenario const& plan) {
  chance draws(plan.seed, 2);
  for (std::size_t kind = 0; kind < fault_kinds; ++kind) {
    // Mostly mild, sometimes harsh: a world in which everything always fails shows little.
    double const mild = 0.2 + draws.fraction();
    double const drawn = draws.happens(0.25) ? 4 * mild : mild;
    intensity_[kind] = plan.faults.test(kind) ? drawn : 0.0;
  }
}

}  // namespace chronicle::sim
