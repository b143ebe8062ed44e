// The records that the transitions of a lease make, member by member, and what holds along any chain of them.
#include "lease/transitions.hpp"

#include <set>
#include <vector>

#include "chronicle/random_source.hpp"
#include "support/seed.hpp"
#include "unit/lease/lease_fixture.hpp"

namespace chronicle::test {
namespace {

lease::owner const newcomer{"server-b", "newcomer"};
wall_time_point const later = noon + 10min;

/// A record that a newer version of the library wrote to.
header with_unknown_members(header record) {
  record.unknown = boost::json::object{{"later", 1}};
  record.integrity_unknown = boost::json::object{{"later", 2}};
  record.lease.unknown = boost::json::object{{"later", 3}};
  record.commit.unknown = boost::json::object{{"later", 4}};
  record.metadata.unknown = boost::json::object{{"later", 5}};
  record::lineage_entry past;
  past.generation = 1;
  past.session = "first";
  past.final_commit = 3;
  past.unknown = boost::json::object{{"later", 6}};
  record.lineage.push_back(past);
  return record;
}

/// The newest `count` generations before `generation`.
header with_lineage(header record, std::size_t count) {
  for (std::size_t n = count; n > 0; --n) {
    record::lineage_entry past;
    past.generation = record.lease.generation - n;
    past.session = "session " + std::to_string(past.generation);
    past.final_commit = past.generation * 10;
    record.lineage.push_back(past);
  }
  return record;
}

BOOST_AUTO_TEST_SUITE(lease_transitions)

BOOST_AUTO_TEST_CASE(create_makes_generation_one_and_commit_one) {
  header expected;
  expected.key = "PlayerData/New";
  expected.lease.state = record::lease_state::held;
  expected.lease.server = "server-b";
  expected.lease.session = "newcomer";
  expected.lease.generation = 1;
  expected.lease.duration = 60s;
  expected.lease.expires_at = noon + 60s;
  expected.lease.seq = 1;
  expected.commit.index = 1;
  expected.commit.session = "newcomer";
  expected.commit.generation = 1;
  expected.commit.hash = "the template's hash";
  expected.metadata.created_at = noon;
  expected.metadata.updated_at = noon;
  expected.metadata.sessions = 1;
  BOOST_TEST((lease::create("PlayerData/New", newcomer, 60s, "the template's hash", noon) == expected));
}

BOOST_AUTO_TEST_CASE(acquire_changes_the_lease_and_never_the_commit) {
  for (header const& from : {held_by("s", 7, 9), released_by("s", 7, 9),
                             lease::touch(with_unknown_members(released_by("s", 7, 9)), "a fence")}) {
    header expected = from;
    expected.lease.state = record::lease_state::held;
    expected.lease.server = "server-b";
    expected.lease.session = "newcomer";
    expected.lease.generation = 8;
    expected.lease.duration = 30s;
    expected.lease.expires_at = later + 30s;
    expected.lease.seq = 1;
    expected.lease.fence.clear();
    record::lineage_entry previous;
    previous.generation = 7;
    previous.session = "s";
    previous.final_commit = 9;
    expected.lineage.push_back(previous);
    ++expected.metadata.sessions;
    BOOST_TEST((lease::acquire(from, newcomer, 30s, later) == expected));
  }
}

BOOST_AUTO_TEST_CASE(acquire_by_the_same_server_is_a_new_generation_too) {
  auto const made = lease::acquire(released_by("s", 7, 9), {"server-a", "again"}, 60s, later);
  BOOST_TEST(made.lease.generation == 8u);
  BOOST_TEST(made.lease.session == "again");
}

BOOST_AUTO_TEST_CASE(the_lineage_is_a_ring_of_eight) {
  struct row {
    char const* name;
    std::size_t before, after;
    std::uint64_t oldest;
  };
  for (row const& r : {row{"empty", 0, 1, 20}, row{"one below full", 7, 8, 13}, row{"full", 8, 8, 13},
                       row{"a larger ring, of a later version", 16, 16, 5}})
    BOOST_TEST_CONTEXT(r.name) {
      auto const made = lease::acquire(with_lineage(held_by("s", 20, 9), r.before), newcomer, 60s, later);
      BOOST_TEST_REQUIRE(made.lineage.size() == r.after);
      BOOST_TEST(made.lineage.front().generation == r.oldest);
      BOOST_TEST(made.lineage.back().generation == 20u);
      BOOST_TEST(made.lineage.back().final_commit == 9u);
    }
}

BOOST_AUTO_TEST_CASE(renew_changes_seq_and_expiry_only) {
  auto const from = lease::touch(with_unknown_members(held_by("s", 7, 9)), "a fence");
  header expected = from;
  expected.lease.seq = 5;
  expected.lease.expires_at = later + 60s;
  expected.lease.fence.clear();
  BOOST_TEST((lease::renew(from, 5, later) == expected));
}

BOOST_AUTO_TEST_CASE(save_makes_a_commit_by_the_holder_and_renews) {
  auto const from = with_unknown_members(held_by("s", 7, 9));
  header expected = lease::renew(from, 5, later);
  expected.commit.index = 12;
  expected.commit.session = "s";
  expected.commit.generation = 7;
  expected.commit.hash = "00000000000000bb";
  expected.commit.parent = "00000000000000aa";  // what it came from
  expected.metadata.updated_at = later;
  BOOST_TEST((lease::save(from, 5, 12, "00000000000000bb", later) == expected));
}

BOOST_AUTO_TEST_CASE(release_frees_the_lease_in_the_same_write) {
  for (header const& from :
       {held_by("s", 7, 9), lease::renew(held_by("s", 7, 9), 5, later),
        lease::save(with_unknown_members(held_by("s", 7, 9)), 5, 12, "00000000000000bb", later)}) {
    header expected = from;
    expected.lease.state = record::lease_state::released;
    BOOST_TEST((lease::release(from) == expected));
  }
}

BOOST_AUTO_TEST_CASE(v13_a_release_keeps_the_record_its_generation_and_who_held_it) {
  auto const released = lease::release(held_by("s", 7, 9));
  BOOST_TEST(released.lease.generation == 7u);
  BOOST_TEST(released.lease.session == "s");
  BOOST_TEST(released.commit.index == 9u);
}

BOOST_AUTO_TEST_CASE(touch_changes_the_fence_only) {
  for (header const& from : {held_by("s", 7, 9), with_unknown_members(released_by("s", 7, 9))}) {
    header expected = from;
    expected.lease.fence = "a fence";
    BOOST_TEST((lease::touch(from, "a fence") == expected));
    BOOST_TEST(!(lease::touch(from, "another") == expected));
  }
}

// S2, S3 and S4 between two records that follow each other.
void check_step(header const& before, header const& after) {
  bool const acquired = after.lease.session != before.lease.session;
  BOOST_TEST(after.lease.generation == before.lease.generation + acquired);
  BOOST_TEST((after.commit.hash != before.commit.hash) == (after.commit.index != before.commit.index));
  BOOST_TEST(after.commit.index >= before.commit.index);
  if (after.commit.index != before.commit.index) {
    BOOST_TEST(!acquired);
    BOOST_TEST(after.commit.parent == before.commit.hash);
    BOOST_TEST(after.commit.session == before.lease.session);
    BOOST_TEST(after.commit.generation == before.lease.generation);
  }
  BOOST_TEST(after.lineage.size() <= record::lineage_limit);
  if (acquired) {
    BOOST_TEST(after.lineage.back().session == before.lease.session);
    BOOST_TEST(after.lineage.back().final_commit == before.commit.index);
  } else {
    BOOST_TEST((after.lineage == before.lineage));
  }
}

BOOST_AUTO_TEST_CASE(any_chain_keeps_the_invariants) {
  for_each_seed(100, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    header now = lease::create("k", {"server-a", "session 1"}, 60s, "hash 1", noon);
    std::set<std::uint64_t> generations{1};
    std::uint64_t index = 1;
    for (int step = 0; step < 100; ++step) {
      header const before = now;
      std::uint64_t const seq = now.lease.seq + 1;
      index += 1 + uniform_up_to(*random, 2);  // gaps are fine
      std::string const hash = "hash " + std::to_string(index);
      switch (now.lease.state == record::lease_state::held ? uniform_up_to(*random, 5) : 5) {
        case 0: now = lease::renew(now, seq, noon); break;
        case 1: now = lease::save(now, seq, index, hash, noon); break;
        case 2: now = lease::release(lease::renew(now, seq, noon)); break;
        case 3: now = lease::release(lease::save(now, seq, index, hash, noon)); break;
        case 4: now = lease::touch(now, "fence " + std::to_string(step)); break;
        default:
          now = lease::acquire(now, {"server-b", "session at " + std::to_string(step)}, 60s, noon);
          BOOST_TEST(generations.insert(now.lease.generation).second);
      }
      BOOST_TEST(!(now == before));
      check_step(before, now);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
