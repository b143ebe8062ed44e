#include "integrity/canonical.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "chronicle/random_source.hpp"
#include "hash_of.hpp"
#include "integrity/json_text.hpp"
#include "support/random_document.hpp"
#include "support/seed.hpp"

namespace chronicle {
namespace {

using test::hash_of;

json::value load_vectors() {
  std::ifstream file(CHRONICLE_CANONICAL_VECTORS);
  BOOST_TEST_REQUIRE(file.good());
  return parse_json(std::string(std::istreambuf_iterator<char>(file), {})).value();
}

std::string text_of(json::value const& value) {
  return std::string(value.as_string());
}

std::u16string to_utf16(std::string_view utf8) {
  std::u16string text;
  for (std::size_t i = 0; i < utf8.size();) {
    auto const lead = static_cast<unsigned char>(utf8[i]);
    std::size_t const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0xff >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) point = point << 6 | (utf8[i + k] & 0x3f);
    i += length;
    if (point >= 0x10000) text += static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10));
    text += static_cast<char16_t>(point >= 0x10000 ? 0xdc00 + (point & 0x3ff) : point);
  }
  return text;
}

bool is_sorted_everywhere(json::value const& value) {
  if (value.is_array()) {
    return std::all_of(value.get_array().begin(), value.get_array().end(), is_sorted_everywhere);
  }
  if (!value.is_object()) return true;
  json::object const& object = value.get_object();
  auto const by_name = [](auto const& a, auto const& b) { return to_utf16(a.key()) < to_utf16(b.key()); };
  return std::is_sorted(object.begin(), object.end(), by_name) &&
         std::all_of(object.begin(), object.end(),
                     [](auto const& m) { return is_sorted_everywhere(m.value()); });
}

// ECMA-262's algorithm spelled out over the shortest digits of <charconv>.
std::string ecmascript(double number) {
  std::array<char, 64> buffer;
  auto const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(number),
                                 std::chars_format::scientific)
                       .ptr;
  std::string const scientific(buffer.data(), end);
  std::size_t const mark = scientific.find('e');
  std::string digits = scientific.substr(0, mark);
  std::erase(digits, '.');
  int const n = std::stoi(scientific.substr(mark + 1)) + 1;
  int const k = static_cast<int>(digits.size());
  std::string const sign = number < 0 ? "-" : "";
  auto const at = [](int i) { return static_cast<std::size_t>(i); };
  if (k <= n && n <= 21) return sign + digits + std::string(at(n - k), '0');
  if (0 < n && n <= 21) return sign + digits.substr(0, at(n)) + "." + digits.substr(at(n));
  if (-6 < n && n <= 0) return sign + "0." + std::string(at(-n), '0') + digits;
  std::string const exponent = (n > 0 ? "e+" : "e-") + std::to_string(std::abs(n - 1));
  return sign + digits.substr(0, 1) + (k > 1 ? "." + digits.substr(1) : "") + exponent;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(canonical)

BOOST_AUTO_TEST_CASE(fnv1a_has_the_published_values) {
  json::value const vectors = load_vectors();
  for (json::value const& vector : vectors.at("fnv1a64").as_array()) {
    BOOST_TEST(format_hash(hash_of(text_of(vector.at("text")))) == text_of(vector.at("hash")));
  }
}

BOOST_AUTO_TEST_CASE(a_hash_is_16_lower_case_digits) {
  BOOST_TEST(format_hash(0xabc) == "0000000000000abc");
  BOOST_TEST((parse_hash("00000000000abcde") == 0xabcdeu));
  BOOST_TEST((parse_hash("ffffffffffffffff") == ~std::uint64_t{0}));
  for (auto text :
       {"", "abc", "00000000000ABCDE", "0000000000000abcd", "0x00000000000abc", "00000000 00abcde"}) {
    BOOST_TEST(!parse_hash(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(all_vectors_pass) {
  json::value const vectors = load_vectors();
  BOOST_TEST(vectors.at("cases").as_array().size() >= 20u);
  for (json::value const& vector : vectors.at("cases").as_array()) {
    BOOST_TEST_CONTEXT(text_of(vector.at("name"))) {
      json::value const document = parse_json(text_of(vector.at("input"))).value();
      BOOST_TEST(to_canonical_text(document) == text_of(vector.at("canonical")));
      BOOST_TEST(format_hash(canonical_hash(document)) == text_of(vector.at("fnv1a64")));
      if (document.is_object()) BOOST_TEST(canonical_hash(document.get_object()) == canonical_hash(document));
    }
  }
}

// RFC 8785, appendix B.
BOOST_AUTO_TEST_CASE(numbers_are_written_as_rfc_8785_lists_them) {
  std::pair<std::uint64_t, char const*> const samples[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (auto const& [bits, text] : samples) BOOST_TEST(to_canonical_text(std::bit_cast<double>(bits)) == text);
}

BOOST_AUTO_TEST_CASE(all_sorts_of_numbers_are_written_as_ecmascript_does) {
  auto const check = [](double number) {
    if (!std::isfinite(number) || number == 0) return;
    std::string const written = to_canonical_text(number);
    if (written != ecmascript(number)) BOOST_ERROR(written << " for " << ecmascript(number));
  };
  test::for_each_seed(100, [&](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    for (int i = 0; i < 1000; ++i) {
      check(std::bit_cast<double>(random->next()));
      check(uniform(*random) * 1000);
      double const power = std::pow(10.0, static_cast<int>(uniform_up_to(*random, 30)) - 8);
      check(static_cast<double>(uniform_up_to(*random, 1'000'000)) / power);
      check(-static_cast<double>(uniform_up_to(*random, 99)) * power);
    }
  });
  for (double const near :
       {1e-7, 1e-6, 1e-5, 1e-4, 0.00005, 1.0, 1e4, 1e10, 1e11, 1e15, 0x1p53, 1e16, 1e20, 1e21, 1e22}) {
    double below = near;
    double above = near;
    for (int i = 0; i < 200; ++i) {
      check(below = std::nextafter(below, 0));
      check(-(above = std::nextafter(above, 1e300)));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_stored_still_changes_the_hash) {
  using limits = std::numeric_limits<double>;
  BOOST_TEST(to_canonical_text({limits::quiet_NaN(), limits::infinity(), -limits::infinity()}) ==
             "[NaN,Infinity,-Infinity]");
  BOOST_TEST(canonical_hash(json::value("\xff")) != canonical_hash(json::value("\xfe")));
  // Every byte, in every order: the comparison must still be an order.
  json::object odd;
  for (int i = 255; i >= 0; --i)
    odd[std::string(1 + static_cast<std::size_t>(i % 12), static_cast<char>(i))] = i;
  BOOST_TEST(canonical_hash(odd) != 0u);
}

BOOST_AUTO_TEST_CASE(names_are_ordered_whatever_their_length_and_number) {
  for (std::size_t count : {1u, 2u, 31u, 32u, 33u, 500u}) {
    json::object object;
    std::string const stem[] = {"",
                                "a",
                                "ab",
                                "abcd",
                                "abcdefg",
                                "abcdefgh",
                                "abcdefgh-and-more",
                                "\xf0\x9f\x98\x80",
                                "\xef\xac\xb3"};
    for (std::size_t i = 0; i < count; ++i)
      object[stem[i * 7 % std::size(stem)] + std::to_string(i * 7919 % 1000)] = i;
    for (std::string const& name : {std::string("a"), std::string("a\0", 2), stem[5]}) object[name] = nullptr;
    BOOST_TEST(is_sorted_everywhere(parse_json(to_canonical_text(object)).value()));
    // Once more, now that the thread has seen an object of this size; and then one of the same size in
    // another order.
    BOOST_TEST(canonical_hash(object) == hash_of(to_canonical_text(object)));
    json::object reversed;
    for (std::size_t i = object.size(); i-- > 0;) reversed.insert(object.begin()[i]);
    BOOST_TEST(canonical_hash(object) == canonical_hash(reversed));
  }
}

// A thread recognises the kinds of objects it has seen: here are some that are easily confused.
BOOST_AUTO_TEST_CASE(objects_are_never_taken_for_others) {
  std::string const eight = "abcdefgh";
  std::vector<json::object> const alike = {
      {{"b", 1}, {"a", 2}},
      {{"b", 1}, {"c", 2}},
      {{"a", 1}, {"b", 2}},
      {{"b", 1}, {"a", 2}, {"c", 3}},
      {{"b", 1}, {"a\"", 2}},
      {{"b", 1}, {"a\n", 2}},
      {{"b", 1}, {"\xc3\xa9", 2}},
      {{"b", 1}, {std::string("a\0", 2), 2}},
      {{"b", 1}, {eight + "x" + eight, 2}, {eight + "y" + eight, 3}},
      {{"b", 1}, {eight + "y" + eight, 2}, {eight + "x" + eight, 3}},
      {{"b", 1}, {eight + eight, 2}, {eight + "x", 3}},
      {{"b", 1}, {eight + "x", 2}, {eight + eight, 3}},
      {{"b", 1}, {eight + "12345678", 2}, {eight + "12345679", 3}},
      {{"b", 1}, {eight + "12345679", 2}, {eight + "12345678", 3}},
      {{"b", 1}, {"12345678" + eight, 2}, {"12345679" + eight, 3}},
      {{"b", 1}, {"12345679" + eight, 2}, {"12345678" + eight, 3}},
      {{"b", 1}, {"", 2}},
  };
  test::for_each_seed(300, [&](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    json::object document = alike[uniform_up_to(*random, alike.size() - 1)];
    for (int i = 0; i < 5; ++i) {
      // Inside and after one of its kind.
      json::object outer = alike[uniform_up_to(*random, alike.size() - 1)];
      for (auto& member : outer) member.value() = document;
      document = std::move(outer);
    }
    std::string const text = to_canonical_text(document);
    auto const parsed = parse_json(text);
    BOOST_TEST_REQUIRE(parsed.has_value(), text);
    BOOST_TEST_REQUIRE((*parsed == document));
    BOOST_TEST_REQUIRE(is_sorted_everywhere(*parsed));
  });
}

BOOST_AUTO_TEST_CASE(whole_numbers_of_every_length_are_written) {
  for (std::uint64_t power = 1;; power *= 10) {
    for (std::uint64_t const number : {power - 1, power, power + 1, 9 * power}) {
      BOOST_TEST(to_canonical_text(number) == std::to_string(number));
      auto const negative = -static_cast<std::int64_t>(number / 2);
      BOOST_TEST(to_canonical_text(negative) == std::to_string(negative));
    }
    if (power == 10'000'000'000'000'000'000u) break;
  }
  BOOST_TEST(to_canonical_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  BOOST_TEST(to_canonical_text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
}

BOOST_AUTO_TEST_CASE(random_documents_hash_by_their_meaning_alone) {
  test::for_each_seed(3000, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    json::value const document = test::random_document(*random);
    std::uint64_t const hash = canonical_hash(document);
    std::string const text = to_canonical_text(document);
    BOOST_TEST_REQUIRE(hash == hash_of(text));
    BOOST_TEST_REQUIRE(is_sorted_everywhere(parse_json(text).value()));
    BOOST_TEST_REQUIRE(canonical_hash(parse_json(to_json_text(document)).value()) == hash);
    BOOST_TEST_REQUIRE(canonical_hash(test::rephrased(document, *random)) == hash);
    for (int i = 0; i < 10; ++i) {
      json::value const changed = test::changed_once(document, *random);
      BOOST_TEST_REQUIRE(canonical_hash(changed) != hash,
                         to_json_text(document) + " and " + to_json_text(changed));
    }
  });
}

BOOST_AUTO_TEST_CASE(threads_do_not_disturb_one_another) {
  auto const random = make_seeded_random_source(7);
  json::value const document = test::random_document(*random, 8);
  std::uint64_t const expected = canonical_hash(document);
  std::array<bool, 2> equal{};
  std::array<std::thread, 2> threads;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i] = std::thread([&, i] {
      equal[i] = true;
      for (int n = 0; n < 200; ++n) equal[i] = equal[i] && canonical_hash(document) == expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(equal[0]);
  BOOST_TEST(equal[1]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle
