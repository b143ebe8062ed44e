// What writers are told when the disk fails: definite where it is certain, unknown where it is not.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "kv_server/sqlite_handle.hpp"
#include "unit/kv_server/faulty_disk.hpp"
#include "unit/kv_server/storage_fixture.hpp"

namespace chronicle::kv::test {
namespace {

using kind = storage_failure::kind;

kind failure_of(write_outcome const& outcome) {
  return std::get<storage_failure>(outcome).what;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(disk_failures)

BOOST_AUTO_TEST_CASE(a_failed_sync_leaves_the_outcome_unknown_and_stops_the_writing) {
  faulty_disk disk;
  store_under_test s(engine::sqlite);
  auto const created = s.create("k", "one");
  faulty_disk::sync_fault = SQLITE_IOERR_FSYNC;
  auto const put = store_under_test::make_put("k", precondition::must_be(created), "two");
  BOOST_TEST((failure_of(s.write(put)) == kind::indeterminate));
  BOOST_TEST(s.store->ailment() != "");
  faulty_disk::sync_fault = SQLITE_OK;
  // What a second sync reports says nothing about the pages of the first.
  BOOST_TEST((failure_of(s.write(put)) == kind::unavailable));
  BOOST_TEST(std::get<stored_version>(s.read("k")).revision == created);
  s.reopen();
  BOOST_TEST(s.store->ailment() == "");
  auto const now = std::get<stored_version>(s.read("k"));
  BOOST_TEST((now.value == "one" || now.value == "two"));
  BOOST_TEST(s.put("k", precondition::must_be(now.revision), "three") > now.revision);
}

BOOST_AUTO_TEST_CASE(writes_that_were_queued_behind_a_failed_sync_are_not_written) {
  faulty_disk disk;
  store_under_test s(engine::sqlite);
  s.create("warm", "x");
  faulty_disk::slow_sync slow;
  faulty_disk::next_sync = &slow;
  std::vector<write_outcome> outcomes;
  auto const begin_put = [&](char const* key) {
    asio::co_spawn(
        s.context, s.store->write(store_under_test::make_put(key, precondition::must_be_absent(), "v")),
        [&](std::exception_ptr, write_outcome outcome) { outcomes.push_back(std::move(outcome)); });
    s.context.restart();
    s.context.poll();
  };
  begin_put("first");
  slow.has_begun.acquire();
  begin_put("second");
  slow.may_end.release();
  s.context.run();
  BOOST_TEST_REQUIRE(outcomes.size() == 2u);
  BOOST_TEST((failure_of(outcomes[0]) == kind::indeterminate));
  BOOST_TEST((failure_of(outcomes[1]) == kind::unavailable));
}

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_and_recovers) {
  faulty_disk disk;
  store_under_test s(engine::sqlite);
  auto const created = s.create("k", "one");
  faulty_disk::write_fault = SQLITE_FULL;
  auto const put = store_under_test::make_put("k", precondition::must_be(created), "two");
  BOOST_TEST((failure_of(s.write(put)) == kind::full));
  BOOST_TEST(s.store->ailment() == "");
  BOOST_TEST(std::get<stored_version>(s.read("k")).value == "one");
  faulty_disk::write_fault = SQLITE_OK;
  BOOST_TEST(std::holds_alternative<written>(s.write(put)));
  s.reopen();
  BOOST_TEST(std::get<stored_version>(s.read("k")).value == "two");
}

// The commit is in the log by then, without an index that leads to it: a crash makes SQLite build a new one.
BOOST_AUTO_TEST_CASE(a_commit_without_room_for_the_index_of_the_log_leaves_the_outcome_unknown) {
  faulty_disk disk;
  store_under_test s(engine::sqlite);
  s.create("k", "one");
  // While this one reads, the log cannot start anew.
  sqlite_connection reader(s.options.path, sqlite_connection::mode::read_only);
  reader.execute("BEGIN");
  BOOST_TEST(reader.query_number("SELECT count(*) FROM versions") == 1);
  faulty_disk::index_fault = SQLITE_IOERR_SHMSIZE;
  std::string const large(1'000'000, 'x');
  auto const put = [&](std::string const& name) {
    return s.write(store_under_test::make_put(name, precondition::must_be_absent(), large));
  };
  int kept = 0;
  auto last = put("0");
  while (kept < 100 && std::holds_alternative<written>(last)) last = put(std::to_string(++kept));
  BOOST_TEST_REQUIRE(std::holds_alternative<storage_failure>(last));
  BOOST_TEST((failure_of(last) == kind::indeterminate));
  BOOST_TEST(s.store->ailment() == "");
  auto const doubtful = std::to_string(kept);
  BOOST_TEST(std::holds_alternative<never_written>(s.read(doubtful)));
  faulty_disk::index_fault = SQLITE_OK;
  store_under_test after_a_crash(engine::sqlite);
  after_a_crash.store->close();
  for (std::string const file : {"", "-wal"})
    std::filesystem::copy_file(s.options.path + file, after_a_crash.options.path + file,
                               std::filesystem::copy_options::overwrite_existing);
  after_a_crash.reopen();
  BOOST_TEST(std::holds_alternative<stored_version>(after_a_crash.read(doubtful)));
}

BOOST_AUTO_TEST_CASE(a_false_precondition_in_a_failed_transaction_is_a_failure_too) {
  faulty_disk disk;
  store_under_test s(engine::sqlite);
  s.create("warm", "x");
  faulty_disk::write_fault = SQLITE_FULL;
  std::vector<write_outcome> outcomes;
  for (auto const* value : {"one", "two", "three"}) {
    auto put = store_under_test::make_put("k", precondition::must_be_absent(), value);
    asio::co_spawn(s.context, s.store->write(std::move(put)), [&](std::exception_ptr, write_outcome outcome) {
      outcomes.push_back(std::move(outcome));
    });
  }
  s.context.restart();
  s.context.run();
  BOOST_TEST(outcomes.size() == 3u);
  for (auto const& outcome : outcomes) BOOST_TEST((failure_of(outcome) == kind::full));
  faulty_disk::write_fault = SQLITE_OK;
  BOOST_TEST(std::holds_alternative<never_written>(s.read("k")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::kv::test
