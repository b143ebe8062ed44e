// What both storage engines promise.
#include <malloc.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "unit/kv_server/storage_fixture.hpp"

namespace chronicle::kv::test {
namespace {

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;

std::vector<std::string> names_of(key_page const& page) {
  std::vector<std::string> names;
  for (auto const& key : page.keys) names.push_back(key.name);
  return names;
}

std::vector<std::string> values_of(version_page const& page) {
  std::vector<std::string> values;
  for (auto const& version : page.versions) values.push_back(version.erased ? "(erased)" : version.value);
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(storage_engines)

BOOST_DATA_TEST_CASE(a_key_lives_from_creation_to_erasure_and_again, data::make(engines)) {
  store_under_test s(sample);
  BOOST_TEST(std::holds_alternative<never_written>(s.read("k")));
  auto const created = s.create("k", "one");
  auto const changed = s.put("k", precondition::must_be(created), "two", "session:2");
  BOOST_TEST(changed > created);
  auto const current = std::get<stored_version>(s.read("k"));
  BOOST_TEST(current.revision == changed);
  BOOST_TEST(current.value == "two");
  BOOST_TEST(current.digest == "digest of two");
  BOOST_TEST(current.write_id == "session:2");
  BOOST_TEST(!current.erased);
  auto const erased = s.erase("k", changed);
  auto const tombstone = std::get<stored_version>(s.read("k"));
  BOOST_TEST(tombstone.erased);
  BOOST_TEST(tombstone.revision == erased);
  BOOST_TEST(tombstone.value.empty());
  BOOST_TEST(s.create("k", "three") > erased);
}

BOOST_DATA_TEST_CASE(a_false_precondition_changes_nothing_and_shows_the_current_revision,
                     data::make(engines)) {
  store_under_test s(sample);
  auto const never =
      std::get<mismatch>(s.write(store_under_test::make_put("k", precondition::must_be(1), "x")));
  BOOST_TEST(!never.current);
  auto const created = s.create("k", "one");
  auto const exists =
      std::get<mismatch>(s.write(store_under_test::make_put("k", precondition::must_be_absent(), "x")));
  BOOST_TEST(exists.current.value().value == "one");
  auto const stale =
      std::get<mismatch>(s.write(store_under_test::make_put("k", precondition::must_be(created + 1), "x")));
  BOOST_TEST(stale.current.value().revision == created);
  auto quiet = store_under_test::make_put("k", precondition::must_be_absent(), "x");
  quiet.want_current = false;
  BOOST_TEST(std::get<mismatch>(s.write(quiet)).current.value().value.empty());
  auto const erased = s.erase("k", created);
  auto const gone =
      std::get<mismatch>(s.write(store_under_test::make_put("k", precondition::must_be(erased), "x")));
  BOOST_TEST(gone.current.value().erased);
  BOOST_TEST(std::holds_alternative<mismatch>(s.write(store_under_test::make_erase("k", erased))));
}

BOOST_DATA_TEST_CASE(any_of_several_revisions_will_do, data::make(engines)) {
  store_under_test s(sample);
  auto const created = s.create("k", "one");
  precondition either = precondition::must_be(created + 7);
  either.revisions.push_back(created);
  BOOST_TEST(s.put("k", either, "two") > created);
}

BOOST_DATA_TEST_CASE(a_repeated_write_is_acknowledged_again_and_not_repeated, data::make(engines)) {
  store_under_test s(sample);
  auto const first = store_under_test::make_put("k", precondition::must_be_absent(), "one", "session:1");
  auto const revision = std::get<written>(s.write(first)).revision;
  auto const again = std::get<written>(s.write(first));
  BOOST_TEST(again.revision == revision);
  BOOST_TEST(again.replayed);
  auto const other_bytes =
      store_under_test::make_put("k", precondition::must_be_absent(), "two", "session:1");
  BOOST_TEST(std::holds_alternative<mismatch>(s.write(other_bytes)));
  auto const other_id = store_under_test::make_put("k", precondition::must_be_absent(), "one", "session:2");
  BOOST_TEST(std::holds_alternative<mismatch>(s.write(other_id)));
  auto const no_id = store_under_test::make_put("k", precondition::must_be_absent(), "one");
  BOOST_TEST(std::holds_alternative<mismatch>(s.write(no_id)));
  auto const erase = store_under_test::make_erase("k", revision, "session:3");
  auto const tombstone = std::get<written>(s.write(erase)).revision;
  BOOST_TEST(std::get<written>(s.write(erase)).revision == tombstone);
}

BOOST_DATA_TEST_CASE(revisions_are_one_sequence_for_all_keys, data::make(engines)) {
  store_under_test s(sample);
  auto const a = s.create("a", "1");
  auto const b = s.create("b", "1");
  auto const a2 = s.put("a", precondition::must_be(a), "2");
  BOOST_TEST(a < b);
  BOOST_TEST(b < a2);
  BOOST_TEST(s.store->figures().revision == a2);
}

BOOST_DATA_TEST_CASE(the_past_is_kept_within_its_bound, data::make(engines)) {
  store_under_test s(sample);
  s.create("other", "x");
  std::vector<std::uint64_t> revisions{s.create("k", "v0")};
  for (int i = 1; i < 6; ++i)
    revisions.push_back(s.put("k", precondition::must_be(revisions.back()), "v" + std::to_string(i)));
  BOOST_TEST(std::get<stored_version>(s.read("k", revisions[5])).value == "v5");
  BOOST_TEST(std::get<stored_version>(s.read("k", revisions[3])).value == "v3");
  BOOST_TEST(std::holds_alternative<compacted>(s.read("k", revisions[2])));
  BOOST_TEST(std::holds_alternative<never_written>(s.read("k", revisions[0] - 1)));
  BOOST_TEST(std::get<not_yet_written>(s.read("k", revisions[5] + 1)).newest == revisions[5]);
  versions_query all;
  all.key = record_key("space", "k");
  auto const page = std::get<version_page>(s.run(s.store->versions(all)));
  BOOST_TEST(values_of(page) == (std::vector<std::string>{"v5", "v4", "v3"}),
             boost::test_tools::per_element());
  BOOST_TEST(!page.more);
}

BOOST_DATA_TEST_CASE(versions_come_in_pages_bounded_by_number_and_size, data::make(engines)) {
  store_under_test s(sample);
  auto const first = s.create("k", std::string(100, 'a'));
  auto const second = s.put("k", precondition::must_be(first), std::string(100, 'b'));
  s.erase("k", second);
  versions_query query;
  query.key = record_key("space", "k");
  query.limit = 1;
  auto page = std::get<version_page>(s.run(s.store->versions(query)));
  BOOST_TEST(values_of(page) == std::vector<std::string>{"(erased)"}, boost::test_tools::per_element());
  BOOST_TEST(page.more);
  query.before = page.versions.back().revision;
  query.limit = 10;
  query.max_bytes = 150;
  page = std::get<version_page>(s.run(s.store->versions(query)));
  BOOST_REQUIRE_EQUAL(page.versions.size(), 1u);
  BOOST_TEST(page.versions[0].revision == second);
  BOOST_TEST(page.more);
  query.before = first;
  page = std::get<version_page>(s.run(s.store->versions(query)));
  BOOST_TEST(page.versions.empty());
  BOOST_TEST(page.known);
  query.key = record_key("space", "unknown");
  BOOST_TEST(!std::get<version_page>(s.run(s.store->versions(query))).known);
}

BOOST_DATA_TEST_CASE(a_listing_is_pinned_to_its_revision, data::make(engines)) {
  store_under_test s(sample);
  for (auto const* name : {"p/b", "p/a", "p/c", "q/a", "p"}) s.create(name, "1");
  auto const dead = s.create("p/dead", "1");
  s.erase("p/dead", dead);
  list_query query;
  query.space = "space";
  query.prefix = "p/";
  query.limit = 2;
  auto const first = std::get<key_page>(s.run(s.store->list(query)));
  BOOST_TEST(names_of(first) == (std::vector<std::string>{"p/a", "p/b"}), boost::test_tools::per_element());
  BOOST_TEST(first.more);
  s.create("p/d", "1");
  auto const c = std::get<stored_version>(s.read("p/c"));
  s.erase("p/c", c.revision);
  query.after = "p/b";
  query.as_of = first.as_of;
  auto const rest = std::get<key_page>(s.run(s.store->list(query)));
  BOOST_TEST(names_of(rest) == std::vector<std::string>{"p/c"}, boost::test_tools::per_element());
  BOOST_TEST(rest.keys.at(0).revision == c.revision);
  BOOST_TEST(!rest.more);
  query.as_of.reset();
  auto const now = std::get<key_page>(s.run(s.store->list(query)));
  BOOST_TEST(names_of(now) == std::vector<std::string>{"p/d"}, boost::test_tools::per_element());
  query.as_of = now.as_of + 1;
  BOOST_TEST(std::holds_alternative<not_yet_written>(s.run(s.store->list(query))));
  query = list_query();
  query.space = "another";
  BOOST_TEST(std::get<key_page>(s.run(s.store->list(query))).keys.empty());
}

BOOST_DATA_TEST_CASE(a_listing_says_when_its_snapshot_is_gone, data::make(engines)) {
  store_under_test s(sample);
  auto last = s.create("busy", "0");
  list_query query;
  query.space = "space";
  query.as_of = last;
  for (int i = 0; i < 2; ++i) last = s.put("busy", precondition::must_be(last), "x");
  s.create("younger", "x");
  BOOST_TEST(names_of(std::get<key_page>(s.run(s.store->list(query)))) == std::vector<std::string>{"busy"},
             boost::test_tools::per_element());
  s.put("busy", precondition::must_be(last), "x");
  BOOST_TEST(std::holds_alternative<compacted>(s.run(s.store->list(query))));
}

BOOST_DATA_TEST_CASE(names_are_bytes_in_order, data::make(engines)) {
  store_under_test s(sample);
  std::vector<std::string> const names{std::string("\x01"), " ", "A", "a", "a\x01", "a/b", "a\xc3\xa9",
                                       "\xf0\x9f\x98\x80"};
  for (auto it = names.rbegin(); it != names.rend(); ++it) s.create(*it, *it);
  list_query query;
  query.space = "space";
  query.limit = 1;
  std::vector<std::string> seen;
  for (bool more = true; more;) {
    auto const page = std::get<key_page>(s.run(s.store->list(query)));
    more = page.more;
    query.after = page.keys.at(0).name;
    seen.push_back(query.after);
  }
  auto sorted = names;
  std::sort(sorted.begin(), sorted.end());
  BOOST_TEST(seen == sorted, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(values_are_any_bytes, data::make(engines)) {
  store_under_test s(sample);
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  s.create("k", every_byte);
  BOOST_TEST(std::get<stored_version>(s.read("k")).value == every_byte);
  s.create("empty", "");
  BOOST_TEST(std::get<stored_version>(s.read("empty")).value == "");
}

BOOST_DATA_TEST_CASE(ages_follow_the_monotonic_clock, data::make(engines)) {
  store_under_test s(sample);
  s.create("k", "1");
  auto const written_at = s.time->wall_now();
  s.time->stall(1500ms);
  s.time->step_wall_clock(-1h);
  auto const version = std::get<stored_version>(s.read("k"));
  BOOST_TEST(version.age.count() == 1500);
  BOOST_TEST((version.written == written_at));
}

BOOST_DATA_TEST_CASE(an_erased_key_is_forgotten_in_due_time, data::make(engines)) {
  store_under_test s(sample);
  s.erase("gone", s.create("gone", "1"));
  auto const lives = s.create("lives", "1");
  s.erase("lives", lives);
  auto const reborn = s.create("lives", "2");
  s.time->stall(24h * 30);
  s.create("other", "1");
  BOOST_TEST(std::get<stored_version>(s.read("gone")).erased);
  s.time->stall(1s);
  s.create("another", "1");
  BOOST_TEST(std::holds_alternative<never_written>(s.read("gone")));
  BOOST_TEST(std::get<stored_version>(s.read("lives")).revision == reborn);
  BOOST_TEST(std::holds_alternative<compacted>(s.read("lives", lives)));
  BOOST_TEST(s.create("gone", "1") > reborn);
}

// Where malloc is another than glibc's, under a sanitizer say, this sees no growth and proves nothing.
BOOST_AUTO_TEST_CASE(erasing_a_key_again_and_again_takes_no_more_memory) {
  store_under_test s(engine::memory);
  std::string const name(512, 'k');
  auto const erase_often = [&] {
    for (int i = 0; i < 2000; ++i) s.erase(name, s.create(name, "x"));
    return ::mallinfo2().uordblks;
  };
  auto const before = erase_often();
  auto const after = erase_often();
  BOOST_TEST(after < before + 100'000, "grew by " << after - before << " bytes");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::kv::test
