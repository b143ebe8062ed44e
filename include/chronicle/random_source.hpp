// Chance and identity, injected: one seed replays a whole run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace chronicle {

/// A stream of random 64-bit numbers, for jitter and for simulated faults; not for secrets. Safe to call from
/// several threads.
class random_source {
 public:
  virtual ~random_source() = default;
  /// The next number, each of the 2^64 as likely as any other.
  virtual std::uint64_t next() = 0;
};

/// A number in [0, 1), from the top 53 bits of one draw: as many as a double holds.
double uniform(random_source& random);
/// A whole number in [0, bound]; `bound` itself is possible.
std::uint64_t uniform_up_to(random_source& random, std::uint64_t bound);

/// Seeded once from the operating system.
std::shared_ptr<random_source> make_real_random_source();
/// The same numbers for the same seed, on every platform and compiler (SplitMix64: Steele,
/// Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
std::shared_ptr<random_source> make_seeded_random_source(std::uint64_t seed);

/// Makes identifiers nobody else makes: session ids, nonces, fences. Safe to call from several threads.
class id_source {
 public:
  virtual ~id_source() = default;
  /// A version 4 UUID in its 36-character form (RFC 9562, section 5.4).
  virtual std::string make_id() = 0;
};

/// 122 bits from the operating system's generator for every id.
std::shared_ptr<id_source> make_real_id_source();
/// The same ids for the same seed. Give every simulated server its own seed, or their ids collide.
std::shared_ptr<id_source> make_seeded_id_source(std::uint64_t seed);

}  // namespace chronicle
