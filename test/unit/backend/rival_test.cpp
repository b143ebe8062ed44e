// Lease contention: a rival server that holds leases in the records themselves.
#include "chronicle/random_source.hpp"
#include "support/seed.hpp"
#include "unit/backend/simulation_fixture.hpp"

using namespace chronicle;
using namespace chronicle::test;

namespace {

struct rival_fixture : simulation_fixture {
  simulation_options options;
  std::shared_ptr<chronicle::backend> contended;
  std::shared_ptr<id_source> ids = make_seeded_id_source(4711);

  explicit rival_fixture(double contention = 1, std::uint64_t seed = 1) {
    options.lease_contention = contention;
    options.seed = seed;
    contended = simulate(options);
  }

  /// What somebody sees who comes to open the key.
  std::optional<record::header> look(std::string const& key) {
    auto const read = get(*contended, key);
    if (!read) return std::nullopt;
    auto found = record::decode(read->value, key);
    BOOST_REQUIRE(found);
    return found->head;
  }
  bool rival_holds(std::string const& key) {
    auto const seen = look(key);
    return seen && seen->lease.state == record::lease_state::held && seen->lease.server == "simulated-rival";
  }
  /// Takes the lease on the version read, as a server would that believes the owner dead.
  put_result seize(std::string const& key, entry const& seen) {
    auto const before = record::decode(seen.value, key);
    lease::owner const me{"me", ids->make_id()};
    auto const mine = lease::acquire(before->head, me, 60s, time().wall_now());
    return put(*contended, key, record::encode(mine, before->data), seen.ver);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(simulated_rivals)

BOOST_FIXTURE_TEST_CASE(takes_a_lease_that_was_never_held, rival_fixture) {
  BOOST_TEST(rival_holds("Store/new"));
  auto const stored = record_of("Store/new");
  BOOST_TEST(stored.head.lease.generation == 1u);
  BOOST_TEST(stored.data.empty());
  // Whoever still believes the key absent is too late.
  BOOST_TEST(std::holds_alternative<conflict>(put(*contended, "Store/new", "x", std::nullopt)));
}

BOOST_FIXTURE_TEST_CASE(takes_a_released_lease_and_leaves_the_data_alone, rival_fixture) {
  auto const freed = lease::release(held_by("Store/k", "somebody", time().wall_now()));
  version const at = plant("Store/k", record::encode(freed, some_data()));
  BOOST_TEST(rival_holds("Store/k"));
  auto const stored = record_of("Store/k");
  BOOST_TEST(stored.head.lease.generation == freed.lease.generation + 1);
  BOOST_TEST(stored.head.lineage.size() == 1u);
  BOOST_TEST((stored.head.commit == freed.commit));
  BOOST_TEST((stored.data == some_data()));
  BOOST_TEST(std::holds_alternative<conflict>(put(*contended, "Store/k", "x", at)));
}

BOOST_FIXTURE_TEST_CASE(respects_a_lease_that_is_held, rival_fixture) {
  plant("Store/k", record::encode(held_by("Store/k", "somebody", time().wall_now()), some_data()));
  BOOST_TEST(look("Store/k")->lease.server == "somebody");
}

BOOST_FIXTURE_TEST_CASE(leaves_what_is_no_record_alone, rival_fixture) {
  version const at = plant("Store/k", "no record");
  BOOST_TEST((get(*contended, "Store/k")->ver == at));
}

BOOST_FIXTURE_TEST_CASE(gives_every_lease_back_within_five_seconds, rival_fixture) {
  for (int i = 0; i < 50; ++i) BOOST_TEST(rival_holds("Store/" + std::to_string(i)));
  run_for(499ms);
  for (int i = 0; i < 50; ++i) BOOST_TEST(rival_holds("Store/" + std::to_string(i)));
  run_for(4501ms);
  for (int i = 0; i < 50; ++i) {
    auto const seen = look("Store/" + std::to_string(i));
    BOOST_REQUIRE(seen);
    BOOST_TEST((seen->lease.state == record::lease_state::released));
    BOOST_TEST(seen->lease.generation == 1u);
  }
}

BOOST_FIXTURE_TEST_CASE(lets_others_have_a_turn, rival_fixture) {
  BOOST_TEST(rival_holds("Store/k"));
  run_for(5s);
  for (int i = 0; i < 10; ++i) BOOST_TEST(!rival_holds("Store/k"));
  auto const freed = get(*contended, "Store/k");
  BOOST_TEST(std::holds_alternative<applied>(seize("Store/k", *freed)));
  BOOST_TEST(look("Store/k")->lease.server == "me");
  // The other has had it and gave it back: the rival is interested again.
  auto const mine = record_of("Store/k");
  plant("Store/k", record::encode(lease::release(mine.head), mine.data));
  BOOST_TEST(rival_holds("Store/k"));
  BOOST_TEST(record_of("Store/k").head.lease.generation == 3u);
}

BOOST_FIXTURE_TEST_CASE(one_in_two_is_alive_and_vetoes_a_steal, rival_fixture) {
  int vetoed = 0;
  int stolen = 0;
  for (int i = 0; i < 400; ++i) {
    std::string const key = "Store/" + std::to_string(i);
    auto const seen = get(*contended, key);
    auto const outcome = seize(key, *seen);
    vetoed += std::holds_alternative<conflict>(outcome);
    stolen += std::holds_alternative<applied>(outcome);
  }
  BOOST_TEST(vetoed + stolen == 400);
  BOOST_TEST(std::abs(vetoed - stolen) < 100);  // five standard deviations
}

BOOST_FIXTURE_TEST_CASE(loses_a_stolen_lease_for_good, rival_fixture) {
  for (int i = 0; i < 20; ++i) {
    std::string const key = "Store/" + std::to_string(i);
    auto const seen = get(*contended, key);
    if (!std::holds_alternative<applied>(seize(key, *seen))) continue;
    run_for(10s);  // when it would have released it
    BOOST_TEST(look(key)->lease.server == "me");
    BOOST_TEST((record_of(key).head.lease.state == record::lease_state::held));
  }
}

BOOST_AUTO_TEST_CASE(contention_has_its_rate) {
  rival_fixture f(0.25);
  int contended = 0;
  for (int i = 0; i < 2'000; ++i) contended += f.rival_holds("Store/" + std::to_string(i));
  BOOST_TEST(std::abs(contended - 500) <= 5 * 19.4);
}

BOOST_AUTO_TEST_CASE(keeps_the_rules_of_the_protocol) {
  for_each_seed(20, [](std::uint64_t seed) {
    rival_fixture f(0.7, seed);
    auto const random = make_seeded_random_source(seed + 1000);
    std::string const key = "Store/k";
    for (int i = 0; i < 200; ++i) {
      f.run_for(milliseconds(uniform_up_to(*random, 2'000)));
      auto const seen = f.get(*f.contended, key);
      if (seen && uniform_up_to(*random, 2) == 0) f.seize(key, *seen);
      if (seen && uniform_up_to(*random, 2) == 0) {
        auto const now = f.record_of(key);
        if (now.head.lease.server == "me") f.plant(key, record::encode(lease::release(now.head), now.data));
      }
    }
    auto past = f.run(f.memory->history(key, "", 1'000))->items;
    BOOST_TEST(past.size() > 50u);
    for (std::size_t i = 0; i + 1 < past.size(); ++i) {
      auto const after = record::decode(past[i].value, key);
      auto const before = record::decode(past[i + 1].value, key);
      BOOST_REQUIRE(after);
      BOOST_REQUIRE(before);
      bool const changed_hands = after->head.lease.session != before->head.lease.session;
      BOOST_TEST(after->head.lease.generation == before->head.lease.generation + (changed_hands ? 1 : 0));
      BOOST_TEST((after->data == before->data));
      if (after->head.lease.server == "simulated-rival" && changed_hands)
        BOOST_TEST((before->head.lease.state == record::lease_state::released));
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
