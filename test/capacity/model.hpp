// From what one session costs to what a game costs: requests per second and lost sessions against the number
// of players.
#pragma once

#include <iosfwd>
#include <vector>

#include "capacity/measure.hpp"

namespace chronicle::capacity {

/// What the extrapolation assumes beyond what is measured.
struct assumptions {
  std::size_t players_per_server = 100;
  seconds visit{30 * 60};  ///< how long a player stays: one start and one release
  double movers = 0.01;    ///< players seen on another server during an outage, as a share of all
};

struct measurements {
  visit_cost visit;
  std::vector<stay_cost> stays;
  std::vector<outage_cost> outages;
};
measurements measure_all(measure_options const& o, std::ostream& progress);

/// Requests per second: players * (stay / 3600 + (start + release) / visit).
double steady_load(measurements const& m, stay_cost const& stay, assumptions const& a, double players);
/// Requests per second in the busiest second after an outage: players * peak.
double peak_load(outage_cost const& outage, double players);
/// Requests per second while it lasts: players / players_per_server * during.
double load_during(outage_cost const& outage, assumptions const& a, double players);
/// Sessions that others took over: players * movers * lost.
double sessions_lost(outage_cost const& outage, assumptions const& a, double players);

/// Writes per hour of one session as it follows from the options, with edits at random (a Poisson process of
/// rate r): a dirty stretch lasts D on average, from its first edit to `quiet_period` after its last or to
/// `max_delay`; between two stretches 1/r passes; the lease is renewed whenever R passes without a write:
///   writes = 1 / ((1 - exp(-r R)) (1/r + D)),  saves = 1 / (1/r + D).
struct predicted_stay {
  double saves = 0;
  double renewals = 0;
};
predicted_stay predict_stay(seconds between_edits, bool jitter);

void print_tables(std::ostream& out, measurements const& m, assumptions const& a);

/// 1 thousand to 10 million.
inline constexpr double player_counts[] = {1e3, 1e4, 1e5, 1e6, 1e7};

}  // namespace chronicle::capacity
