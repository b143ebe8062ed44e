// What one key of the REST dialect does when requests come one after the other: a register with
// compare-and-swap, tombstones, revisions that only grow, and writes that may be sent again under their id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "linearizability/operation.hpp"

namespace chronicle::linearizability {

/// What the key holds. The revision of a write without an answer is not known until somebody sees it.
class register_state {
 public:
  /// A key that was never written.
  register_state() = default;
  /// A key of which nothing is known: what is seen first is believed.
  static register_state anything();

  /// What the key holds after `o`; nothing when `o` cannot have had its outcome here. A write without an
  /// answer changes the key, or has no place here: that it never happens is for the checker to consider.
  std::optional<register_state> after(operation const& o) const;

  /// Whether the write `o`, should it still be under way, can change nothing from here on, whatever happens:
  /// the revision it expects is history.
  bool is_past(operation const& o) const noexcept {
    return o.expected && *o.expected <= floor_ && !(what_ == holds::live && revision_ == *o.expected);
  }

  bool operator==(register_state const&) const = default;
  std::size_t hash() const noexcept;

 private:
  enum class holds : std::uint8_t { never, erased, live, anything };
  enum class answer : std::uint8_t { no, maybe, yes };

  std::optional<register_state> after_sighting(sighting const& s) const;
  register_state after_write(operation const& o, std::uint64_t revision) const;
  std::optional<register_state> after_applied(operation const& o) const;
  std::optional<register_state> after_refused(operation const& o) const;
  answer meets_condition(operation const& o) const;
  answer has_carried_out(operation const& o) const;

  holds what_ = holds::never;
  std::uint64_t revision_ = 0;          // 0: not known
  std::uint64_t floor_ = 0;             // no later write gets a revision up to this one
  std::optional<std::uint32_t> value_;  // of what lives; absent: not known
  std::optional<std::uint32_t> write_id_ = 0;
};

}  // namespace chronicle::linearizability
