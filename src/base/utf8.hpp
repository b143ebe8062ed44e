// Well-formed UTF-8, by the table of the Unicode Standard (section 3.9, table 3-7): no overlong forms, no
// surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace chronicle {

/// The byte offset of the first ill-formed sequence, or `text.size()` when there is none.
std::size_t find_invalid_utf8(std::string_view text) noexcept;

inline bool is_valid_utf8(std::string_view text) noexcept {
  return find_invalid_utf8(text) == text.size();
}

}  // namespace chronicle
