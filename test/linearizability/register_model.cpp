#include "linearizability/register_model.hpp"

#include <algorithm>

namespace chronicle::linearizability {

register_state register_state::anything() {
  register_state s;
  s.what_ = holds::anything;
  s.write_id_.reset();
  return s;
}

std::optional<register_state> register_state::after(operation const& o) const {
  switch (o.came) {
    case outcome::seen: return after_sighting(o.found);
    case outcome::applied: return after_applied(o);
    case outcome::refused: return after_refused(o);
    case outcome::unknown:
      if (meets_condition(o) == answer::no) return std::nullopt;
      return after_write(o, 0);
    case outcome::none: break;
  }
  return std::nullopt;
}

/// What is seen must be what is there; what is not known about it is known from now on.
std::optional<register_state> register_state::after_sighting(sighting const& s) const {
  auto const what = s.what == sighting::kind::never    ? holds::never
                    : s.what == sighting::kind::erased ? holds::erased
                                                       : holds::live;
  bool const known = what_ != holds::anything;
  if (known && what_ != what) return std::nullopt;
  if (what == holds::never) {
    register_state never = *this;
    never.what_ = holds::never;
    return never;
  }
  if (revision_ != 0 ? s.revision != revision_ : s.revision <= floor_) return std::nullopt;
  if (s.value && value_ && *s.value != *value_) return std::nullopt;
  register_state seen = *this;
  seen.what_ = what;
  seen.revision_ = seen.floor_ = s.revision;
  if (s.value) seen.value_ = s.value;
  return seen;
}

register_state register_state::after_write(operation const& o, std::uint64_t revision) const {
  register_state s;
  s.what_ = o.what == verb::put ? holds::live : holds::erased;
  s.revision_ = revision;
  s.floor_ = std::max({floor_, o.expected.value_or(0), revision});
  if (o.what == verb::put) s.value_ = o.value;
  s.write_id_ = o.write_id;
  return s;
}

std::optional<register_state> register_state::after_applied(operation const& o) const {
  auto const condition = meets_condition(o);
  if (condition != answer::no && o.made > std::max(floor_, o.expected.value_or(0)))
    return after_write(o, o.made);
  if (condition == answer::yes || has_carried_out(o) == answer::no) return std::nullopt;
  auto const done = o.what == verb::put ? sighting::live(o.made, o.value) : sighting::tombstone(o.made);
  auto replayed = after_sighting(done);
  if (replayed) replayed->write_id_ = o.write_id;
  return replayed;
}

std::optional<register_state> register_state::after_refused(operation const& o) const {
  auto const seen = after_sighting(o.found);
  if (!seen || seen->meets_condition(o) != answer::no) return std::nullopt;
  // A write that has been carried out before must be told so, not refused.
  if (seen->has_carried_out(o) == answer::yes) return std::nullopt;
  return seen;
}

register_state::answer register_state::meets_condition(operation const& o) const {
  if (what_ == holds::anything) return answer::maybe;
  if (!o.expected) return what_ == holds::live ? answer::no : answer::yes;
  if (what_ != holds::live) return answer::no;
  if (revision_ != 0) return *o.expected == revision_ ? answer::yes : answer::no;
  return *o.expected > floor_ ? answer::maybe : answer::no;
}

register_state::answer register_state::has_carried_out(operation const& o) const {
  if (o.write_id == 0 || what_ == holds::never) return answer::no;
  if (what_ == holds::anything) return answer::maybe;
  bool const is_put = o.what == verb::put;
  if (is_put != (what_ == holds::live)) return answer::no;
  if (is_put && value_ && *value_ != o.value) return answer::no;
  if (write_id_ && *write_id_ != o.write_id) return answer::no;
  return write_id_ && (!is_put || value_) ? answer::yes : answer::maybe;
}

std::size_t register_state::hash() const noexcept {
  std::size_t h = static_cast<std::size_t>(what_);
  auto const mix = [&h](std::uint64_t n) { h = (h ^ n) * 0x9e3779b97f4a7c15 + (h >> 29); };
  mix(revision_);
  mix(floor_);
  mix(value_ ? *value_ + 1ULL : 0);
  mix(write_id_ ? *write_id_ + 1ULL : 0);
  return h;
}

}  // namespace chronicle::linearizability
