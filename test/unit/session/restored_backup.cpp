// The backend goes back in time under running stores, as when a backup is restored (src/kv_server/README.md,
// "Backup and restore"): what becomes of the sessions in the backup, and of those that are not.
#include <boost/test/unit_test.hpp>

#include "support/fleet.hpp"
#include "support/forwarding_backend.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

/// A backend whose storage can be exchanged for another one.
class restorable_backend final : public forwarding_backend {
 public:
  using forwarding_backend::exchange_inner;
  using forwarding_backend::forwarding_backend;
};

struct restore_fixture : fleet {
  store_options restorable_options() {
    store_options o = options();
    o.backend = restorable;
    o.bus = bus;
    return o;
  }
  std::string make_backup() { return run(storage->get("PlayerData/p1")).value().value().value; }

  /// Another storage, with what was in the backup and nothing since; revisions given out since are skipped.
  void restore(std::string const& backup) {
    storage = make_memory_backend(shared_time());
    for (int i = 0; i < 100; ++i) run(storage->put_if("skipped" + std::to_string(i), "", std::nullopt, ""));
    run(storage->put_if("PlayerData/p1", backup, std::nullopt, ""));
    restorable->exchange_inner(storage);
  }
  int coins() { return stored()->data.at("Coins").to_number<int>(); }

  std::shared_ptr<restorable_backend> restorable = std::make_shared<restorable_backend>(storage);
  store a = make_store(restorable_options());
  store b = make_store(restorable_options());
};

BOOST_FIXTURE_TEST_SUITE(restored_backup, restore_fixture)

BOOST_AUTO_TEST_CASE(a_session_that_is_in_the_backup_goes_on_and_brings_its_newer_data) {
  profile p = open(a);
  auto const backup = make_backup();
  p.edit()["Coins"] = 7;
  BOOST_TEST(!save(p).first);
  restore(backup);
  BOOST_TEST(coins() == 0);
  run_for(60s);  // its renewal finds the older record
  BOOST_TEST(p.is_active());
  BOOST_TEST(coins() == 7);
  BOOST_TEST(told->losses.empty());
  BOOST_TEST(!release(p).first);
  BOOST_TEST((stored()->head.lease.state == record::lease_state::released));
}

BOOST_AUTO_TEST_CASE(a_session_that_began_after_the_backup_is_lost_and_writes_nothing) {
  profile before = open(a);
  BOOST_TEST(!release(before).first);
  auto const backup = make_backup();
  profile p = open(b);
  p.edit()["Coins"] = 7;
  BOOST_TEST(!save(p).first);
  restore(backup);
  p.edit()["Coins"] = 8;
  BOOST_TEST((save(p).first == errc::session_lost));
  BOOST_TEST(!p.is_active());
  run_for(1h);
  BOOST_REQUIRE_EQUAL(told->losses.size(), 1u);
  BOOST_REQUIRE(told->losses[0].unsaved.has_value());
  BOOST_TEST(told->losses[0].unsaved->at("Coins").to_number<int>() == 8);
  BOOST_TEST(make_backup() == backup);
}

BOOST_AUTO_TEST_CASE(of_two_sessions_with_one_generation_the_stored_one_goes_on) {
  // Both generations are open again after the restore: the older one in the backup alone, the newer one in
  // its store.
  profile before = open(a);
  auto const backup = make_backup();
  BOOST_TEST(!release(before).first);
  profile p = open(b);
  BOOST_TEST(p.metadata().generation == 2u);
  restore(backup);
  profile again = open(a);  // its own store knows that the session in the backup has ended
  BOOST_TEST(again.metadata().generation == 2u);
  again.edit()["Coins"] = 3;
  BOOST_TEST(!save(again).first);
  run_for(2min);
  BOOST_TEST((p.state() == session_state::lost));
  BOOST_TEST(again.is_active());
  BOOST_TEST(coins() == 3);
}

BOOST_AUTO_TEST_CASE(a_session_that_has_ended_does_not_come_back_and_keeps_nobody_out) {
  profile before = open(a);
  auto const backup = make_backup();
  BOOST_TEST(!release(before).first);
  restore(backup);
  run_for(1h);
  BOOST_TEST(make_backup() == backup);
  BOOST_TEST((before.state() == session_state::released));
  time_point const began = time().now();
  profile const p = open(b);
  BOOST_CHECK(time().now() - began <= 2s);
  BOOST_TEST(p.metadata().generation == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
