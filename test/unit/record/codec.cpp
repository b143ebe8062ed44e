#include "record/codec.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

#include "chronicle/random_source.hpp"
#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_text.hpp"
#include "integrity/storable.hpp"
#include "sample_record.hpp"
#include "support/random_document.hpp"
#include "support/seed.hpp"

namespace chronicle::record {

BOOST_AUTO_TEST_SUITE(record_codec)

BOOST_AUTO_TEST_CASE(a_record_survives) {
  json::object const data = sample_data();
  header const head = sample_header(data);
  auto const read = decode(encode(head, data), sample_key);
  BOOST_TEST_REQUIRE(read.has_value(), found_in(encode(head, data)));
  BOOST_TEST((read->head == head));
  BOOST_TEST((read->data == data));
  BOOST_TEST(read->data.at("Coins").is_int64());
  BOOST_TEST(read->data.at("Level").is_double());
  BOOST_TEST(std::signbit(read->data.at("Position").at(1).as_double()));
  BOOST_TEST(encode(read->head, read->data) == encode(head, data));
}

BOOST_AUTO_TEST_CASE(the_text_has_the_published_layout) {
  json::object const record = parsed(sample_text());
  json::object const data = sample_data();
  std::string const hash = format_hash(canonical_hash(data));
  BOOST_TEST((record.at("schema") == 1));
  BOOST_TEST((record.at("key").as_string() == sample_key));
  BOOST_TEST((record.at("data") == data));
  BOOST_TEST((record.at("integrity").at("alg") == "fnv1a64-jcs"));
  BOOST_TEST((record.at("integrity").at("hash").as_string() == hash));
  BOOST_TEST((record.at("lease") == json::object{{"state", "held"},
                                                 {"server", "server-7"},
                                                 {"session", "0b8f8a52-1b1c-4a10-9d1e-0d8a5f0a7c11"},
                                                 {"generation", 17},
                                                 {"duration_ms", 60000},
                                                 {"expires_at", "2026-02-01T12:01:00.000Z"},
                                                 {"seq", 42},
                                                 {"fence", "3f0c"}}));
  BOOST_TEST((record.at("commit") == json::object{{"index", 1234},
                                                  {"session", "earlier"},
                                                  {"generation", 16},
                                                  {"hash", hash},
                                                  {"parent", "00000000000000aa"}}));
  BOOST_TEST(
      (record.at("lineage") == json::array{{{"generation", 15}, {"session", "a"}, {"final_commit", 1200}},
                                           {{"generation", 16}, {"session", "b"}, {"final_commit", 1229}}}));
  BOOST_TEST((record.at("metadata") == json::object{{"created_at", "2024-12-31T23:59:59.999Z"},
                                                    {"updated_at", "2026-02-01T12:00:00.000Z"},
                                                    {"sessions", 17}}));
  BOOST_TEST(record.size() == 8u);
  // Everything but the data and the envelope itself is under the envelope.
  BOOST_TEST(sealed(record) == to_json_text(record));
  BOOST_TEST(sample_text().find("\"Level\":1.0") != std::string::npos);
}

// The data comes first, so that it can be written before anything else is known.
BOOST_AUTO_TEST_CASE(sealing_the_data_first_makes_the_same_record) {
  test::for_each_seed(300, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    json::object const data = test::random_document(*random);
    header const head = sample_header(data);
    sealed_data sealed = seal(data, std::string(4096, 'x'));
    BOOST_TEST_REQUIRE(sealed.hash == canonical_hash(data));
    BOOST_TEST_REQUIRE(sealed.storable);
    sealed.text.reserve(sealed.text.size() + 4096);
    char const* const written_to = sealed.text.data();
    std::string const text = encode(head, std::move(sealed));
    BOOST_TEST_REQUIRE(text == encode(head, data));
    BOOST_TEST_REQUIRE(text.data() == written_to);
  });
  BOOST_TEST(!seal({{"a", "\xff"}}).storable);
}

