// Bad weather on order: decorators that make a backend and a message bus fail, lag, damage and contend, the
// same way for the same seed. For tests of games and for trying a game without a backend; never for
// production data.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "chronicle/backend.hpp"
#include "chronicle/message_bus.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

/// What goes wrong and how often. The defaults are fair weather.
struct simulation_options {
  /// Probability that an operation on the backend fails. A read fails as an outage, a time-out or throttling
  /// would make it; a write is refused for certain, or reported indeterminate, in which case it may have been
  /// applied or not: a third each. 0 to 1.
  double failure_rate = 0;
  /// How long every operation on the backend and every publication takes, by the time source; half of it
  /// before it takes effect. 0 to 10 min.
  std::chrono::milliseconds latency{0};
  /// Probability that a value read from the backend comes back damaged, in a way that the checks of a record
  /// notice. What is stored stays whole: a later read may be healthy. 0 to 1.
  double corruption_rate = 0;
  /// Probability that whoever reads a record with a free lease finds that a rival server has just taken it.
  /// The rival holds leases as any server does, in the record, for half a second to five; one in two is alive
  /// and keeps them against all comers meanwhile, the other silent and loses them to whoever dares. It leaves
  /// a profile alone until somebody else has had it. 0 to 1; `true` makes every free lease contended.
  double lease_contention = 0;
  /// Probability that the bus loses a message or refuses it, half and half, and that a subscription does not
  /// come about until it is tried again a second later. 0 to 1; with 1 or `true` the bus is dead.
  double messaging_failure = 0;
  /// The same seed and the same calls in the same order give the same weather.
  std::uint64_t seed = 1;

  simulation_options() = default;
};

/// The first option out of range, as "member: must be ..."; empty when all is well.
std::string find_problem(simulation_options const& options);

/// `target` in that weather. Neither `target` nor `time` may be null; `make_real_time_source()` is the real
/// time. Throws std::invalid_argument with what `find_problem` says.
std::shared_ptr<backend> make_simulated_backend(std::shared_ptr<backend> target,
                                                simulation_options const& options,
                                                std::shared_ptr<time_source> time);
/// The same for a bus.
std::shared_ptr<message_bus> make_simulated_bus(std::shared_ptr<message_bus> target,
                                                simulation_options const& options,
                                                std::shared_ptr<time_source> time);

}  // namespace chronicle
