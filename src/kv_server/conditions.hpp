// The conditional and preference fields of a request: If-Match, If-None-Match (RFC 9110, section 13.1) and
// Prefer (RFC 7240).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chronicle::kv {

/// The value of If-Match or If-None-Match. Tags that are not revisions of ours match nothing and are left
/// out.
struct entity_tags {
  bool any = false;                   ///< `*`
  std::vector<std::uint64_t> strong;  ///< `"17"`
  std::vector<std::uint64_t> weak;    ///< `W/"17"`

  entity_tags() = default;
  bool match_strongly(std::uint64_t revision) const;
  bool match_weakly(std::uint64_t revision) const;
};

/// Nothing when the field is not `*` or a list of quoted tags.
std::optional<entity_tags> parse_entity_tags(std::string_view field);

std::string format_entity_tag(std::uint64_t revision);

struct preferences {
  std::optional<std::chrono::seconds> wait;  ///< `wait=25`
  bool representation = false;               ///< `return=representation`
};

/// Preferences that are unknown or malformed are ignored, as the RFC asks.
preferences parse_preferences(std::string_view field);

}  // namespace chronicle::kv
