#include "integrity/ecmascript_number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace chronicle {
namespace {

// Numbers with at most four decimals, as people write them (0.35, 1499.5), in a fraction of the time. No two
// decimals of at most 15 digits have the same nearest double (DBL_DIG), so one that has `number` as its
// nearest is its shortest. Returns the end of the text, or null when `number` is not of this kind.
char* write_few_decimals(char* out, char* limit, double number) noexcept {
  constexpr std::int64_t scale = 10'000;
  if (number >= 1e11) return nullptr;  // more than 15 digits
  auto const scaled = static_cast<std::int64_t>(number * scale + 0.5);
  if (static_cast<double>(scaled) / scale != number) return nullptr;
  auto const [whole, decimals] = std::div(scaled, scale);
  out = std::to_chars(out, limit, whole).ptr;
  if (decimals != 0) *out++ = '.';
  for (std::int64_t rest = decimals, unit = scale / 10; rest != 0; rest %= unit, unit /= 10) {
    *out++ = static_cast<char>('0' + rest / unit);
  }
  return out;
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

std::string_view format_ecmascript(double number, number_buffer& buffer) noexcept {
  char* const out = buffer.data() + 8;
  char* const limit = buffer.data() + buffer.size();
  text_range text{out, write_few_decimals(out, limit, std::abs(number))};
  if (text.end == nullptr) text = write_any(out, limit, std::abs(number));
  if (number < 0) *--text.begin = '-';
  return std::string_view(text.begin, text.end);
}

}  // namespace chronicle
