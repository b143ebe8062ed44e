// What clients of one key did and were told: the history that a checker has to explain.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "chronicle/time_source.hpp"

namespace chronicle::linearizability {

/// What a key was seen to hold.
struct sighting {
  enum class kind : std::uint8_t { never, erased, live };
  kind what = kind::never;
  std::uint64_t revision = 0;          ///< of the value or the tombstone
  std::optional<std::uint32_t> value;  ///< absent: live, but the value was not sent along

  static sighting nothing() { return {}; }
  static sighting tombstone(std::uint64_t revision) { return {kind::erased, revision, {}}; }
  static sighting live(std::uint64_t revision, std::optional<std::uint32_t> value) {
    return {kind::live, revision, value};
  }
  bool operator==(sighting const&) const = default;
};

enum class verb : std::uint8_t { read, put, erase };

enum class outcome : std::uint8_t {
  unknown,  ///< no answer: it may take effect at any time after its call, or never
  none,     ///< certainly not carried out, now or later
  seen,     ///< a read, which saw `found`
  applied,  ///< a write, which is revision `made`
  refused,  ///< a write whose condition was false: the key held `found`
};

/// A moment of a history. The order of events is exact where times are not.
struct moment {
  std::uint64_t order = 0;
  time_point at{};
};
inline constexpr std::uint64_t never_returned = std::numeric_limits<std::uint64_t>::max();

/// One request of one client. Values and write ids are numbers; the same write id means the same bytes.
struct operation {
  int client = 0;
  verb what = verb::read;
  std::optional<std::uint64_t> expected;  ///< writes: at this revision; absent (put): where there is no value
  std::uint32_t value = 0;                ///< put
  std::uint32_t write_id = 0;             ///< 0 for none

  outcome came = outcome::unknown;
  sighting found;
  std::uint64_t made = 0;

  moment called;
  moment returned{never_returned,
                  {}};  ///< never: it may take effect at any time after its call, or not at all

  bool is_open() const noexcept { return returned.order == never_returned; }
  /// Constrains or changes nothing: a read without an answer, a write that was not carried out.
  bool is_void() const noexcept {
    return came == outcome::none || (came == outcome::unknown && what == verb::read);
  }
};
using history = std::vector<operation>;

/// In the order of their calls, one a line.
std::ostream& operator<<(std::ostream& out, history const& h);
std::ostream& operator<<(std::ostream& out, operation const& o);

}  // namespace chronicle::linearizability
