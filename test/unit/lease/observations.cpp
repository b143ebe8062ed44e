// For how long this process has watched a version: what rule E2 builds on.
#include "lease/observations.hpp"

#include <algorithm>
#include <deque>

#include "chronicle/random_source.hpp"
#include "lease/expiry.hpp"
#include "support/seed.hpp"
#include "unit/lease/lease_fixture.hpp"

namespace chronicle::test {
namespace {

using lease::observations;

time_point const t0{1000h};
version const v1("1");
version const v2("2");

/// A read of "k" that begins and ends so long after `t0`.
boot_clock::duration read(observations& seen, version const& at, boot_clock::duration began,
                          boot_clock::duration ended) {
  return seen.note("k", at, t0 + began, t0 + ended);
}

void check_watched(boot_clock::duration got, boot_clock::duration expected) {
  BOOST_TEST(got.count() == expected.count());
}

BOOST_AUTO_TEST_SUITE(lease_observations)

BOOST_AUTO_TEST_CASE(watching_counts_from_the_end_of_the_first_read_to_the_beginning_of_the_latest) {
  observations seen;
  check_watched(read(seen, v1, 0s, 3s), 0s);
  check_watched(read(seen, v1, 10s, 14s), 7s);
  check_watched(read(seen, v1, 60s, 61s), 57s);
}

BOOST_AUTO_TEST_CASE(another_version_begins_anew) {
  observations seen;
  read(seen, v1, 0s, 1s);
  check_watched(read(seen, v2, 50s, 51s), 0s);
  check_watched(read(seen, v2, 60s, 61s), 9s);
}

BOOST_AUTO_TEST_CASE(a_version_that_was_lost_sight_of_begins_anew) {
  observations seen;
  read(seen, v1, 0s, 1s);
  read(seen, v2, 10s, 11s);
  check_watched(read(seen, v1, 20s, 21s), 0s);  // the answer of a read that was slow
  check_watched(read(seen, v1, 30s, 31s), 9s);
}

BOOST_AUTO_TEST_CASE(reads_that_overlap_have_watched_nothing) {
  observations seen;
  read(seen, v1, 5s, 10s);
  check_watched(read(seen, v1, 0s, 20s), 0s);
  check_watched(read(seen, v1, 10s, 21s), 0s);
  check_watched(read(seen, v1, 11s, 22s), 1s);
}

BOOST_AUTO_TEST_CASE(keys_are_watched_one_by_one) {
  observations seen;
  seen.note("a", v1, t0, t0);
  seen.note("b", v1, t0 + 5s, t0 + 5s);
  check_watched(seen.note("a", v1, t0 + 9s, t0 + 9s), 9s);
  check_watched(seen.note("b", v1, t0 + 9s, t0 + 9s), 4s);
}

BOOST_AUTO_TEST_CASE(the_least_recently_used_key_is_forgotten) {
  observations seen(2);
  seen.note("a", v1, t0, t0);
  seen.note("b", v1, t0, t0);
  seen.note("a", v1, t0 + 1s, t0 + 1s);
  seen.note("c", v1, t0 + 2s, t0 + 2s);  // b goes
  BOOST_TEST(seen.size() == 2u);
  check_watched(seen.note("a", v1, t0 + 3s, t0 + 3s), 3s);
  check_watched(seen.note("c", v1, t0 + 3s, t0 + 3s), 1s);
  check_watched(seen.note("b", v1, t0 + 4s, t0 + 4s), 0s);
}

BOOST_AUTO_TEST_CASE(a_limit_of_one_and_of_none) {
  observations one(1);
  one.note("a", v1, t0, t0);
  check_watched(one.note("a", v1, t0 + 1s, t0 + 1s), 1s);
  one.note("b", v1, t0, t0);
  BOOST_TEST(one.size() == 1u);
  observations none(0);
  none.note("a", v1, t0, t0);
  BOOST_TEST(none.size() == 0u);
  check_watched(none.note("a", v1, t0 + 1s, t0 + 1s), 0s);
}

BOOST_AUTO_TEST_CASE(a_lease_ripens_between_the_end_of_one_read_and_the_beginning_of_another) {
  auto const held = held_by("s", 2, 5).lease;
  lease_options o;
  o.trust_wall_clocks = false;
  observations seen;
  read(seen, v1, 0s, 2s);
  for (auto const& [began, expected] : {std::pair{62'600ms - 1ms, lease::expiry_rule::none},
                                        std::pair{62'600ms, lease::expiry_rule::observation}}) {
    lease::lease_evidence evidence;
    evidence.watched = read(seen, v1, began, began + 5s);
    BOOST_TEST(judge_expiry(held, evidence, o) == expected);
  }
}

BOOST_AUTO_TEST_CASE(agrees_with_a_plain_list) {
  struct sighting {
    std::string key;
    version at;
    time_point since;
  };
  for_each_seed(50, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    std::size_t const limit = 1 + uniform_up_to(*random, 5);
    observations seen(limit);
    std::deque<sighting> model;  // most recently used first
    time_point now = t0;
    for (int step = 0; step < 500; ++step) {
      std::string const key(1, static_cast<char>('a' + uniform_up_to(*random, 7)));
      version const at(std::to_string(uniform_up_to(*random, 2)));
      time_point const began = now + milliseconds{uniform_up_to(*random, 100)};
      time_point const ended = began + milliseconds{uniform_up_to(*random, 50)};
      now += milliseconds{uniform_up_to(*random, 200)};

      sighting latest{key, at, ended};
      auto const known =
          std::find_if(model.begin(), model.end(), [&](auto const& s) { return s.key == key; });
      if (known != model.end()) {
        if (known->at == at) latest.since = known->since;
        model.erase(known);
      }
      boot_clock::duration const expected = std::max(began - latest.since, boot_clock::duration::zero());
      model.push_front(latest);
      if (model.size() > limit) model.pop_back();

      check_watched(seen.note(key, at, began, ended), expected);
      BOOST_TEST(seen.size() == model.size());
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
