// Whole numbers as decimal digits, the short ones of which there are many quickly.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>

namespace chronicle {

/// How much room `write_digits` needs.
inline constexpr std::size_t room_for_digits = 20;

inline char* write_two_digits(char* out, std::uint64_t number) noexcept {
  out[0] = static_cast<char>('0' + number / 10);
  out[1] = static_cast<char>('0' + number % 10);
  return out + 2;
}

/// Returns where it has ended.
inline char* write_digits(char* out, std::uint64_t number) noexcept {
  if (number >= 100) return std::to_chars(out, out + room_for_digits, number).ptr;
  if (number >= 10) return write_two_digits(out, number);
  *out = static_cast<char>('0' + number);
  return out + 1;
}

}  // namespace chronicle
