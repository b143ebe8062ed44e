// kill -9 in the middle of concurrent writes loses nothing that was acknowledged.
#include <signal.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "integration/kv_server/blocking_client.hpp"
#include "support/kv_process.hpp"
#include "support/temporary_folder.hpp"

namespace chronicle::test {
namespace {

/// Lets the main thread wait for a number of acknowledgements.
class acknowledgements {
 public:
  void count_one() {
    std::lock_guard const lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  /// False when the writers have ended before.
  bool wait_for(std::size_t target) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= target || ended_ > 0; });
    return count_ >= target;
  }
  void end_one() {
    std::lock_guard const lock(mutex_);
    ++ended_;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
  std::size_t ended_ = 0;
};

/// One key, counted up by compare-and-swap, and what its writer was told.
struct counter {
  std::string target;
  std::uint64_t acknowledged = 0;  ///< the number in the last acknowledged write
  std::string acknowledged_tag;    ///< the ETag that came with it
  std::uint64_t attempted = 0;     ///< the number in the last write sent
};

std::string value_of(std::uint64_t number) {
  return std::to_string(number) + std::string(2000, '.');
}

std::string condition_of(counter const& c) {
  return c.acknowledged_tag.empty() ? "If-None-Match: *\r\n" : "If-Match: " + c.acknowledged_tag + "\r\n";
}

/// Counts up until the connection breaks.
void count_up(std::uint16_t port, counter& own, acknowledgements& told) {
  blocking_client client(port);
  while (true) {
    own.attempted = own.acknowledged + 1;
    auto const answer = client.ask("PUT", own.target, condition_of(own), value_of(own.attempted));
    if (!answer || (answer->status != 201 && answer->status != 204)) break;
    own.acknowledged = own.attempted;
    own.acknowledged_tag = answer->field("ETag");
    told.count_one();
  }
  told.end_one();
}

/// What the store has must be the last acknowledged write, or the one after it whose answer was cut off.
void verify(std::uint16_t port, counter& own) {
  blocking_client client(port);
  auto const answer = client.ask("GET", own.target);
  BOOST_REQUIRE(answer);
  if (own.acknowledged == 0 && answer->status == 404) return;
  BOOST_REQUIRE_EQUAL(answer->status, 200);
  auto const number = std::stoull(answer->body);
  BOOST_TEST(number >= own.acknowledged, own.target << " lost acknowledged write " << own.acknowledged);
  BOOST_TEST(number <= own.attempted);
  BOOST_TEST(answer->body == value_of(number));
  if (number == own.acknowledged) BOOST_TEST(answer->field("ETag") == own.acknowledged_tag);
  own.acknowledged = number;
  own.acknowledged_tag = answer->field("ETag");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(durability)

BOOST_AUTO_TEST_CASE(a_killed_server_loses_nothing_it_acknowledged) {
  temporary_folder folder;
  std::vector<std::string> const arguments{"--database", folder.file("store.db"), "--threads", "2"};
  std::vector<counter> counters(8);
  for (std::size_t i = 0; i < counters.size(); ++i)
    counters[i].target = "/v1/kv/test/key" + std::to_string(i);
  for (std::size_t round = 0; round < 6; ++round) {
    kv_process server(arguments);
    for (auto& c : counters) verify(server.port(), c);
    acknowledgements told;
    std::vector<std::jthread> writers;
    for (auto& c : counters) writers.emplace_back([&, port = server.port()] { count_up(port, c, told); });
    BOOST_TEST(told.wait_for(100 + 37 * round), "the writers ended before the server was killed");
    server.process().send_signal(SIGKILL);
    BOOST_TEST(server.process().wait() == -SIGKILL);
  }
  kv_process server(arguments);
  for (auto& c : counters) {
    verify(server.port(), c);
    BOOST_TEST(c.acknowledged > 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_server_told_to_stop_finishes_and_closes_its_file) {
  temporary_folder folder;
  std::string const file = folder.file("store.db");
  counter own;
  own.target = "/v1/kv/test/key";
  {
    kv_process server({"--database", file});
    acknowledgements told;
    std::jthread writer([&] { count_up(server.port(), own, told); });
    BOOST_TEST(told.wait_for(50));
    server.process().send_signal(SIGTERM);
    BOOST_TEST(server.process().wait() == 0);
  }
  BOOST_TEST(!std::filesystem::exists(file + "-wal"));
  kv_process again({"--database", file});
  verify(again.port(), own);
  BOOST_TEST(own.acknowledged >= 50u);
}

BOOST_AUTO_TEST_CASE(a_revision_is_not_given_out_again_after_a_kill) {
  temporary_folder folder;
  std::vector<std::string> const arguments{"--database", folder.file("store.db")};
  std::uint64_t newest = 0;
  for (int round = 0; round < 3; ++round) {
    kv_process server(arguments);
    blocking_client client(server.port());
    std::string const target = "/v1/kv/test/round" + std::to_string(round);
    auto const created = client.ask("PUT", target, "If-None-Match: *\r\n", "x");
    BOOST_REQUIRE(created);
    std::string const tag = created->field("ETag");
    auto const revision = std::stoull(tag.substr(1));
    BOOST_TEST(revision > newest);
    auto const erased = client.ask("DELETE", target, "If-Match: " + tag + "\r\n");
    BOOST_REQUIRE(erased);
    newest = std::stoull(erased->field("X-KV-Tombstone"));
    server.process().send_signal(SIGKILL);
    server.process().wait();
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::test
