// Writes of a session that arrive when nobody counts on them any more: what they mean for its release, for
// its loss, and for the server that waits to take over.
#include <boost/test/unit_test.hpp>
#include <limits>

#include "lease/transitions.hpp"
#include "support/fleet.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

struct late_writes_fixture : fleet {
  int coins() { return stored()->data.at("Coins").to_number<int>(); }
  void steal() {
    auto taken = *stored();
    taken.head = lease::acquire(taken.head, {"thief", "thief-session"}, 60s, time().wall_now());
    put_raw("p1", record::encode(taken.head, taken.data));
  }
  store make_patient_store() {
    store_options o = patient();
    o.bus = bus;
    return make_store(std::move(o));
  }
};

BOOST_FIXTURE_TEST_SUITE(late_writes, late_writes_fixture)

BOOST_AUTO_TEST_CASE(a_lease_that_a_person_has_freed_is_not_kept_over_the_data_as_stored) {
  store players = make_patient_store();
  profile p = open(players);
  p.edit()["Speed"] = std::numeric_limits<double>::quiet_NaN();  // so that nothing else can be written
  auto freed = *stored();
  freed.head = lease::release(freed.head);
  put_raw("p1", record::encode(freed.head, freed.data));
  run_for(1min);
  BOOST_TEST((p.state() == session_state::lost));
  BOOST_TEST((stored()->head.lease.state == record::lease_state::released));
}

BOOST_AUTO_TEST_CASE(an_older_try_of_a_release_does_not_pass_for_the_newer) {
  store players = make_patient_store();
  profile p = open(players);
  auto& data = p.edit();
  data["Coins"] = 1;
  backend->always(fate::ghost);
  std::optional<save_receipt> receipt;
  p.async_release([&](error_code, save_receipt r) { receipt = r; });
  run_until([&] { return !told->save_failures.empty(); });  // the first try has ended without an outcome
  data["Coins"] = 2;                                        // through a reference kept from before
  run(backend->deliver_ghosts());
  BOOST_TEST(coins() == 1);
  backend->always(fate::pass);
  run_until([&] { return receipt.has_value(); });
  BOOST_TEST((receipt->outcome == save_outcome::saved));
  BOOST_TEST(coins() == 2);
  BOOST_TEST(receipt->commit_index == stored()->head.commit.index);
  BOOST_TEST((stored()->head.lease.state == record::lease_state::released));
}

BOOST_AUTO_TEST_CASE(an_older_try_of_a_release_with_the_same_data_does) {
  store players = make_patient_store();
  profile p = open(players);
  p.edit()["Coins"] = 1;
  backend->always(fate::ghost);
  std::optional<save_receipt> receipt;
  p.async_release([&](error_code, save_receipt r) { receipt = r; });
  run_until([&] { return !told->save_failures.empty(); });
  run(backend->deliver_ghosts());
  steal();
  backend->always(fate::pass);
  run_until([&] { return receipt.has_value(); });
  BOOST_TEST((receipt->outcome == save_outcome::lost_but_saved));
  BOOST_TEST(receipt->commit_index == 2u);
  run_for(1s);
  BOOST_TEST_REQUIRE(told->losses.size() == 1u);
  BOOST_TEST(!told->losses[0].unsaved.has_value());  // the new owner has it
}

BOOST_AUTO_TEST_CASE(a_document_that_cannot_be_written_is_handed_over_at_a_loss) {
  store players = make_patient_store();
  profile p = open(players);
  p.edit()["Speed"] = std::numeric_limits<double>::quiet_NaN();
  run_for(1min);  // the lease is renewed over the data as stored
  steal();
  run_for(1min);
  BOOST_TEST_REQUIRE(told->losses.size() == 1u);
  BOOST_TEST(told->losses[0].unsaved.has_value());
  BOOST_TEST(!save(p).second.is_saved());
}

BOOST_AUTO_TEST_CASE(another_payload_has_another_number) {
  store players = make_patient_store();
  profile p = open(players);
  p.edit()["Coins"] = 1;
  backend->always(fate::lose_request);
  auto const first = save(p);
  p.edit()["Coins"] = 2;
  auto const second = save(p);
  p.edit()["Coins"] = 1;
  auto const third = save(p);
  BOOST_TEST(second.second.commit_index > first.second.commit_index);
  BOOST_TEST(third.second.commit_index > second.second.commit_index);
}

BOOST_AUTO_TEST_CASE(c3_a_save_that_lands_while_its_owner_releases_is_no_reason_to_give_up) {
  // The player hops: A's last save is under way, its release is put off by an outage of a few seconds.
  store a = make_patient_store();
  store b = make_patient_store();
  profile leaving = open(a);
  run_for(1s);
  backend->set_latency(1500ms);
  std::optional<error_code> arrived;
  profile arriving;
  b.async_start_session("p1", [&](error_code ec, profile p) {
    arrived = ec;
    arriving = std::move(p);
  });
  run_for(100ms);
  backend->next_puts({fate::pass, fate::reject, fate::reject});
  leaving.edit()["Coins"] = 5;
  leaving.async_save([](error_code, save_receipt) {});
  run_for(100ms);
  leaving.async_release([](error_code, save_receipt) {});
  run_until([&] { return arrived.has_value(); });
  BOOST_TEST(!*arrived);
  BOOST_TEST(count_log("active_owner_confirmed") == 0u);
  BOOST_TEST_REQUIRE(bool(arriving));
  BOOST_TEST(arriving.data().at("Coins").to_number<int>() == 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