// Records of this text are out there, and their hashes were made of it.
BOOST_AUTO_TEST_CASE(not_a_byte_of_the_text_has_changed) {
  BOOST_TEST(sample_text() ==
             R"({"data":{"Coins":1250,"Inventory":["sword",null,{"arrows":12}],"Level":1.0,"Position":[0.1,)"
             R"(-0.0,1e+21]},"commit":{"generation":16,"hash":"9f947258bbbe649b","index":1234,)"
             R"("parent":"00000000000000aa","session":"earlier"},"integrity":{"alg":"fnv1a64-jcs",)"
             R"("hash":"9f947258bbbe649b","envelope":"a1add84f5b7b6e8b"},"key":"PlayerData/Player_123",)"
             R"("lease":{"duration_ms":60000,"expires_at":"2026-02-01T12:01:00.000Z","fence":"3f0c",)"
             R"("generation":17,"seq":42,"server":"server-7",)"
             R"("session":"0b8f8a52-1b1c-4a10-9d1e-0d8a5f0a7c11","state":"held"},)"
             R"("lineage":[{"final_commit":1200,"generation":15,"session":"a"},{"final_commit":1229,)"
             R"("generation":16,"session":"b"}],"metadata":{"created_at":"2024-12-31T23:59:59.999Z",)"
             R"("sessions":17,"updated_at":"2026-02-01T12:00:00.000Z"},"schema":1})");
}

// For the head is hashed as it is written.
BOOST_AUTO_TEST_CASE(a_head_without_its_hash_is_canonical) {
  test::for_each_seed(300, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    auto const number = [&] { return random->next() >> random->next() % 64; };
    auto const text = [&] { return to_json_text(test::random_document(*random, 2)); };
    auto const time = [&] { return wall_time_point(std::chrono::milliseconds(random->next() >> 20)); };
    header head;
    head.key = text();
    head.lease = {lease_state::held, text(), text(), number(), {}, time(), number(), text(), {}};
    head.commit = {number(), text(), number(), format_hash(canonical_hash(json::object())), text(), {}};
    while (head.lineage.size() < seed % 4) head.lineage.push_back({number(), text(), number(), {}});
    head.metadata = {time(), time(), number(), {}};

    std::string written = encode(head, json::object());
    json::object record = parsed(written);
    BOOST_TEST_REQUIRE(sealed(record) == to_json_text(record));
    auto const erase = [&](std::string const& what) {
      BOOST_TEST_REQUIRE(written.find(what) != std::string::npos);
      written.erase(written.find(what), what.size());
    };
    erase("\"data\":{},");
    erase(",\"envelope\":" + to_json_text(record.at("integrity").at("envelope")));
    record.erase("data");
    record["integrity"].as_object().erase("envelope");
    BOOST_TEST_REQUIRE(written == to_canonical_text(record));
  });
}

// The data used to come last, and members in no order.
BOOST_AUTO_TEST_CASE(a_record_of_an_earlier_version_is_read) {
  std::string const text =
      R"({"schema":1,"key":"PlayerData/Player_123","integrity":{"alg":"fnv1a64-jcs","hash":"9f947258bbbe649b",)"
      R"("envelope":"a1add84f5b7b6e8b"},"lease":{"state":"held","server":"server-7",)"
      R"("session":"0b8f8a52-1b1c-4a10-9d1e-0d8a5f0a7c11","generation":17,"duration_ms":60000,)"
      R"("expires_at":"2026-02-01T12:01:00.000Z","seq":42,"fence":"3f0c"},"commit":{"index":1234,)"
      R"("session":"earlier","generation":16,"hash":"9f947258bbbe649b","parent":"00000000000000aa"},)"
      R"("lineage":[{"generation":15,"session":"a","final_commit":1200},{"generation":16,"session":"b",)"
      R"("final_commit":1229}],"metadata":{"created_at":"2024-12-31T23:59:59.999Z",)"
      R"("updated_at":"2026-02-01T12:00:00.000Z","sessions":17},"data":{"Coins":1250,"Level":1.0,)"
      R"("Inventory":["sword",null,{"arrows":12}],"Position":[0.1,-0.0,1e+21]}})";
  auto const read = decode(text, sample_key);
  BOOST_TEST_REQUIRE(read.has_value(), found_in(text));
  BOOST_TEST((read->head == sample_header(sample_data())));
  BOOST_TEST((read->data == sample_data()));
  BOOST_TEST((parsed(text) == parsed(sample_text())));
}

BOOST_AUTO_TEST_CASE(a_fresh_and_a_released_record_survive) {
  json::object const data;
  header head = sample_header(data);
  head.lease.state = lease_state::released;
  head.lease.fence.clear();
  head.commit.parent.clear();
  head.lineage.clear();
  std::string const text = encode(head, data);
  auto const read = decode(text, sample_key);
  BOOST_TEST_REQUIRE(read.has_value(), found_in(text));
  BOOST_TEST((read->head == head));
  BOOST_TEST((parsed(text).at("lease").at("state") == "released"));
}

