// Whatever is wrong with a stored record is found and named.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "chronicle/random_source.hpp"
#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_text.hpp"
#include "record/codec.hpp"
#include "sample_record.hpp"
#include "support/random_document.hpp"
#include "support/seed.hpp"

namespace chronicle::record {
namespace {

struct damage {
  char const* pointer;  // RFC 6901
  json::value value;
  char const* found;
};

json::value& at(json::object& record, std::string_view pointer) {
  json::value* place = nullptr;
  for (std::size_t begin = 1; begin <= pointer.size();) {
    std::size_t const end = std::min(pointer.find('/', begin), pointer.size());
    std::string const step(pointer.substr(begin, end - begin));
    if (place == nullptr) {
      place = &record[step];
    } else if (place->is_array()) {
      place = &place->as_array().at(std::stoul(step));
    } else {
      place = &place->as_object()[step];
    }
    begin = end + 1;
  }
  return *place;
}

// Every member of the record but those of the data, as the object that has it and its name.
struct place {
  std::string pointer;
  std::string path;
  std::string name;
};

void collect(json::object const& object, place const& above, std::vector<place>& all) {
  for (auto const& member : object) {
    std::string const name(member.key());
    place const here{above.pointer + "/" + name, above.path + "." + name, name};
    all.push_back(here);
    if (here.path == "$.data") continue;
    if (member.value().is_object()) collect(member.value().get_object(), here, all);
    if (!member.value().is_array()) continue;
    for (std::size_t i = 0; i < member.value().get_array().size(); ++i) {
      std::string const index = std::to_string(i);
      collect(member.value().get_array()[i].as_object(),
              {here.pointer + "/" + index, here.path + "[" + index + "]", ""}, all);
    }
  }
}

std::vector<place> all_places() {
  std::vector<place> all;
  collect(parsed(sample_text()), {"", "$", ""}, all);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(damaged_record)

BOOST_AUTO_TEST_CASE(what_is_not_a_record_at_all) {
  BOOST_TEST(found_in("") == "malformed $: incomplete JSON at byte 0");
  BOOST_TEST(found_in("<html>").starts_with("malformed $: syntax error at byte 0"));
  BOOST_TEST(found_in("{\"schema\":1,").starts_with("malformed $: incomplete JSON at byte 12"));
  BOOST_TEST(found_in("[]") == "malformed $: expected an object");
  BOOST_TEST(found_in("{}") == "malformed $.schema: is missing");
  BOOST_TEST(found_in("null") == "malformed $: expected an object");
  BOOST_TEST(found_in(std::string(1'000'000, '[')).starts_with("malformed $: "));
  BOOST_TEST(found_in("{\"data\":\"\xff\"}").starts_with("malformed $: "));
}

BOOST_AUTO_TEST_CASE(every_member_that_is_missing_is_named) {
  std::vector<place> const places = all_places();
  BOOST_TEST(places.size() == 33u);
  for (place const& missing : places) {
    if (missing.name == "fence" || missing.name == "parent") continue;
    json::object record = parsed(sample_text());
    std::string_view const pointer = missing.pointer;
    std::string_view const above = pointer.substr(0, pointer.rfind('/'));
    (above.empty() ? record : at(record, above).as_object()).erase(missing.name);
    BOOST_TEST(found_in(to_json_text(record)) == "malformed " + missing.path + ": is missing");
  }
}

BOOST_AUTO_TEST_CASE(every_member_of_the_wrong_type_is_named) {
  for (place const& wrong : all_places()) {
    for (json::value const& value : {json::value(nullptr), json::value(true), json::value(1.5)}) {
      json::object record = parsed(sample_text());
      at(record, wrong.pointer) = value;
      std::string const found = found_in(to_json_text(record));
      BOOST_TEST(found.starts_with("malformed " + wrong.path + ": expected "), found);
      std::string const got = value.is_null() ? "null" : value.is_bool() ? "a boolean" : "1.5";
      bool const is_number = found.find("whole number") != std::string::npos;
      if (is_number || !value.is_double()) BOOST_TEST(found.ends_with(", got " + got), found);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_member_out_of_range_is_named) {
  std::vector<damage> const table = {
      {"/schema", 2, "unsupported_schema $.schema: expected 1, got 2"},
      {"/schema", 0, "malformed $.schema: expected a whole number of at least 1, got 0"},
      {"/schema", "1", "malformed $.schema: expected a whole number of at least 1, got a string"},
      {"/key", "PlayerData/Player_124",
       "wrong_key $.key: expected \"PlayerData/Player_123\", got \"PlayerData/Player_124\""},
      {"/data", json::array(), "malformed $.data: expected an object, got an array"},
      {"/integrity", "x", "malformed $.integrity: expected an object, got a string"},
      {"/integrity/alg", "sha256",
       "unsupported_schema $.integrity.alg: expected \"fnv1a64-jcs\", got \"sha256\""},
      {"/integrity/hash", "00000000000000A0",
       "malformed $.integrity.hash: expected 16 lower-case hexadecimal digits, got \"00000000000000A0\""},
      {"/integrity/envelope", "abc",
       "malformed $.integrity.envelope: expected 16 lower-case hexadecimal digits, got \"abc\""},
      {"/lease/state", "free", "malformed $.lease.state: expected \"held\" or \"released\", got \"free\""},
      {"/lease/generation", 0, "malformed $.lease.generation: expected a whole number of at least 1, got 0"},
      {"/lease/generation", -1,
       "malformed $.lease.generation: expected a whole number of at least 1, got -1"},
      {"/lease/generation", 1.5,
       "malformed $.lease.generation: expected a whole number of at least 1, got 1.5"},
      {"/lease/generation", 1e30,
       "malformed $.lease.generation: expected a whole number of at least 1, got 1e+30"},
      {"/lease/generation", "17",
       "malformed $.lease.generation: expected a whole number of at least 1, got a string"},
      {"/lease/duration_ms", 0,
       "malformed $.lease.duration_ms: expected a whole number from 1 to 86400000, got 0"},
      {"/lease/duration_ms", 86400001,
       "malformed $.lease.duration_ms: expected a whole number from 1 to 86400000, got 86400001"},
      {"/lease/seq", -1, "malformed $.lease.seq: expected a whole number of at least 0, got -1"},
      {"/lease/expires_at", "2026-02-30T12:00:00.000Z",
       "malformed $.lease.expires_at: expected a time like 2026-02-01T12:00:00.000Z, got "
       "\"2026-02-30T12:00:00.000Z\""},
      {"/lease/fence", 1, "malformed $.lease.fence: expected a string, got 1"},
      {"/commit/index", 0, "malformed $.commit.index: expected a whole number of at least 1, got 0"},
      {"/commit/generation", 0,
       "malformed $.commit.generation: expected a whole number of at least 1, got 0"},
      {"/commit/hash", "", "malformed $.commit.hash: expected 16 lower-case hexadecimal digits, got \"\""},
      {"/commit/parent", "abc",
       "malformed $.commit.parent: expected 16 lower-case hexadecimal digits, got \"abc\""},
      {"/lineage", json::object(), "malformed $.lineage: expected an array, got an object"},
      {"/lineage/1", 5, "malformed $.lineage[1]: expected an object, got 5"},
      {"/lineage/0/generation", 0,
       "malformed $.lineage[0].generation: expected a whole number of at least 1, got 0"},
      {"/lineage/1/final_commit", 0,
       "malformed $.lineage[1].final_commit: expected a whole number of at least 1, got 0"},
      {"/metadata/created_at", "yesterday",
       "malformed $.metadata.created_at: expected a time like 2026-02-01T12:00:00.000Z, got \"yesterday\""},
      {"/metadata/sessions", -1,
       "malformed $.metadata.sessions: expected a whole number of at least 0, got -1"},
  };
  for (damage const& done : table) {
    json::object record = parsed(sample_text());
    at(record, done.pointer) = done.value;
    BOOST_TEST(found_in(to_json_text(record)) == done.found);
  }
}

BOOST_AUTO_TEST_CASE(what_was_changed_after_writing_is_told_apart) {
  auto const other_data = [] { return json::object{{"Coins", 999999}}; };
  auto const starts = [](json::object const& record, std::string const& with) {
    std::string const found = found_in(to_json_text(record));
    BOOST_TEST(found.starts_with(with), found);
  };
  json::object record = parsed(sample_text());
  record["data"].as_object()["Coins"] = 1251;
  starts(record, "data_hash_mismatch $.integrity.hash: says ");

  record = parsed(sample_text());
  record["lease"].as_object()["generation"] = 18;
  starts(record, "envelope_mismatch $.integrity.envelope: says ");

  // Another profile's data with its own hash, under this lease.
  record = parsed(sample_text());
  record["data"] = other_data();
  record["integrity"].as_object()["hash"] = format_hash(canonical_hash(other_data()));
  starts(record, "envelope_mismatch $.integrity.envelope: says ");

  // The same with a good envelope, but the commit is still the other data's.
  starts(parsed(sealed(record)), "envelope_mismatch $.commit.hash: says ");

  // A whole good record under another key.
  BOOST_TEST(found_in(sample_text(), "PlayerData/Player_124").starts_with("wrong_key $.key: "));
  record = parsed(sample_text());
  record["key"] = "PlayerData/Player_124";
  BOOST_TEST(found_in(to_json_text(record), "PlayerData/Player_124").starts_with("envelope_mismatch "));
}

BOOST_AUTO_TEST_CASE(messages_stay_short_and_readable) {
  for (auto pointer : {"/key", "/lease/state", "/lease/expires_at", "/integrity/hash", "/integrity/alg"}) {
    json::object record = parsed(sample_text());
    at(record, pointer) = std::string(100'000, '\n');
    BOOST_TEST(found_in(to_json_text(record)).size() < 500u, pointer);
  }
}

BOOST_AUTO_TEST_CASE(any_single_change_of_the_document_is_found) {
  test::for_each_seed(3000, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    json::value const changed = test::changed_once(parsed(sample_text()), *random);
    BOOST_TEST(found_in(to_json_text(changed)) != "nothing", to_json_text(changed));
  });
}

BOOST_AUTO_TEST_CASE(any_flipped_bit_is_found_or_means_nothing) {
  std::string const text = sample_text();
  header const head = sample_header(sample_data());
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    auto const read = decode(flipped, sample_key);
    if (!read) continue;
    // 1E0 for 1e0, for instance.
    BOOST_TEST((read->head == head), flipped);
    BOOST_TEST((read->data == sample_data()), flipped);
  }
}

BOOST_AUTO_TEST_CASE(any_truncated_record_is_found) {
  std::string const text = sample_text();
  for (std::size_t length = 0; length < text.size(); ++length) {
    BOOST_TEST(found_in(text.substr(0, length)).starts_with("malformed $: "));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::record
