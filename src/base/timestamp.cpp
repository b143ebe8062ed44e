#include "base/timestamp.hpp"

#include <algorithm>
#include <charconv>

namespace chronicle {
namespace {

using namespace std::chrono;

constexpr std::string_view pattern = "0000-00-00T00:00:00.000Z";  // '0' stands for a digit
static_assert(pattern.size() == timestamp_length);
constexpr wall_time_point earliest = sys_days{year{0} / 1 / 1};
constexpr wall_time_point latest = sys_days{year{9999} / 12 / 31} + days{1} - milliseconds{1};

bool has_form(std::string_view text) {
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    bool const fits = pattern[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == pattern[i];
    if (!fits) return false;
  }
  return true;
}

unsigned number(std::string_view text, std::size_t at, std::size_t length) {
  unsigned value = 0;
  std::from_chars(text.data() + at, text.data() + at + length, value);
  return value;
}

// Right-aligned in `length` characters.
template <class Integer>
void put_number(char* out, std::size_t length, Integer value) {
  auto rest = static_cast<unsigned>(value);
  for (std::size_t i = length; i-- > 0; rest /= 10) out[i] = static_cast<char>('0' + rest % 10);
}

}  // namespace

void write_timestamp(char* out, wall_time_point t) noexcept {
  t = std::clamp(t, earliest, latest);
  auto const day = floor<days>(t);
  year_month_day const date{day};
  hh_mm_ss const clock{t - day};
  std::copy(pattern.begin(), pattern.end(), out);
  put_number(out, 4, static_cast<int>(date.year()));
  put_number(out + 5, 2, static_cast<unsigned>(date.month()));
  put_number(out + 8, 2, static_cast<unsigned>(date.day()));
  put_number(out + 11, 2, clock.hours().count());
  put_number(out + 14, 2, clock.minutes().count());
  put_number(out + 17, 2, clock.seconds().count());
  put_number(out + 20, 3, clock.subseconds().count());
}

std::string format_timestamp(wall_time_point t) {
  std::string text(timestamp_length, '0');
  write_timestamp(text.data(), t);
  return text;
}

std::optional<wall_time_point> parse_timestamp(std::string_view text) {
  if (!has_form(text)) return std::nullopt;
  year_month_day const date =
      year{static_cast<int>(number(text, 0, 4))} / month{number(text, 5, 2)} / day{number(text, 8, 2)};
  unsigned const h = number(text, 11, 2), m = number(text, 14, 2), s = number(text, 17, 2);
  if (!date.ok() || h > 23 || m > 59 || s > 59) return std::nullopt;
  return sys_days{date} + hours{h} + minutes{m} + seconds{s} + milliseconds{number(text, 20, 3)};
}

}  // namespace chronicle
