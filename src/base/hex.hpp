// Bytes as hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

namespace chronicle {

inline constexpr std::string_view hex_digits = "0123456789abcdef";

/// Appends the two digits of `byte`.
inline void append_hex(std::string& text, unsigned char byte) {
  text += hex_digits[byte >> 4];
  text += hex_digits[byte & 15];
}

}  // namespace chronicle
