// What one session costs, measured with real sessions on virtual time.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace chronicle::capacity {

using std::chrono::seconds;

struct measure_options {
  std::size_t players = 1000;
  std::size_t players_per_server = 100;
  bool jitter = true;
};

/// Requests of one player's coming and going.
struct visit_cost {
  double first_start = 0;  ///< of a player who was never there
  double start = 0;        ///< of one who was
  double release = 0;
};
visit_cost measure_visit(measure_options const& o);

/// Of one session that stays, per hour.
struct stay_cost {
  seconds between_edits{0};  ///< mean; 0: no edits
  double renewals = 0;
  double saves = 0;
  double requests = 0;
};
stay_cost measure_stay(measure_options const& o, seconds between_edits, std::chrono::hours how_long);

/// What an outage of the backend does to a fleet whose players edit once a minute.
struct outage_cost {
  seconds length{0};
  double during = 0;     ///< requests per server and second while it lasts
  double peak = 0;       ///< requests per session in the busiest second after it
  double lapsed = 0;     ///< share of the sessions whose lease ran out unconfirmed, in it or after it
  double recovered = 0;  ///< seconds from its end until every lease is valid again, or lost
  double lost = 0;       ///< share of the players seen elsewhere meanwhile whose session was taken over
};
/// `movers` of the players turn up on another server while it lasts.
outage_cost measure_outage(measure_options const& o, seconds length, double movers = 0.05);

}  // namespace chronicle::capacity
