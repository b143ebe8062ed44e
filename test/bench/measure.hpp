// What all benchmarks have in common: two things are timed in turn, round after round in one run, so that a
// busy machine slows both; what counts is the ratio of each round.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace chronicle::bench {

/// The smallest, the middle and the largest of several measurements.
struct spread {
  double min = 0;
  double median = 0;
  double max = 0;
};
spread spread_of(std::vector<double> values);

/// What the median of a measurement has to keep to.
enum class promise { none, at_least, at_most };

/// A line of the report.
struct row {
  std::string suite;  ///< "a" to "e"; lines of one suite stand together
  std::string what;
  spread ratio;       ///< ours against the reference, unless `unit` says what else
  std::string notes;  ///< absolute numbers
  promise kind = promise::none;
  double promised = 0;
  std::string unit;

  row(std::string s, std::string w, spread r) : suite(std::move(s)), what(std::move(w)), ratio(r) {}
  bool holds() const noexcept;
};

/// What a suite is asked for.
struct effort {
  int rounds = 21;
  double seconds = 0.2;  ///< of one half of a round
};

/// Seconds of processor time this process has used so far, all threads together.
double processor_seconds();
/// Seconds since some moment.
double seconds_now();

/// What one half of a round brought.
struct half {
  double operations = 0;
  double seconds = 0;
  double processor = 0;  ///< seconds of it
  double rate() const noexcept { return operations / seconds; }
};
/// Times `run`, which returns how many operations it has carried out.
half time_half(std::function<double()> const& run);

/// `rounds` times reference and ours, by turns one or the other first.
struct comparison {
  std::vector<half> reference;
  std::vector<half> ours;

  spread rates() const;                    ///< ours / reference
  spread processor_per_operation() const;  ///< ours / reference
};
comparison compare(effort how_much, std::function<double()> const& reference,
                   std::function<double()> const& ours);

/// Medians over the rounds, in microseconds for each operation.
double wall_microseconds(std::vector<half> const& halves);
double processor_microseconds(std::vector<half> const& halves);

/// How often this thread has allocated memory so far.
std::size_t allocations() noexcept;

}  // namespace chronicle::bench
