// Points in time as records and listings spell them: RFC 3339 in UTC with milliseconds,
// "2026-02-01T12:00:00.000Z".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "chronicle/time_source.hpp"

namespace chronicle {

/// Years 0000 to 9999; a time outside them is clamped.
std::string format_timestamp(wall_time_point t);
/// The same into the `timestamp_length` characters from `out` on.
void write_timestamp(char* out, wall_time_point t) noexcept;
inline constexpr std::size_t timestamp_length = 24;

/// Nothing unless `text` is exactly of that form and names a day that exists.
std::optional<wall_time_point> parse_timestamp(std::string_view text);

}  // namespace chronicle
