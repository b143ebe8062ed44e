// Keys and the UTF-8 they are made of.
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "chronicle/backend.hpp"

namespace chronicle::test {
namespace {

using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(well_formed) {
  for (auto const text :
       {""sv, "plain"sv, "\0"sv, "\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv, "\xed\x9f\xbf"sv,
        "\xee\x80\x80"sv, "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv,
        "gr\xc3\xbc\xc3\x9f \xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x8e\xae"sv})
    BOOST_TEST(is_valid_utf8(text), "should be well-formed: " << text);
}

BOOST_AUTO_TEST_CASE(ill_formed) {
  for (auto const text : {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xc2"sv, "\xc2\x7f"sv,
                          "\xc2\xc0"sv, "\xe0\x9f\xbf"sv, "\xe0\xa0"sv, "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv,
                          "\xe1\x80"sv, "\xe1\x80\x7f"sv, "\xf0\x8f\xbf\xbf"sv, "\xf0\x90\x80"sv,
                          "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xff"sv, "\xf1\x80\x80\xc0"sv}) {
    BOOST_TEST(find_invalid_utf8(text) == 0U);
    std::string const later = "ok \xc3\xbc" + std::string(text) + "x";
    BOOST_TEST(find_invalid_utf8(later) == 5U);
  }
}

/// What the Unicode Standard calls the code point's UTF-8, written down independently of the decoder's table.
std::string encode(std::uint32_t code_point) {
  auto const byte = [](std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  auto const rest = [&](unsigned shift) { return byte(0x80 | ((code_point >> shift) & 0x3f)); };
  if (code_point < 0x80) return {byte(code_point)};
  if (code_point < 0x800) return {byte(0xc0 | code_point >> 6), rest(0)};
  if (code_point < 0x10000) return {byte(0xe0 | code_point >> 12), rest(6), rest(0)};
  return {byte(0xf0 | code_point >> 18), rest(12), rest(6), rest(0)};
}

BOOST_AUTO_TEST_CASE(every_code_point_there_is_and_no_other) {
  int wrong = 0;
  for (std::uint32_t code_point = 0; code_point < 0x200000; ++code_point) {
    bool const surrogate = code_point >= 0xd800 && code_point < 0xe000;
    bool const expected = code_point <= 0x10ffff && !surrogate;
    if (is_valid_utf8(encode(code_point)) != expected) ++wrong;
  }
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(good_ones) {
  for (auto const key : {"Player_123"sv, "/"sv, ".."sv, "%"sv, "?"sv, " "sv, "\n"sv, "a/b/../c%00?x=y#z"sv,
                         "\xe4\xb8\x96\xe7\x95\x8c"sv})
    BOOST_TEST(!check_key(key), "should be a key: " << key);
  BOOST_TEST(!check_key(std::string(512, 'k')));
}

BOOST_AUTO_TEST_CASE(bad_ones) {
  std::string const long_key(600, 'k');
  for (auto const key : {""sv, "\0"sv, "a\0b"sv, "trailing\0"sv, "\xff"sv, "cut off \xe4\xb8"sv,
                         std::string_view(long_key), std::string_view(long_key).substr(0, 513)})
    BOOST_TEST((check_key(key) == errc::invalid_key), "should not be a key: " << key);
}

BOOST_AUTO_TEST_CASE(a_backends_own_limit) {
  BOOST_TEST(!check_key("12345678", 8));
  BOOST_TEST((check_key("123456789", 8) == errc::invalid_key));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
