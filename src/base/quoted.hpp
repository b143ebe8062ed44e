// Text from outside in a message of ours: whatever it holds and however long it is, the message stays
// readable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chronicle {

/// Appends `text` in double quotes, as well-formed UTF-8: control characters and ill-formed bytes as \xNN.
void append_quoted(std::string& to, std::string_view text);

/// How many bytes of a text `quoted` shows.
inline constexpr std::size_t longest_quoted = 64;

/// `text` as `append_quoted` has it, the rest cut off and replaced by "...".
std::string quoted(std::string_view text);

}  // namespace chronicle
