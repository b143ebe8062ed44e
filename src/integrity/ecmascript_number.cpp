#include "integrity/ecmascript_number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "integrity/digits.hpp"

namespace chronicle {
namespace {

// Numbers with at most four decimals, as people write them (0.35, 1499.5), in a fraction of the time. No two
// decimals of at most 15 digits have the same nearest double (DBL_DIG), so one that has `number` as its
// nearest is its shortest, without zeros at the end. The quotient of two whole numbers that are exact is that
// nearest double. Returns the end of the text, or null when `number` is not of this kind.
char* write_few_decimals(char* out, double number) noexcept {
  constexpr std::uint64_t scale = 10'000;
  if (number >= 1e11) return nullptr;                                   // more than 15 digits
  auto const scaled = static_cast<std::int64_t>(number * scale + 0.5);  // more directly than without a sign
  if (static_cast<double>(scaled) / scale != number) return nullptr;
  auto const digits = static_cast<std::uint64_t>(scaled);
  out = write_digits(out, digits / scale);
  std::uint64_t const decimals = digits % scale;
  if (decimals == 0) return out;
  *out++ = '.';
  // Branches, for what follows waits for a number of digits that is computed, but not for one that is
  // guessed.
  if (decimals % 1000 == 0) {
    *out = static_cast<char>('0' + decimals / 1000);
    return out + 1;
  }
  out = write_two_digits(out, decimals / 100);
  if (decimals % 100 == 0) return out;
  out = write_two_digits(out, decimals % 100);
  return decimals % 10 == 0 ? out - 1 : out;
}

struct text_range {
  char* begin;
  char* end;
};

// Any number. <charconv> gives d.ddde-xx, the exponent with two or three digits. Single characters are then
// moved in place: copies of several bytes at once, so soon after the bytes were written, would stall the
// processor. `out` must have eight characters of room before it.
text_range write_any(char* out, char* limit, double number) noexcept {
  char* begin = out;
  char* end = std::to_chars(begin, limit, number, std::chars_format::scientific).ptr;
  char* const mark = end[-4] == 'e' ? end - 4 : end - 5;
  int power = 0;
  for (char const* digit = mark + 2; digit != end; ++digit) power = 10 * power + (*digit - '0');
  if (mark[1] == '-') power = -power;

  int const digits = std::max(1, static_cast<int>(mark - begin) - 1);
  if (0 <= power && power < digits - 1) {
    // d.ddd becomes ddd.d
    for (int i = 1; i <= power; ++i) std::swap(begin[i], begin[i + 1]);
    end = mark;
  } else if (0 <= power && power < 21) {
    // d.dd becomes ddd00
    std::copy_n(begin + 2, digits - 1, begin + 1);
    end = begin + power + 1;
    std::fill(begin + digits, end, '0');
  } else if (-7 < power && power < 0) {
    // d.ddd becomes 0.00dddd
    end = begin + digits + 1;
    begin[1] = begin[0];
    for (int i = power; i < 0; ++i) *begin-- = '0';
    begin[0] = begin[1];
    begin[1] = '.';
  } else if (end[-2] == '0' && mark == end - 4) {
    // d.dde+0x becomes d.dde+x
    end[-2] = end[-1];
    --end;
  }
  return {begin, end};
}

}  // namespace

char* write_ecmascript(char* out, double number) noexcept {
  if (number < 0) *out++ = '-';
  number = std::abs(number);
  if (char* const end = write_few_decimals(out, number)) return end;
  std::array<char, 48> buffer;
  auto const [begin, end] = write_any(buffer.data() + 8, buffer.data() + buffer.size(), number);
  constexpr std::size_t longest = 24;
  std::memcpy(out, begin, longest);
  return out + (end - begin);
}

}  // namespace chronicle