BOOST_AUTO_TEST_CASE(unknown_members_survive_at_every_level) {
  json::object record = parsed(sample_text());
  json::object const extra = {{"later", {1.0, {{"deep", -0.0}}}}};
  record["x_record"] = extra;
  record["integrity"].as_object()["x_integrity"] = extra;
  record["a_copy"] = {{"integrity", record["integrity"]}};
  record["lease"].as_object()["x_lease"] = extra;
  record["commit"].as_object()["x_commit"] = extra;
  record["metadata"].as_object()["x_metadata"] = extra;
  record["lineage"].as_array()[1].as_object()["x_lineage"] = extra;
  std::string const text = sealed(record);

  auto const read = decode(text, sample_key);
  BOOST_TEST_REQUIRE(read.has_value(), found_in(text));
  std::string const again = encode(read->head, read->data);
  BOOST_TEST((parsed(again) == parsed(text)));
  BOOST_TEST(found_in(again) == "nothing");
}

BOOST_AUTO_TEST_CASE(unknown_members_are_under_the_envelope) {
  for (auto level : {"", "integrity", "lease", "commit", "metadata"}) {
    json::object record = parsed(sample_text());
    json::object& object = *level == '\0' ? record : record[level].as_object();
    object["x"] = 1;
    BOOST_TEST(found_in(to_json_text(record)).starts_with("envelope_mismatch $.integrity.envelope: says "),
               level);
  }
}

BOOST_AUTO_TEST_CASE(a_tool_may_write_the_record_anew) {
  // Other order, white space, escapes and whole numbers as fractions: the same record.
  std::string text = sample_text();
  auto const replace = [&](std::string const& from, std::string const& to) {
    BOOST_TEST_REQUIRE(text.find(from) != std::string::npos, from);
    text.replace(text.find(from), from.size(), to);
  };
  replace("\"generation\":17", " \"generation\" :\n 17.0");
  replace("\"index\":1234", "\"index\":1.234e3");
  replace("\"key\"", "\"k\\u0065y\"");
  replace("\"Coins\":1250", "\"Coins\":1250.0");
  auto const read = decode(text, sample_key);
  BOOST_TEST_REQUIRE(read.has_value(), found_in(text));
  BOOST_TEST((read->head == sample_header(sample_data())));
}

BOOST_AUTO_TEST_CASE(more_lineage_than_ours_is_kept) {
  json::object const data = sample_data();
  header head = sample_header(data);
  for (std::uint64_t i = 0; i < 2 * lineage_limit; ++i) head.lineage.push_back({i + 1, "s", i + 1, {}});
  std::string const text = encode(head, data);
  auto const read = decode(text, sample_key);
  BOOST_TEST_REQUIRE(read.has_value(), found_in(text));
  BOOST_TEST((read->head == head));
}

BOOST_AUTO_TEST_CASE(extreme_numbers_and_odd_texts_survive) {
  json::object const data;
  header head = sample_header(data);
  head.lease.generation = ~std::uint64_t{0};
  head.lease.seq = 0;
  head.lease.duration = std::chrono::hours(24);
  head.lease.server = "tower \"\xf0\x9f\x8f\xb0\"\n\\" + std::string(1, '\0');
  head.commit.index = (std::uint64_t{1} << 53) + 1;
  head.metadata.sessions = std::uint64_t{1} << 63;
  head.key = "PlayerData/p\xc3\xa9";
  std::string const text = encode(head, data);
  auto const read = decode(text, head.key);
  BOOST_TEST_REQUIRE(read.has_value(), found_in(text, head.key));
  BOOST_TEST((read->head == head));
}

BOOST_AUTO_TEST_CASE(the_deepest_document_that_is_storable_is_readable) {
  json::object data;
  for (std::size_t depth = 1; depth < max_document_depth; ++depth) data = {{"a", std::move(data)}};
  BOOST_TEST(!check_storable(data).has_value());
  std::string const text = encode(sample_header(data), data);
  BOOST_TEST(found_in(text) == "nothing");
}

BOOST_AUTO_TEST_CASE(random_records_survive) {
  test::for_each_seed(300, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    json::object const data = test::random_document(*random);
    header head = sample_header(data);
    auto const unknown = [&] { return json::object{{"x_unknown", test::random_document(*random, 2)}}; };
    head.unknown = unknown();
    head.integrity_unknown = unknown();
    head.lease.unknown = unknown();
    head.commit.unknown = unknown();
    head.metadata.unknown = unknown();
    head.lineage[0].unknown = unknown();
    head.lease.generation = 1 + random->next() / 2;
    std::string const text = encode(head, data);
    auto const read = decode(text, sample_key);
    BOOST_TEST_REQUIRE(read.has_value(), found_in(text));
    BOOST_TEST((read->head == head));
    BOOST_TEST((read->data == data));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::record
