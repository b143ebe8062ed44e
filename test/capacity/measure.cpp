#include "capacity/measure.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "capacity/fleet.hpp"

namespace chronicle::capacity {
namespace {

using namespace std::chrono_literals;

fleet_options to_fleet(measure_options const& o) {
  fleet_options f;
  f.players = o.players;
  f.players_per_server = o.players_per_server;
  f.jitter = o.jitter;
  return f;
}

void expect_all_playing(fleet const& f, std::size_t players) {
  if (f.count().active != players) throw std::runtime_error("not everybody plays");
}

std::size_t second_of(time_point t) {
  return static_cast<std::size_t>(t.time_since_epoch() / 1s);
}

/// Requests from one second up to another.
double sum(std::vector<std::uint32_t> const& by_second, std::size_t from, std::size_t to) {
  double total = 0;
  for (std::size_t i = from; i < std::min(to, by_second.size()); ++i) total += by_second[i];
  return total;
}

}  // namespace

visit_cost measure_visit(measure_options const& o) {
  auto options = to_fleet(o);
  options.join_within = 5s;
  fleet f(options);
  auto const players = static_cast<double>(o.players);
  f.run_for(6s);
  expect_all_playing(f, o.players);
  visit_cost cost;
  cost.first_start = static_cast<double>(f.requests()) / players;
  auto const before_release = f.requests();
  f.release_all();
  f.run_for(5s);
  cost.release = static_cast<double>(f.requests() - before_release) / players;
  auto const before_return = f.requests();
  f.let_players_move(o.players, 5s);
  f.run_for(7s);
  if (f.moved() != o.players) throw std::runtime_error("not everybody came back");
  cost.start = static_cast<double>(f.requests() - before_return) / players;
  return cost;
}

stay_cost measure_stay(measure_options const& o, seconds between_edits, std::chrono::hours how_long) {
  auto options = to_fleet(o);
  options.between_edits = between_edits;
  fleet f(options);
  f.run_for(5min);  // all have joined, and the first renewals are behind them
  expect_all_playing(f, o.players);
  auto const before = f.count();
  auto const requests_before = f.requests();
  f.run_for(how_long);
  auto const after = f.count();
  double const session_hours = static_cast<double>(o.players) * static_cast<double>(how_long.count());
  stay_cost cost;
  cost.between_edits = between_edits;
  cost.renewals = static_cast<double>(after.renewals - before.renewals) / session_hours;
  cost.saves = static_cast<double>(after.saves - before.saves) / session_hours;
  cost.requests = static_cast<double>(f.requests() - requests_before) / session_hours;
  return cost;
}

outage_cost measure_outage(measure_options const& o, seconds length, double movers) {
  auto options = to_fleet(o);
  options.between_edits = 60s;
  fleet f(options);
  f.run_for(5min);
  expect_all_playing(f, o.players);
  auto const moving = static_cast<std::size_t>(std::ceil(static_cast<double>(o.players) * movers));
  auto const begin = second_of(f.now());
  f.begin_outage(length);
  f.let_players_move(moving, length);
  for (auto t = 0s; t < length; t += 1s) {
    f.run_for(1s);
    f.look_for_lapses();
  }
  auto const end = second_of(f.now());
  outage_cost cost;
  cost.length = length;
  for (auto t = 0s; t < 20min; t += 1s) {
    f.run_for(1s);
    if (f.look_for_lapses().now > 0) cost.recovered = static_cast<double>((t + 1s).count());
  }
  auto const& load = f.requests_by_second();
  auto const players = static_cast<double>(o.players);
  cost.during = sum(load, begin, end) / static_cast<double>((end - begin) * f.servers());
  cost.peak = *std::max_element(load.begin() + static_cast<std::ptrdiff_t>(end), load.end()) / players;
  cost.lapsed = static_cast<double>(f.look_for_lapses().ever) / players;
  cost.lost = static_cast<double>(f.count().lost) / static_cast<double>(moving);
  return cost;
}

}  // namespace chronicle::capacity
