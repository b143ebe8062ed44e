// What only the SQLite engine has to prove: restarts, files that cannot be used, shared commits, a full disk.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "chronicle/kv_server/setup_error.hpp"
#include "kv_server/services.hpp"
#include "kv_server/sqlite_file.hpp"
#include "kv_server/sqlite_records.hpp"
#include "kv_server/write_queue.hpp"
#include "unit/kv_server/storage_fixture.hpp"

namespace chronicle::kv::test {
namespace {

using namespace std::chrono_literals;
using chronicle::test::temporary_folder;

void write_file(std::string const& path, std::string const& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Calls `action` before each statement of a connection that returns rows.
class before_each_query {
 public:
  before_each_query(sqlite_connection& connection, std::function<void()> action)
      : connection_(connection), action_(std::move(action)) {
    sqlite3_trace_v2(connection_.get(), SQLITE_TRACE_STMT, on_statement, this);
  }
  ~before_each_query() { sqlite3_trace_v2(connection_.get(), 0, nullptr, nullptr); }
  before_each_query(before_each_query const&) = delete;
  before_each_query& operator=(before_each_query const&) = delete;

 private:
  static int on_statement(unsigned, void* self, void* statement, void*) {
    if (sqlite3_column_count(static_cast<sqlite3_stmt*>(statement)) > 0)
      static_cast<before_each_query*>(self)->action_();
    return 0;
  }

  sqlite_connection& connection_;
  std::function<void()> action_;
};

/// Opening must fail with a text that names the file and has `hint` in it.
void expect_refusal(std::string const& path, std::string const& hint) {
  sqlite_options options;
  options.path = path;
  BOOST_CHECK_EXCEPTION(open_sqlite_storage(options, std::make_shared<virtual_time>()), setup_error,
                        [&](setup_error const& e) {
                          std::string const text = e.what();
                          BOOST_TEST_MESSAGE(text);
                          return text.find(path) != std::string::npos && text.find(hint) != std::string::npos;
                        });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_engine)

BOOST_AUTO_TEST_CASE(a_restart_keeps_everything) {
  store_under_test s(engine::sqlite);
  auto const a = s.create("a", "one");
  s.put("a", precondition::must_be(a), "two", "session:2");
  auto const gone = s.create("gone", "x");
  auto const tombstone = s.erase("gone", gone);
  s.reopen();
  BOOST_TEST(std::get<stored_version>(s.read("a")).value == "two");
  BOOST_TEST(std::get<stored_version>(s.read("a", a)).value == "one");
  BOOST_TEST(std::get<stored_version>(s.read("gone")).revision == tombstone);
  auto const replay = store_under_test::make_put("a", precondition::must_be(a), "two", "session:2");
  BOOST_TEST(std::get<written>(s.write(replay)).replayed);
  BOOST_TEST(s.store->figures().revision == tombstone);
}

BOOST_AUTO_TEST_CASE(a_restart_never_gives_out_a_revision_twice) {
  store_under_test s(engine::sqlite);
  auto const tombstone = s.erase("k", s.create("k", "1"));
  auto const other = s.erase("other", s.create("other", "1"));
  s.time->stall(24h * 31);
  auto const purge = s.create("purge", "x");
  s.erase("purge", purge);
  s.time->stall(24h * 31);
  s.reopen();
  auto const first = s.create("k", "2");
  BOOST_TEST(first > purge + 1);
  BOOST_TEST(first > std::max(tombstone, other));
}

BOOST_AUTO_TEST_CASE(a_restored_backup_gives_out_no_revision_that_was_given_out_after_it) {
  store_under_test s(engine::sqlite);
  auto const created = s.create("k", "before the backup");
  s.store->close();
  std::string const backup = s.folder.file("backup.db");
  std::filesystem::copy_file(s.options.path, backup);
  s.reopen();
  auto const after = s.put("k", precondition::must_be(created), "after the backup");
  s.store->close();
  std::filesystem::copy_file(backup, s.options.path, std::filesystem::copy_options::overwrite_existing);
  s.options.restored = true;
  s.reopen();
  BOOST_TEST(std::get<stored_version>(s.read("k")).revision == created);
  BOOST_TEST(s.create("other", "x") > after);
}

BOOST_AUTO_TEST_CASE(a_restored_backup_of_an_empty_store_gives_out_no_revision_twice_either) {
  store_under_test s(engine::sqlite);
  s.store->close();
  std::string const backup = s.folder.file("backup.db");
  std::filesystem::copy_file(s.options.path, backup);
  s.reopen();
  auto const after = s.create("k", "after the backup");
  s.store->close();
  std::filesystem::copy_file(backup, s.options.path, std::filesystem::copy_options::overwrite_existing);
  s.options.restored = true;
  s.reopen();
  BOOST_TEST(s.create("k", "once more") > after);
}

BOOST_AUTO_TEST_CASE(a_server_tells_its_storage_that_the_file_was_restored) {
  store_under_test s(engine::sqlite);
  auto const last_known = s.create("k", "before the backup");
  s.store->close();
  server_options options;
  options.database = s.options.path;
  options.time = s.time;
  options.restored_from_backup = true;
  s.store = services(options).store;
  BOOST_TEST(s.create("other", "x") > last_known + 1'000'000);
}

// The owner of a lease may have renewed it after the backup was made: by its age in the backup it would look
// expired.
BOOST_AUTO_TEST_CASE(ages_in_a_restored_backup_count_from_its_restoring) {
  store_under_test s(engine::sqlite);
  auto const created = s.create("k", "1");
  s.store->close();
  std::string const backup = s.folder.file("backup.db");
  std::filesystem::copy_file(s.options.path, backup);
  s.time->stall(50s);
  s.reopen();
  s.put("k", precondition::must_be(created), "renewed");
  s.time->stall(30s);
  s.store->close();
  std::filesystem::copy_file(backup, s.options.path, std::filesystem::copy_options::overwrite_existing);
  auto const age = [&](std::string const& name) {
    return std::get<stored_version>(s.read(name)).age.count();
  };
  s.options.restored = true;
  s.reopen();
  s.create("new", "1");
  s.time->stall(4s);
  BOOST_TEST(age("k") == 4000);
  s.options.restored = false;
  s.reopen();
  s.time->stall(1s);
  BOOST_TEST(age("k") == 5000);
  BOOST_TEST(age("new") == 5000);
}

BOOST_AUTO_TEST_CASE(ages_go_on_over_a_restart_and_start_anew_with_the_machine) {
  store_under_test s(engine::sqlite);
  s.create("k", "1");
  s.time->stall(2s);
  s.reopen();
  s.time->stall(3s);
  BOOST_TEST(std::get<stored_version>(s.read("k")).age.count() == 5000);
  s.options.boot_name = "boot-2";
  s.reopen();
  s.time->stall(1s);
  BOOST_TEST(std::get<stored_version>(s.read("k")).age.count() == 1000);
}

BOOST_AUTO_TEST_CASE(concurrent_writes_share_commits) {
  store_under_test s(engine::sqlite);
  constexpr int writers = 400;
  std::set<std::uint64_t> revisions;
  for (int i = 0; i < writers; ++i) {
    auto put = store_under_test::make_put("k" + std::to_string(i), precondition::must_be_absent(), "v");
    asio::co_spawn(s.context, s.store->write(std::move(put)), [&](std::exception_ptr, write_outcome outcome) {
      revisions.insert(std::get<written>(outcome).revision);
    });
  }
  s.context.run();
  BOOST_TEST(revisions.size() == writers);
  auto const figures = s.store->figures();
  BOOST_TEST(figures.batched_writes == writers);
  BOOST_TEST(figures.batches < writers / 4);
}

BOOST_AUTO_TEST_CASE(of_concurrent_writes_on_one_revision_one_wins) {
  store_under_test s(engine::sqlite);
  auto const created = s.create("k", "0");
  int won = 0;
  std::set<std::string> winners;
  constexpr int writers = 50;
  for (int i = 0; i < writers; ++i) {
    auto put = store_under_test::make_put("k", precondition::must_be(created), std::to_string(i));
    asio::co_spawn(s.context, s.store->write(std::move(put)), [&](std::exception_ptr, write_outcome outcome) {
      if (std::holds_alternative<written>(outcome)) {
        ++won;
      } else {
        winners.insert(std::get<mismatch>(outcome).current.value().value);
      }
    });
  }
  s.context.restart();
  s.context.run();
  BOOST_TEST(won == 1);
  BOOST_TEST(winners.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_listing_is_of_one_moment_whatever_is_written_meanwhile) {
  store_under_test s(engine::sqlite);
  auto newest = s.create("busy", "x");
  std::vector<std::uint64_t> moments;
  auto const write_until_nothing_older_is_kept = [&] {
    for (std::size_t i = 0; i < s.options.keep.versions; ++i)
      newest = s.put("busy", precondition::must_be(newest), "x");
    moments.push_back(newest);
  };
  sqlite_connection connection(s.options.path, sqlite_connection::mode::read_only);
  age_clock const clock(s.time, 0, milliseconds(0));
  record_reader records(connection, clock);
  before_each_query const meanwhile(connection, write_until_nothing_older_is_kept);
  list_query query;
  query.space = "space";
  auto const listed = records.list(query);
  BOOST_TEST_REQUIRE(std::holds_alternative<key_page>(listed));
  BOOST_TEST_REQUIRE(moments.size() > 1u);
  auto const& page = std::get<key_page>(listed);
  BOOST_TEST(page.as_of == moments.front());
  BOOST_TEST_REQUIRE(page.keys.size() == 1u);
  BOOST_TEST(page.keys[0].revision == moments.front());
}

BOOST_AUTO_TEST_CASE(a_full_store_refuses_writes_and_keeps_reading) {
  store_under_test s(engine::sqlite);
  s.options.max_bytes = 256 * 1024;
  s.reopen();
  auto const small = s.create("small", "x");
  auto const too_much =
      s.write(store_under_test::make_put("big", precondition::must_be_absent(), std::string(400'000, 'x')));
  BOOST_TEST((std::get<storage_failure>(too_much).what == storage_failure::kind::full));
  BOOST_TEST(s.store->ailment() == "");
  BOOST_TEST(std::holds_alternative<never_written>(s.read("big")));
  BOOST_TEST(s.put("small", precondition::must_be(small), "y") > small);
}

BOOST_AUTO_TEST_CASE(a_closed_store_refuses_writes) {
  store_under_test s(engine::sqlite);
  s.store->close();
  auto const refused = s.write(store_under_test::make_put("k", precondition::must_be_absent(), "x"));
  BOOST_TEST((std::get<storage_failure>(refused).what == storage_failure::kind::overloaded));
  s.store = nullptr;
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used_are_refused_by_name_with_advice) {
  temporary_folder folder;
  expect_refusal(folder.file("no/such/folder.db"), "No such file or directory");
  expect_refusal(folder.path().string(), "Is a directory");
  expect_refusal("/dev/null", "not a regular file");
  write_file(folder.file("text.db"),
             "these are not the records you are looking for" + std::string(2000, '.'));
  expect_refusal(folder.file("text.db"), "not an SQLite database");
}

BOOST_AUTO_TEST_CASE(a_file_is_used_by_one_server_at_a_time) {
  store_under_test s(engine::sqlite);
  expect_refusal(s.options.path, "in use by another chronicle-kv");
  // Nor does that cost the first its locks: seen by another process, for they are no secret to our own.
  s.create("k", "v");
  pid_t const child = ::fork();
  if (child == 0) {
    struct flock shared {};
    shared.l_type = F_WRLCK;
    shared.l_whence = SEEK_SET;
    shared.l_start = 0x40000002;  // what readers of a database lock: PENDING_BYTE + 2
    shared.l_len = 510;
    int const file = ::open(s.options.path.c_str(), O_RDWR | O_CLOEXEC);
    bool const locked = ::fcntl(file, F_GETLK, &shared) == 0 && shared.l_type != F_UNLCK;
    ::_exit(locked ? 0 : 1);
  }
  int status = -1;
  BOOST_TEST(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0, "the first server has lost its lock on the database");
}

BOOST_AUTO_TEST_CASE(a_file_locked_by_another_program_is_refused) {
  store_under_test s(engine::sqlite);
  s.store->close();
  s.store = nullptr;
  sqlite_connection other(s.options.path, sqlite_connection::mode::read_write_create);
  other.execute("PRAGMA locking_mode = EXCLUSIVE");
  other.execute("BEGIN EXCLUSIVE");
  expect_refusal(s.options.path, "another program has locked it");
}

BOOST_AUTO_TEST_CASE(other_applications_databases_and_later_formats_are_refused) {
  temporary_folder folder;
  {
    sqlite_connection other(folder.file("other.db"), sqlite_connection::mode::read_write_create);
    other.execute("CREATE TABLE sheep (name TEXT)");
  }
  expect_refusal(folder.file("other.db"), "another application");
  store_under_test s(engine::sqlite);
  s.store->close();
  s.store = nullptr;
  {
    sqlite_connection later(s.options.path, sqlite_connection::mode::read_write_create);
    later.execute("PRAGMA user_version = 99");
  }
  expect_refusal(s.options.path, "format 99");
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_refused_or_stops_the_writing) {
  store_under_test s(engine::sqlite);
  s.create("k", std::string(100'000, 'x'));
  s.store->close();
  s.store = nullptr;
  std::filesystem::resize_file(s.options.path, 4096);
  expect_refusal(s.options.path, "damaged");
}

BOOST_AUTO_TEST_CASE(the_queue_is_bounded_and_batches_too) {
  write_queue queue(600, 1000);
  asio::io_context context;
  auto make = [&](std::size_t bytes) {
    queued_write write{write_command(), context.get_executor(), [](write_outcome) {}};
    write.command.value = std::string(bytes, 'x');
    return write;
  };
  auto big = make(1001);
  BOOST_TEST(!queue.push(big));
  for (int i = 0; i < 600; ++i) {
    auto small = make(1);
    BOOST_TEST(queue.push(small));
  }
  auto one_more = make(1);
  BOOST_TEST(!queue.push(one_more));
  auto const first = queue.take_batch().size();
  BOOST_TEST(first == 512u);
  BOOST_TEST(queue.take_batch().size() == 600 - first);
  BOOST_TEST(queue.push(one_more));
  queue.close();
  BOOST_TEST(queue.take_batch().size() == 1u);
  BOOST_TEST(queue.take_batch().empty());
  auto late = make(1);
  BOOST_TEST(!queue.push(late));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::kv::test
