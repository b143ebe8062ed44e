#include "integrity/storable.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/utf8.hpp"
#include "chronicle/random_source.hpp"
#include "integrity/json_text.hpp"
#include "support/random_document.hpp"
#include "support/seed.hpp"

namespace chronicle {
namespace {

using limits = std::numeric_limits<double>;

json::value nested(std::size_t levels, json::value innermost) {
  for (; levels > 0; --levels) {
    innermost =
        levels % 2 == 0 ? json::value(json::array{innermost}) : json::value(json::object{{"a", innermost}});
  }
  return innermost;
}

std::string found_in(json::value const& document) {
  auto const problem = check_storable(document);
  return problem ? problem->path + ": " + problem->reason : "nothing";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(storable)

BOOST_AUTO_TEST_CASE(what_json_cannot_express_is_named_by_path) {
  BOOST_TEST(found_in({{"Stats", {{"Kills", {1, 2, 3, limits::quiet_NaN()}}}}}) ==
             "$.Stats.Kills[3]: is NaN, which JSON cannot express");
  BOOST_TEST(found_in({{"Speed", limits::infinity()}}) ==
             "$.Speed: is an infinity, which JSON cannot express");
  BOOST_TEST(found_in({{"a", 1}, {"b", json::array{-limits::infinity()}}}) ==
             "$.b[0]: is an infinity, which JSON cannot express");
  BOOST_TEST(found_in(limits::quiet_NaN()) == "$: is NaN, which JSON cannot express");
  BOOST_TEST(found_in({{"Name", "ok\xff"}}) == "$.Name: is not UTF-8");
  BOOST_TEST(found_in({{"a", {{"b\xc0\x80", 1}}}}) == R"($.a["b\xc0\x80"]: has a name that is not UTF-8)");
}

BOOST_AUTO_TEST_CASE(odd_names_are_quoted_in_paths) {
  auto const path_of = [](std::string_view name) {
    json::object object;
    object[name] = limits::infinity();
    return check_storable(object).value().path;
  };
  BOOST_TEST(path_of("_Kills2") == "$._Kills2");
  BOOST_TEST(path_of("") == R"($[""])");
  BOOST_TEST(path_of("2nd") == R"($["2nd"])");
  BOOST_TEST(path_of("two words") == R"($["two words"])");
  BOOST_TEST(path_of("a.b\"c\\d\n\x7f") == R"($["a.b\"c\\d\x0a\x7f"])");
  BOOST_TEST(path_of("\xc3\xa9") == "$[\"\xc3\xa9\"]");
  BOOST_TEST(path_of(std::string(64, 'n')) == "$." + std::string(64, 'n'));
  BOOST_TEST(path_of(std::string(65, 'n')) == "$[\"" + std::string(64, 'n') + "...\"]");
}

BOOST_AUTO_TEST_CASE(bad_utf8_is_found_wherever_it_stands) {
  for (std::string const bad :
       {"\x80", "\xc3", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    for (std::string const filler : {"x", "\xc3\xa9"}) {
      std::string text;
      for (int i = 0; i < 40; ++i, text += filler) {
        BOOST_TEST(found_in(json::value(text)) == "nothing");
        BOOST_TEST(found_in(json::value(text + bad)) == "$: is not UTF-8");
        BOOST_TEST(found_in(json::value(text + bad + "behind it")) == "$: is not UTF-8");
        BOOST_TEST(find_invalid_utf8(text + bad + "behind it") == text.size());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(depth_is_what_the_parser_reads_back) {
  json::value const deepest = nested(max_document_depth, nullptr);
  BOOST_TEST(found_in(deepest) == "nothing");
  BOOST_TEST(parse_json(to_json_text(deepest)).has_value());

  json::value const too_deep = nested(max_document_depth, json::array());
  auto const problem = check_storable(too_deep);
  BOOST_TEST_REQUIRE(problem.has_value());
  BOOST_TEST(problem->reason == "is nested deeper than 64 levels");
  BOOST_TEST(problem->path.substr(0, 10) == "$.a[0].a[0");
  BOOST_TEST(parse_json(to_json_text(too_deep)).has_error());
  BOOST_TEST(check_storable(too_deep.as_object()).has_value());
  BOOST_TEST(!check_storable(deepest.as_object()).has_value());
}

BOOST_AUTO_TEST_CASE(what_can_be_stored_is_read_back) {
  test::for_each_seed(300, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    json::object const document = test::random_document(*random, 6);
    BOOST_TEST(!check_storable(document).has_value());
    BOOST_TEST((parse_json(to_json_text(document)).value() == document));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle
