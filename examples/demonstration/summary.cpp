#include "summary.hpp"

#include <algorithm>
#include <functional>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace {

// In seconds: the median and the largest.
std::string spread(std::vector<tally::milliseconds> times) {
  if (times.empty()) return "-";
  std::sort(times.begin(), times.end());
  auto const seconds = [](tally::milliseconds t) { return static_cast<double>(t.count()) / 1000; };
  std::ostringstream text;
  text << std::fixed << std::setprecision(3) << seconds(times[times.size() / 2]) << " / "
       << seconds(times.back());
  return text.str();
}

std::uint64_t conflicts(tally const& counts, char const* resolution) {
  auto const found = counts.conflicts.find(resolution);
  return found == counts.conflicts.end() ? 0 : found->second;
}

std::int64_t sum(game_round const& of, std::int64_t (account::*what)() const) {
  std::int64_t total = 0;
  for (auto const& [name, p] : of.players()) total += (p->coins().*what)();
  return total;
}

using cell = std::function<std::string(game_round const&)>;

}  // namespace

void print_summary(std::ostream& out, std::vector<std::unique_ptr<game_round>> const& rounds) {
  auto const row = [&](char const* label, cell const& text) {
    out << std::left << std::setw(38) << label << std::right;
    for (auto const& one : rounds) out << std::setw(18) << text(*one);
    out << '\n';
  };
  auto const number = [](auto n) { return std::to_string(n); };
  int column = 0;
  out << '\n';
  row("round", [&](game_round const&) { return number(++column); });
  row("players", [&](game_round const& r) { return number(r.players().size()); });
  row("sessions", [&](game_round const& r) { return number(r.counts().sessions); });
  row("hops from server to server", [&](game_round const& r) { return number(r.counts().hops); });
  row("  seconds per hop, median / longest",
      [](game_round const& r) { return spread(r.counts().hop_times); });
  row("edits", [&](game_round const& r) { return number(r.counts().edits); });
  row("saves", [&](game_round const& r) { return number(r.counts().saves); });
  row("coins earned", [&](game_round const& r) { return number(sum(r, &account::earned)); });
  row("  gone with a killed server, unconfirmed",
      [&](game_round const& r) { return number(sum(r, &account::forfeited)); });
  row("  acknowledged", [&](game_round const& r) { return number(sum(r, &account::acknowledged)); });
  row("  in the stored records", [&](game_round const& r) { return number(r.counts().stored); });
  row("players of a killed server",
      [&](game_round const& r) { return number(r.counts().recovery_times.size()); });
  row("  seconds to recover, median / longest",
      [](game_round const& r) { return spread(r.counts().recovery_times); });
  row("leases taken over from a silent owner",
      [&](game_round const& r) { return number(conflicts(r.counts(), "messaging_timeout_steal")); });
  row("leases taken over after expiry",
      [&](game_round const& r) { return number(conflicts(r.counts(), "expired_lease_steal")); });
  row("verdict",
      [](game_round const& r) { return std::string(r.counts().problems.empty() ? "held" : "BROKEN"); });
  out << std::flush;
}
