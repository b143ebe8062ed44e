#include "record/template.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace chronicle::record {
namespace {

namespace json = boost::json;

json::object document(char const* text) {
  return json::parse(text).as_object();
}

struct outcome {
  json::object data;
  reconciliation done;
};

outcome reconciled(char const* data, char const* defaults) {
  outcome result{document(data), {}};
  result.done = reconcile(result.data, document(defaults));
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record_template)

BOOST_AUTO_TEST_CASE(missing_members_are_filled_in_at_every_level) {
  auto const [data, done] =
      reconciled(R"({"Coins":5,"Settings":{"Music":false}})",
                 R"({"Coins":0,"Level":1,"Settings":{"Music":true,"SFX":true,"Keys":{"jump":"space"}}})");
  BOOST_TEST_REQUIRE(done.before.has_value());
  BOOST_TEST((*done.before == document(R"({"Coins":5,"Settings":{"Music":false}})")));
  BOOST_TEST(done.type_mismatches.empty());
  BOOST_TEST(
      (data ==
       document(R"({"Coins":5,"Level":1,"Settings":{"Music":false,"SFX":true,"Keys":{"jump":"space"}}})")));
}

BOOST_AUTO_TEST_CASE(a_complete_document_stays_as_it_is) {
  char const* const text = R"({"b":{"y":[1],"x":null},"a":1.0,"extra":{"mine":[]}})";
  auto const [data, done] = reconciled(text, R"({"a":7,"b":{"x":{"deep":1},"y":[]}})");
  BOOST_TEST(!done.before.has_value());
  BOOST_TEST(json::serialize(data) == json::serialize(document(text)));
}

BOOST_AUTO_TEST_CASE(arrays_are_opaque) {
  auto const [data, done] = reconciled(R"({"Inventory":[],"Log":[{"a":1}]})",
                                       R"({"Inventory":["sword"],"Log":[{"a":0,"b":0},{}]})");
  BOOST_TEST(!done.before.has_value());
  BOOST_TEST((data == document(R"({"Inventory":[],"Log":[{"a":1}]})")));
}

BOOST_AUTO_TEST_CASE(existing_values_stay_whatever_their_type_and_are_reported) {
  auto const [data, done] =
      reconciled(R"({"Coins":"many","Settings":{"Music":1,"odd name":[]},"Tools":[],"Pet":null})",
                 R"({"Coins":0,"Settings":{"Music":true,"odd name":{}},"Tools":{"axe":1},"Pet":{}})");
  BOOST_TEST(!done.before.has_value());
  BOOST_TEST(
      (data == document(R"({"Coins":"many","Settings":{"Music":1,"odd name":[]},"Tools":[],"Pet":null})")));
  std::vector<std::string> const expected = {"$.Coins", "$.Settings.Music", R"($.Settings["odd name"])",
                                             "$.Tools", "$.Pet"};
  BOOST_TEST(done.type_mismatches == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(kinds_of_numbers_and_a_null_in_the_template_are_no_mismatch) {
  auto const [data, done] = reconciled(R"({"a":1,"b":1.5,"c":18446744073709551615,"d":"x","e":{}})",
                                       R"({"a":1.0,"b":1,"c":-1,"d":null,"e":null})");
  BOOST_TEST(!done.before.has_value());
  BOOST_TEST(done.type_mismatches.empty());
}

BOOST_AUTO_TEST_CASE(profiles_share_nothing_with_the_template) {
  json::object const defaults = document(R"({"Settings":{"Keys":[1,2]}})");
  json::object first;
  json::object second;
  reconcile(first, defaults);
  reconcile(second, defaults);
  first["Settings"].as_object()["Keys"].as_array().push_back(3);
  BOOST_TEST((second == defaults));
  BOOST_TEST((defaults == document(R"({"Settings":{"Keys":[1,2]}})")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::record
