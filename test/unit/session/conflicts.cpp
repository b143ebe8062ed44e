// Two servers and one key: challenge, steal, veto, hand-off (PROTOCOL section 3).
#include <boost/test/unit_test.hpp>

#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "lease/challenge.hpp"
#include "lease/transitions.hpp"
#include "support/fleet.hpp"
#include "support/scripted_bus.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

struct conflict_fixture : fleet {
  conflict_fixture() { run_for(0s); }

  store_options with_bus() {
    store_options o = options();
    o.bus = wires;
    return o;
  }
  std::size_t told_events(std::string const& what) const {
    return static_cast<std::size_t>(std::count(told->events.begin(), told->events.end(), what));
  }
  boot_clock::duration time_to(std::function<void()> const& what) {
    time_point const began = time().now();
    what();
    return time().now() - began;
  }

  /// `thief` tells the owner of `p`, which is in its first session, that it has it now.
  void tell_of_robbery(store& owner, profile const& p, std::string thief) {
    lease::message m;
    m.kind = lease::message_kind::robbed;
    m.nonce = "n";
    m.key = "PlayerData/" + p.key();
    m.session = p.metadata().session_id;
    m.generation = 1;
    m.from = std::move(thief);
    run(wires->publish(owner.server_id(), lease::encode(m, "")));
    run_for(10ms);
  }

  std::shared_ptr<scripted_bus> wires = std::make_shared<scripted_bus>(bus, shared_time());
  store a = make_store(with_bus());
  store b = make_store(with_bus());
};

BOOST_FIXTURE_TEST_SUITE(conflicts, conflict_fixture)

BOOST_AUTO_TEST_CASE(a_living_owner_is_left_alone_at_once) {
  profile const owned = open(a);
  error_code heard;
  auto const took = time_to([&] { heard = start(b).first; });
  BOOST_TEST((heard == errc::lease_held));
  BOOST_CHECK(took < 100ms);
  run_for(1s);
  BOOST_TEST(told_events("conflict p1 active_owner_confirmed") == 1u);
  BOOST_TEST(b.metrics().challenges_sent == 1u);
  BOOST_TEST(a.metrics().challenges_answered == 1u);
  BOOST_TEST(backend->puts.size() == 1u);
  BOOST_TEST(owned.is_active());
  BOOST_TEST(owned.metadata().generation == 1u);
}

BOOST_AUTO_TEST_CASE(a_silent_owner_is_robbed_after_two_seconds) {
  profile const owned = open(a);
  wires->deafen(a.server_id());  // as if it had been killed
  profile taken;
  auto const took = time_to([&] { taken = open(b); });
  BOOST_CHECK(took == 2s);
  BOOST_TEST(taken.metadata().generation == 2u);
  run_for(1s);
  BOOST_TEST(told_events("conflict p1 messaging_timeout_steal") == 1u);
  run_for(60s);
  BOOST_TEST((owned.state() == session_state::lost));
  BOOST_TEST(told_events("lost p1 stolen") == 1u);
  BOOST_TEST(taken.is_active());
}

BOOST_AUTO_TEST_CASE(v10_silence_on_a_dead_bus_proves_nothing) {
  profile const owned = open(a);
  wires->cut();
  auto const [ec, none] = start(b);
  BOOST_TEST((ec == errc::lease_held));  // its renewal gave it away
  BOOST_TEST(owned.is_active());
  BOOST_TEST(stored()->head.lease.generation == 1u);
}

BOOST_AUTO_TEST_CASE(a_dead_owner_on_a_dead_bus_is_waited_for) {
  profile owned = open(a);
  wires->cut();
  backend->fail_for(a.server_id());
  profile taken;
  auto const took = time_to([&] { taken = open(b); });
  BOOST_CHECK(took >= 60s);
  BOOST_CHECK(took <= 66s);
  BOOST_TEST(told_events("conflict p1 messaging_timeout_steal") == 0u);
  backend->fail_for("");
}

BOOST_AUTO_TEST_CASE(v11_a_write_of_the_owner_during_the_window_vetoes_the_steal) {
  profile owned = open(a);
  wires->deafen(a.server_id());
  std::optional<error_code> heard;
  b.async_start_session("p1", [&](error_code ec, profile) { heard = ec; });
  run_for(1500ms);
  owned.edit()["Coins"] = 1;
  BOOST_TEST(!save(owned).first);
  run_until([&] { return heard.has_value(); });
  BOOST_TEST((*heard == errc::lease_held));
  BOOST_TEST(owned.is_active());
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(expiry_only_never_steals_on_silence) {
  store_options o = with_bus();
  o.challenge.policy = steal_policy::expiry_only;
  store c = make_store(std::move(o));
  profile const owned = open(a);
  wires->deafen(a.server_id());
  BOOST_TEST((start(c).first == errc::lease_held));
  BOOST_TEST(owned.is_active());
}

BOOST_AUTO_TEST_CASE(a_challenge_makes_the_owner_flush_its_edits) {
  profile owned = open(a);
  owned.edit()["Coins"] = 1;
  start(b);
  run_for(100ms);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(hand_off_a_release_in_flight_lets_the_next_server_in) {
  profile owned = open(a);
  backend->set_latency(300ms);
  owned.edit()["Coins"] = 42;
  owned.async_release([](error_code, save_receipt) {});
  profile taken;
  auto const took = time_to([&] { taken = open(b); });
  BOOST_TEST(taken.data().at("Coins").to_number<int>() == 42);
  BOOST_CHECK(took <= 1000ms);  // two round trips after the release, which took one
  run_for(1s);
  BOOST_TEST(told_events("conflict p1 active_owner_confirmed") == 0u);
  BOOST_TEST(told_events("conflict p1 messaging_timeout_steal") == 0u);
}

BOOST_AUTO_TEST_CASE(hand_off_waits_while_a_slow_release_goes_on) {
  profile owned = open(a);
  owned.edit()["Coins"] = 42;
  backend->next_puts({fate::reject, fate::reject});  // tried again after 1 s and 2 s
  owned.async_release([](error_code, save_receipt) {});
  profile const taken = open(b);
  BOOST_TEST(taken.data().at("Coins").to_number<int>() == 42);
}

BOOST_AUTO_TEST_CASE(hand_off_a_release_between_read_and_challenge_costs_no_window) {
  profile owned = open(a);
  backend->set_latency(100ms);
  std::optional<error_code> heard;
  time_point const began = time().now();
  owned.async_release([](error_code, save_receipt) {});
  run_for(50ms);
  profile taken;
  b.async_start_session("p1", [&](error_code ec, profile p) {
    heard = ec;
    taken = std::move(p);
  });
  run_until([&] { return heard.has_value(); });
  BOOST_TEST(!*heard);
  BOOST_CHECK(time().now() - began < 1s);
}

BOOST_AUTO_TEST_CASE(an_orphan_that_its_server_disowns_is_taken_at_once) {
  // A lease in A's name behind which no session stands.
  profile owned = open(a);
  auto const orphan = *stored();
  release(owned);
  put_raw("p1", record::encode(orphan.head, orphan.data));
  profile taken;
  auto const took = time_to([&] { taken = open(b); });
  BOOST_CHECK(took < 1s);
  BOOST_TEST(taken.metadata().generation == 2u);
}

BOOST_AUTO_TEST_CASE(a_robbed_owner_learns_at_once_when_the_bus_works) {
  profile const owned = open(a);
  wires->deafen(a.server_id());
  profile const taken = open(b);
  wires->hear_again(a.server_id());
  // Another robbery, with the owner listening again but stolen from by expiry rules elsewhere.
  profile const other = open(a, "p2");
  auto robbed = *stored("p2");
  robbed.head = lease::acquire(robbed.head, {"thief", "thief-session"}, 60s, time().wall_now());
  put_raw("p2", record::encode(robbed.head, robbed.data));
  tell_of_robbery(a, other, "thief");
  BOOST_TEST((other.state() == session_state::lost));
}

BOOST_AUTO_TEST_CASE(a_false_claim_of_robbery_costs_one_renewal) {
  profile const owned = open(a);
  tell_of_robbery(a, owned, "liar");
  BOOST_TEST(owned.is_active());
  BOOST_TEST(backend->puts.size() == 2u);
}

BOOST_AUTO_TEST_CASE(c1_replies_without_the_secret_do_nothing) {
  store_options oa = with_bus(), ob = with_bus();
  oa.challenge.secret = "one";
  ob.challenge.secret = "two";
  store c = make_store(std::move(oa));
  store d = make_store(std::move(ob));
  profile const owned = open(c);
  profile const taken =
      open(d);  // the owner's answers are not authentic to it, nor its questions to the owner
  BOOST_TEST(taken.metadata().generation == 2u);
}

BOOST_AUTO_TEST_CASE(c1_with_a_shared_secret_servers_understand_each_other) {
  store_options oa = with_bus(), ob = with_bus();
  oa.challenge.secret = ob.challenge.secret = "shared";
  store c = make_store(std::move(oa));
  store d = make_store(std::move(ob));
  profile const owned = open(c);
  BOOST_TEST((start(d).first == errc::lease_held));
}

BOOST_AUTO_TEST_CASE(late_and_repeated_replies_change_nothing) {
  profile const owned = open(a);
  wires->set_delay(2500ms);  // every message arrives after the window
  profile const taken = open(b, "p1b");
  auto const [ec, none] = start(b);
  run_for(10s);
  BOOST_TEST(
      (ec == errc::lease_held));  // the probe was late as well: no silent steal; a renewal or reply told
  BOOST_TEST(owned.is_active());
}

BOOST_AUTO_TEST_CASE(v12_an_owner_that_stood_still_confirms_before_it_vouches) {
  profile const owned = open(a);
  time().stall(5s);
  std::size_t const puts = backend->puts.size();
  auto const [ec, none] = start(b);
  BOOST_TEST((ec == errc::lease_held));
  BOOST_TEST(backend->puts.size() > puts);  // renewed by compare-and-swap
  BOOST_TEST(owned.is_active());
}

BOOST_AUTO_TEST_CASE(an_owner_that_slept_too_long_does_not_vouch) {
  profile const owned = open(a);
  time().stall(70s);
  BOOST_TEST((owned.state() == session_state::lapsed));
  BOOST_TEST(!owned.is_active());
}

BOOST_AUTO_TEST_CASE(l4_of_many_contenders_exactly_one_wins) {
  std::vector<store> servers;
  for (int i = 0; i < 8; ++i) servers.push_back(make_store(with_bus()));
  backend->set_latency(10ms);
  int won = 0, refused = 0;
  std::vector<profile> kept;
  for (auto& s : servers)
    s.async_start_session("contested", [&](error_code ec, profile p) {
      if (!ec) ++won;
      if (ec == errc::lease_held) ++refused;
      kept.push_back(std::move(p));
    });
  run_until([&] { return won + refused == 8; });
  BOOST_TEST(won == 1);
  BOOST_TEST(stored("contested")->head.lease.generation == 1u);
}

BOOST_AUTO_TEST_CASE(a_slow_bus_never_delays_a_start_on_a_free_key) {
  wires->set_delay(1h);
  auto const took = time_to([&] { open(a); });
  BOOST_CHECK(took == 0s);
  wires->set_delay(0ms);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
