#include "integrity/json_text.hpp"

#include <bit>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "chronicle/random_source.hpp"
#include "hash_of.hpp"
#include "integrity/canonical.hpp"
#include "integrity/storable.hpp"
#include "support/random_document.hpp"
#include "support/seed.hpp"

namespace chronicle {
namespace {

using test::hash_of;

std::string nested_arrays(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

double parsed_double(std::string const& text) {
  return parse_json(text).value().as_double();
}

parse_problem refusal(std::string_view text, parse_limits limits = {}) {
  parse_problem problem;
  auto const parsed = parse_json(text, limits, &problem);
  BOOST_TEST_REQUIRE(parsed.has_error());
  BOOST_TEST(parsed.error() == make_error_code(errc::invalid_json));
  BOOST_TEST(!problem.what.empty());
  return problem;
}

// How many of `numbers` do not come back bit for bit.
std::size_t count_changed(std::vector<double> const& numbers) {
  json::array document(numbers.begin(), numbers.end());
  json::value const parsed = parse_json(to_json_text(document)).value();
  json::array const& back = parsed.as_array();
  BOOST_TEST_REQUIRE(back.size() == numbers.size());
  std::size_t changed = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    double const* const read = back[i].if_double();
    if (read == nullptr || std::bit_cast<std::uint64_t>(*read) != std::bit_cast<std::uint64_t>(numbers[i])) {
      ++changed;
    }
  }
  return changed;
}

template <class Draw>
void check_a_million(Draw draw) {
  test::for_each_seed(1000, [&](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    std::vector<double> numbers(1000);
    for (double& number : numbers) number = draw(*random);
    BOOST_TEST(count_changed(numbers) == 0u);
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(a_million_random_bit_patterns_survive_a_round_trip) {
  check_a_million([](random_source& random) {
    double number = std::bit_cast<double>(random.next());
    while (!std::isfinite(number)) number = std::bit_cast<double>(random.next());
    return number;
  });
}

BOOST_AUTO_TEST_CASE(a_million_uniform_doubles_survive_a_round_trip) {
  check_a_million([](random_source& random) { return 1000 * uniform(random); });
}

BOOST_AUTO_TEST_CASE(awkward_doubles_survive_a_round_trip) {
  using limits = std::numeric_limits<double>;
  BOOST_TEST(count_changed({0.0, -0.0, 1.0, -1.0, 1e21, 1e22, 1e23, 0.1, 333333333.33333329, limits::max(),
                            limits::lowest(), limits::min(), limits::denorm_min(), limits::epsilon(), 0x1p63,
                            0x1p64, 9007199254740993.0}) == 0u);
}

BOOST_AUTO_TEST_CASE(numbers_become_the_nearest_double) {
  BOOST_TEST(parsed_double("333333333.33333329") == 333333333.33333329);
  BOOST_TEST(parsed_double("2.2250738585072011e-308") == 2.2250738585072011e-308);
  BOOST_TEST(parsed_double("0.1000000000000000055511151231257827021181583404541015625") == 0.1);
  BOOST_TEST(parsed_double("1e5") == 100000.0);
  BOOST_TEST(std::signbit(parsed_double("-0.0")));
}

BOOST_AUTO_TEST_CASE(too_large_numbers_are_refused_and_too_small_ones_are_zero) {
  BOOST_TEST(refusal("1e400").offset == 5u);
  refusal("[-1e400]");
  refusal("1e99999999999");
  refusal(std::string(400, '9'));
  BOOST_TEST(parsed_double("1e-400") == 0.0);
  BOOST_TEST(std::signbit(parsed_double("-1e-400")));
}

BOOST_AUTO_TEST_CASE(whole_numbers_are_exact) {
  BOOST_TEST(parse_json("9007199254740993").value().as_int64() == 9007199254740993);
  BOOST_TEST(parse_json("-9223372036854775808").value().as_int64() ==
             std::numeric_limits<std::int64_t>::min());
  BOOST_TEST(parse_json("9223372036854775807").value().as_int64() ==
             std::numeric_limits<std::int64_t>::max());
  BOOST_TEST(parse_json("9223372036854775808").value().as_uint64() == 9223372036854775808u);
  BOOST_TEST(parse_json("18446744073709551615").value().as_uint64() == ~std::uint64_t{0});
  BOOST_TEST(parsed_double("18446744073709551616") == 0x1p64);
  BOOST_TEST(parsed_double("-9223372036854775809") == -0x1p63);
  BOOST_TEST(parse_json("-0").value().as_int64() == 0);
  BOOST_TEST(parse_json("1.0").value().is_double());
}

BOOST_AUTO_TEST_CASE(the_last_of_duplicate_members_wins) {
  BOOST_TEST(parse_json(R"({"a":1,"b":2,"a":3})").value() == json::parse(R"({"a":3,"b":2})"));
  // Boost.JSON keeps large objects in a hash table, which takes another path.
  std::string large = "{";
  for (int i = 0; i < 100; ++i) large += "\"k" + std::to_string(i % 50) + "\":" + std::to_string(i) + ",";
  large.back() = '}';
  json::value const document = parse_json(large).value();
  BOOST_TEST(document.as_object().size() == 50u);
  for (int i = 0; i < 50; ++i) BOOST_TEST(document.at("k" + std::to_string(i)).as_int64() == i + 50);
}

BOOST_AUTO_TEST_CASE(depth_is_bounded) {
  BOOST_TEST(parse_json(nested_arrays(64)).has_value());
  BOOST_TEST(refusal(nested_arrays(65)).offset == 64u);
  BOOST_TEST(parse_json(nested_arrays(3), {3}).has_value());
  refusal(nested_arrays(4), {3});
  refusal(R"({"a":{"b":[{}]}})", {3});
  refusal(std::string(1'000'000, '['));
}

BOOST_AUTO_TEST_CASE(bad_utf8_is_refused) {
  BOOST_TEST(parse_json("\"\xc3\xa9\xf0\x9f\x98\x80\"").has_value());
  for (std::string bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    refusal("\"" + bad + "\"");
    refusal("{\"" + bad + "\":1}");
  }
  refusal(R"("\ud800")");
  refusal(R"("\udc00 ")");
}

BOOST_AUTO_TEST_CASE(what_is_not_json_is_refused_with_its_place) {
  BOOST_TEST(refusal("").offset == 0u);
  BOOST_TEST(refusal("   ").offset == 3u);
  BOOST_TEST(refusal("{\"a\":1,}").offset == 7u);
  BOOST_TEST(refusal("[1,2").offset == 4u);
  BOOST_TEST(refusal("{} x").offset == 3u);
  BOOST_TEST(refusal("<html>").offset == 0u);
  for (auto text : {"NaN", "[Infinity]", "01", "+1", "-", "1.", ".5", "1e", "'a'", "\"\n\"", "// c\n1",
                    "\xef\xbb\xbf{}"}) {
    refusal(text);
  }
  refusal(std::string_view("1\0", 2));
}

BOOST_AUTO_TEST_CASE(large_documents_survive) {
  json::object document;
  for (int i = 0; i < 2000; ++i) {
    document["item " + std::to_string(i)] = {{"name", std::string(100, 'x') + "\n\t\"" + std::to_string(i)},
                                             {"at", {i, i / 7.0}}};
  }
  document["nul"] = std::string("a\0b", 3);
  document["long"] = std::string(20000, 'y') + "\\";  // longer than every buffer on the way
  document[std::string(9000, 'k')] = nullptr;
  BOOST_TEST((parse_json(to_json_text(document)).value() == document));

  std::string text = "<";
  auto const written = append_json_text(text, document);
  BOOST_TEST((text == "<" + to_json_text(document)));
  BOOST_TEST(written.storable);
  BOOST_TEST(written.hash == hash_of(to_canonical_text(document)));
  BOOST_TEST(written.hash == canonical_hash(document));
}

BOOST_AUTO_TEST_CASE(members_come_in_canonical_order) {
  json::object const document = {{"b", {{"y", 1}, {"x", 1.0}}},
                                 {"a", {2.5, -0.0, 0.0, -3.0, 1e15, 1e20, 1e21}}};
  BOOST_TEST(
      to_json_text(document) ==
      R"({"a":[2.5,-0.0,0.0,-3.0,1000000000000000.0,100000000000000000000.0,1e+21],"b":{"x":1.0,"y":1}})");
}

BOOST_AUTO_TEST_CASE(writing_hashes_whole_doubles_as_whole_numbers) {
  json::object const doubles = {{"a", {1.0, -0.0, 0.0, -37.0, 0x1p53, -1e20, 1e21}}};
  json::object const numbers = {{"a", {1, 0, 0, -37, std::int64_t{1} << 53, -1e20, 1e21}}};
  std::string text;
  BOOST_TEST(append_json_text(text, doubles).hash == canonical_hash(numbers));
}

BOOST_AUTO_TEST_CASE(strings_of_every_length_survive_with_escapes_anywhere) {
  std::string const odds[] = {"", "\n", "\"", "\x1f", "\x7f", "\xc3\xa9", std::string(1, '\0')};
  for (std::size_t length = 0; length < 40; ++length) {
    for (std::size_t at = 0; at <= length; ++at) {
      for (std::string const& odd : odds) {
        std::string const text = std::string(at, 'a') + odd + std::string(length - at, '~');
        BOOST_TEST_REQUIRE((parse_json(to_json_text(json::value(text))).value() == json::value(text)));
      }
    }
  }
  // About as long as what is written at once, and as what is hashed at once.
  for (std::size_t const length : {500u, 511u, 512u, 513u, 1023u, 1024u, 1025u, 4090u, 4096u, 10000u}) {
    for (std::string const& odd : odds) {
      json::object const document = {{"a", std::string(length, 'x') + odd},
                                     {"b", odd + std::string(length, 'y')}};
      BOOST_TEST_REQUIRE((parse_json(to_json_text(document)).value() == document));
      BOOST_TEST_REQUIRE(canonical_hash(document) == hash_of(to_canonical_text(document)));
    }
  }
}

BOOST_AUTO_TEST_CASE(writing_a_document_hashes_it) {
  test::for_each_seed(3000, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    json::object const document = test::random_document(*random);
    std::string text = "before";
    auto const written = append_json_text(text, document);
    BOOST_TEST_REQUIRE(written.storable);
    BOOST_TEST_REQUIRE(written.hash == hash_of(to_canonical_text(document)));
    BOOST_TEST_REQUIRE((parse_json(text.substr(6)).value() == document));
  });
}

BOOST_AUTO_TEST_CASE(writing_a_document_finds_what_cannot_be_stored) {
  using limits = std::numeric_limits<double>;
  std::string const bad = "\xff", late = std::string(600, 'x') + bad, escaped = "\n" + bad;
  json::value deep = json::array();
  for (std::size_t depth = 1; depth < max_document_depth; ++depth) deep = json::array({std::move(deep)});
  std::vector<json::object> const documents = {{{"a", limits::quiet_NaN()}},
                                               {{"a", -limits::infinity()}},
                                               {{"a", bad}},
                                               {{bad, 1}},
                                               {{"a", late}},
                                               {{late, 1}},
                                               {{"a", escaped}},
                                               {{"a", {1, {{"b", escaped}}}}},
                                               {{"a", deep}}};
  for (json::object const& document : documents) {
    std::string text;
    auto const written = append_json_text(text, document);
    BOOST_TEST(!written.storable);
    BOOST_TEST(check_storable(document).has_value());
    BOOST_TEST(written.hash == canonical_hash(document));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle
