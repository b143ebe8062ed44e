// What a start does about the record it read: every row of the acquire table, and what counts as a sign of
// life of the owner.
#include "lease/acquisition.hpp"

#include <vector>

#include "unit/lease/lease_fixture.hpp"

namespace chronicle::test {
namespace {

using lease::acquire_step;
using lease::expiry_rule;
using lease::lease_evidence;

constexpr char const* our_server = "server-b";

lease_evidence fresh() {
  lease_evidence evidence;
  evidence.age = 5s;
  evidence.watched = 0ns;
  evidence.wall_now = noon + 5s;
  return evidence;
}

lease_evidence expired_by(expiry_rule rule) {
  lease_evidence evidence = fresh();
  if (rule == expiry_rule::server_age) evidence.age = 2min;
  if (rule == expiry_rule::observation) evidence.watched = 2min;
  if (rule == expiry_rule::wall_clock) {
    evidence.age.reset();
    evidence.wall_now = noon + 2min;
  }
  return evidence;
}

struct acquire_case {
  char const* name;
  std::optional<header> read;
  lease_evidence evidence;
  acquire_step step;
  expiry_rule rule = expiry_rule::none;
};

header held_by_server(std::string server) {
  header read = held_by("s", 7, 9);
  read.lease.server = std::move(server);
  return read;
}

header released_by_server(std::string server) {
  return lease::release(held_by_server(std::move(server)));
}

BOOST_AUTO_TEST_SUITE(lease_acquisition)

BOOST_AUTO_TEST_CASE(every_row) {
  auto const oldest = expired_by(expiry_rule::server_age);
  std::vector<acquire_case> const cases{
      {"absent", std::nullopt, {}, acquire_step::create},
      {"absent, whatever else is known", std::nullopt, oldest, acquire_step::create},
      {"released just now: no waiting (H17)", released_by_server("server-a"), fresh(),
       acquire_step::take_free},
      {"released long ago", released_by_server("server-a"), oldest, acquire_step::take_free},
      {"released by ourselves", released_by_server(our_server), fresh(), acquire_step::take_free},
      {"held and fresh", held_by_server("server-a"), fresh(), acquire_step::challenge},
      {"held, and nothing is known about its age", held_by_server("server-a"), {}, acquire_step::challenge},
      {"expired by E1", held_by_server("server-a"), oldest, acquire_step::take_expired,
       expiry_rule::server_age},
      {"expired by E2", held_by_server("server-a"), expired_by(expiry_rule::observation),
       acquire_step::take_expired, expiry_rule::observation},
      {"expired by E3", held_by_server("server-a"), expired_by(expiry_rule::wall_clock),
       acquire_step::take_expired, expiry_rule::wall_clock},
      {"left behind under our name, fresh", held_by_server(our_server), fresh(), acquire_step::take_orphan},
      {"left behind under our name, expired: no conflict with anybody", held_by_server(our_server), oldest,
       acquire_step::take_orphan},
      {"a server whose name begins like ours", held_by_server("server-bb"), fresh(), acquire_step::challenge},
      {"a server whose name ours begins with", held_by_server("server-"), fresh(), acquire_step::challenge},
  };
  for (auto const& c : cases) BOOST_TEST_CONTEXT(c.name) {
      auto const decision = decide_acquire(c.read ? &*c.read : nullptr, c.evidence, {}, our_server);
      BOOST_TEST(decision.step == c.step);
      BOOST_TEST(decision.rule == c.rule);
    }
}

BOOST_AUTO_TEST_CASE(the_boundary_between_challenge_and_take) {
  auto const held = held_by_server("server-a");
  auto evidence = fresh();
  evidence.age = 61'599ms;
  BOOST_TEST(decide_acquire(&held, evidence, {}, our_server).step == acquire_step::challenge);
  evidence.age = 61'600ms;
  BOOST_TEST(decide_acquire(&held, evidence, {}, our_server).step == acquire_step::take_expired);
}

BOOST_AUTO_TEST_CASE(signs_of_life) {
  header const before = held_by("owner", 7, 9);
  struct row {
    char const* name;
    header now;
    bool alive;
  };
  auto const changed = [&](auto change) {
    header now = before;
    change(now);
    return now;
  };
  std::vector<row> const rows{
      {"nothing changed", before, false},
      {"renewed", lease::renew(before, 2, noon), true},
      {"saved", lease::save(before, 2, 10, "h", noon), true},
      {"V11: touched by somebody else, which is another version and no sign of life",
       lease::touch(before, "f"), false},
      {"released: free, not alive", lease::release(lease::renew(before, 2, noon)), false},
      {"taken over by a third", lease::acquire(before, {"server-c", "third"}, 60s, noon), false},
      {"another session under the same generation", changed([](header& h) {
         h.lease.session = "impostor";
         ++h.lease.seq;
       }),
       false},
      {"another generation of the same session", changed([](header& h) {
         ++h.lease.generation;
         ++h.lease.seq;
       }),
       false},
  };
  for (auto const& r : rows)
    BOOST_TEST_CONTEXT(r.name) BOOST_TEST(lease::owner_wrote_meanwhile(before, r.now) == r.alive);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
