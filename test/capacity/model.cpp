#include "capacity/model.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <string>

#include "chronicle/store_options.hpp"

namespace chronicle::capacity {
namespace {

using namespace std::chrono_literals;

double in_seconds(std::chrono::duration<double> d) {
  return d.count();
}

/// How long data stays unsaved on average. S(t), the probability that it still is after t, satisfies the
/// renewal equation S(t) = exp(-r q) [t < q] + integral over the next edit at s < q of r exp(-r s) S(t - s),
/// and D is its integral up to `most`.
double mean_dirty_time(double rate, double quiet, double most) {
  constexpr double step = 0.01;
  auto const steps = static_cast<std::size_t>(most / step);
  auto const window = static_cast<std::size_t>(quiet / step);
  std::vector<double> still(steps, 1.0);
  double total = 0;
  double const within_step = 1 - std::exp(-rate * step);
  for (std::size_t t = 0; t < steps; ++t) {
    if (t >= window) {
      still[t] = 0;
      for (std::size_t s = 0; s < window; ++s)
        still[t] += within_step * std::exp(-rate * step * static_cast<double>(s)) * still[t - s - 1];
    }
    total += still[t] * step;
  }
  return total;
}

}  // namespace

measurements measure_all(measure_options const& o, std::ostream& progress) {
  measurements m;
  progress << "measuring starts and releases\n" << std::flush;
  m.visit = measure_visit(o);
  auto few = o;  // stays are long and all alike
  few.players = std::max<std::size_t>(o.players / 10, 1);
  for (auto const gap : {0s, 300s, 60s, 10s, 1s}) {
    progress << "measuring an edit every " << gap.count() << " s\n" << std::flush;
    m.stays.push_back(measure_stay(few, gap, 3h));
  }
  for (auto const length : {10s, 30s, 60s, 120s, 300s, 900s, 1800s}) {
    progress << "measuring an outage of " << length.count() << " s\n" << std::flush;
    m.outages.push_back(measure_outage(o, length));
  }
  return m;
}

double steady_load(measurements const& m, stay_cost const& stay, assumptions const& a, double players) {
  return players * (stay.requests / 3600 + (m.visit.start + m.visit.release) / in_seconds(a.visit));
}
double peak_load(outage_cost const& outage, double players) {
  return players * outage.peak;
}
double load_during(outage_cost const& outage, assumptions const& a, double players) {
  return players / static_cast<double>(a.players_per_server) * outage.during;
}
double sessions_lost(outage_cost const& outage, assumptions const& a, double players) {
  return players * a.movers * outage.lost;
}

predicted_stay predict_stay(seconds between_edits, bool jitter) {
  lease_options const lease;
  saving_options const saving;
  double const renew = in_seconds(lease.renew_age) - (jitter ? in_seconds(lease.renew_jitter) / 2 : 0);
  if (between_edits == 0s) return {0, 3600 / renew};
  double const quiet = in_seconds(saving.quiet_period) - (jitter ? in_seconds(saving.jitter) / 2 : 0);
  double const rate = 1 / in_seconds(between_edits);
  double const saves = 3600 / (1 / rate + mean_dirty_time(rate, quiet, in_seconds(saving.max_delay)));
  double const none_in_time = std::exp(-rate * renew);
  return {saves, saves * none_in_time / (1 - none_in_time)};
}

namespace {

void print_costs(std::ostream& out, measurements const& m) {
  out << "\nPer session, measured\n"
      << "  start of a new player      " << m.visit.first_start << " requests\n"
      << "  start of a known player    " << m.visit.start << " requests\n"
      << "  release                    " << m.visit.release << " requests\n"
      << "\n  edit every     saves/h (formula)     renewals/h (formula)   requests/h\n";
  for (auto const& s : m.stays) {
    auto const expected = predict_stay(s.between_edits, true);
    std::string const gap = s.between_edits == 0s ? "never" : std::to_string(s.between_edits.count()) + " s";
    out << "  " << std::setw(10) << gap << std::setw(12) << s.saves << " (" << std::setw(6) << expected.saves
        << ")" << std::setw(17) << s.renewals << " (" << std::setw(6) << expected.renewals << ")"
        << std::setw(13) << s.requests << '\n';
  }
  out << "\n  outage    leases lapsed    lost of those   busiest second   all valid    requests/s of a "
         "server\n"
      << "                             seen elsewhere  after it         again after  while it lasts\n";
  for (auto const& o : m.outages)
    out << std::setw(6) << o.length.count() << " s" << std::setw(14) << 100 * o.lapsed << " %"
        << std::setw(15) << 100 * o.lost << " %" << std::setw(13) << o.peak << "/session" << std::setw(8)
        << o.recovered << " s" << std::setw(18) << o.during << '\n';
}

void print_players(std::ostream& out, std::string const& what) {
  out << "\n" << std::left << std::setw(34) << what << std::right;
  for (auto const players : player_counts) out << std::setw(12) << std::setprecision(0) << players;
  out << '\n' << std::setprecision(1);
}

}  // namespace

void print_tables(std::ostream& out, measurements const& m, assumptions const& a) {
  out << std::fixed << std::setprecision(2);
  print_costs(out, m);
  auto const row = [&out](std::string const& name, auto&& value) {
    out << std::left << std::setw(34) << "  " + name << std::right;
    for (auto const players : player_counts) out << std::setw(12) << value(players);
    out << '\n';
  };
  auto const of_outage = [](outage_cost const& o) {
    return "outage of " + std::to_string(o.length.count()) + " s";
  };
  print_players(out, "Requests/s, steady; players");
  for (auto const& s : m.stays) {
    auto const gap = s.between_edits == 0s
                         ? "no edits"
                         : "an edit every " + std::to_string(s.between_edits.count()) + " s";
    row(gap, [&](double players) { return steady_load(m, s, a, players); });
  }
  print_players(out, "Requests/s, busiest after; players");
  for (auto const& o : m.outages) row(of_outage(o), [&](double players) { return peak_load(o, players); });
  print_players(out, "Requests/s while it lasts; players");
  for (auto const& o : m.outages)
    row(of_outage(o), [&](double players) { return load_during(o, a, players); });
  print_players(out, "Sessions lost; players");
  for (auto const& o : m.outages)
    row(of_outage(o), [&](double players) { return sessions_lost(o, a, players); });
  out << "\nRequests/s, steady = players * (requests per hour of a session / 3600 + (start + release) / "
         "visit), visit = "
      << a.visit.count() / 60 << " min\n"
      << "busiest second     = players * busiest second per session; edits once a minute\n"
      << "while it lasts     = players / " << a.players_per_server << " * requests/s of a server\n"
      << "sessions lost      = players * " << std::setprecision(2) << a.movers
      << " seen on another server meanwhile * share of those lost\n";
}

}  // namespace chronicle::capacity
