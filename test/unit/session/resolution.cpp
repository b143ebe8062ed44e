// Writes whose outcome is not known: time-outs, lost replies, ghosts, intermediaries that send twice. Each
// case names the wrong rule it would catch (PROTOCOL section 9).
#include <boost/test/unit_test.hpp>

#include "integrity/canonical.hpp"
#include "integrity/fnv1a.hpp"
#include "lease/transitions.hpp"
#include "support/fleet.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

struct resolution_fixture : fleet {
  resolution_fixture() { p = open(players); }

  int coins() { return stored()->data.at("Coins").to_number<int>(); }
  bool held() { return stored()->head.lease.state == record::lease_state::held; }
  std::string const& put_text(std::size_t i) const { return backend->puts.at(i).value; }
  // Somebody else takes the profile, by whatever right.
  void steal(int coins_then) {
    auto taken = *stored();
    taken.head =
        lease::acquire(taken.head, {"thief", "thief-session-" + std::to_string(taken.head.lease.generation)},
                       60s, time().wall_now());
    auto text = record::encode(taken.head, taken.data);
    if (coins_then >= 0) {
      taken.data["Coins"] = coins_then;
      auto const hash = format_hash(canonical_hash(taken.data));
      taken.head = lease::save(taken.head, 2, taken.head.commit.index + 1, hash, time().wall_now());
      text = record::encode(taken.head, taken.data);
    }
    put_raw("p1", text);
  }

  // A save gets in, but its reply is lost, and the profile is stolen so many times before anybody reads back.
  save_receipt save_unheard_and_be_robbed(int times) {
    p.edit()["Coins"] = 1;
    backend->next_puts({fate::lose_reply});
    backend->next_gets({fate::lose_request});
    std::optional<save_receipt> receipt;
    p.async_save([&](error_code, save_receipt r) { receipt = r; });
    run_for(10ms);
    for (int i = 0; i < times; ++i) steal(-1);
    run_until([&] { return receipt.has_value(); });
    return *receipt;
  }

  // The same where nothing tells that it got in.
  void be_robbed_without_a_proof(int times) {
    auto const receipt = save_unheard_and_be_robbed(times);
    BOOST_TEST((receipt.outcome == save_outcome::indeterminate));
    BOOST_TEST((p.state() == session_state::lost));
    run_for(1s);
    BOOST_TEST_REQUIRE(!told->losses.empty());
    BOOST_TEST(told->losses.back().unsaved.has_value());
  }

  // A save gets in and nobody hears of it; the next one, of the same data, does not.
  void save_in_vain_after_one_unheard() {
    p.edit()["Coins"] = 1;
    backend->always(fate::lose_reply);
    run_until([&] { return told->save_failures.size() == 1; });
    backend->always(fate::lose_request);
    run_until([&] { return told->save_failures.size() == 2; });
    BOOST_TEST(coins() == 1);
  }
  void expect_nothing_to_be_handed_over() {
    backend->always(fate::pass);
    auto const receipt = save(p).second;
    BOOST_TEST((receipt.outcome == save_outcome::lost_but_saved));
    BOOST_TEST(receipt.commit_index == 2u);
    run_for(1s);
    BOOST_TEST_REQUIRE(told->losses.size() == 1u);
    BOOST_TEST(!told->losses[0].unsaved.has_value());
  }

  store players = make_store(patient());
  profile p;
};

BOOST_FIXTURE_TEST_SUITE(resolution, resolution_fixture)

BOOST_AUTO_TEST_CASE(v1_a_lost_reply_is_not_a_failed_save) {
  p.edit()["Coins"] = 1;
  backend->next_puts({fate::lose_reply});
  auto const [ec, receipt] = save(p);
  BOOST_TEST(!ec);
  BOOST_TEST((receipt.outcome == save_outcome::saved));
  BOOST_TEST(backend->puts.size() == 2u);
  BOOST_TEST(backend->gets == 2u);
  BOOST_TEST(coins() == 1);
}

BOOST_AUTO_TEST_CASE(a_lost_request_is_sent_again_with_the_same_bytes) {
  p.edit()["Coins"] = 1;
  backend->next_puts({fate::lose_request});
  auto const [ec, receipt] = save(p);
  BOOST_TEST(!ec);
  BOOST_TEST(receipt.stats.retries == 1u);
  BOOST_TEST(backend->puts.size() == 3u);
  BOOST_TEST(put_text(1) == put_text(2));
  BOOST_TEST(backend->puts[1].write_id == backend->puts[2].write_id);
  BOOST_TEST(receipt.commit_index == 2u);
}

BOOST_AUTO_TEST_CASE(v2_the_old_version_read_back_proves_nothing) {
  // The write arrives after the read-back that did not see it.
  p.edit()["Coins"] = 1;
  backend->next_puts({fate::ghost});
  backend->set_latency(10ms);
  std::optional<save_receipt> receipt;
  p.async_save([&](error_code, save_receipt r) { receipt = r; });
  run_until([&] { return backend->gets == 2; });
  run_for(15ms);
  run(backend->deliver_ghosts());
  run_until([&] { return receipt.has_value(); });
  BOOST_TEST((receipt->outcome == save_outcome::saved));
  BOOST_TEST(coins() == 1);
  p.edit()["Coins"] = 2;
  BOOST_TEST(!save(p).first);
  BOOST_TEST(coins() == 2);
}

BOOST_AUTO_TEST_CASE(v3_a_conflict_with_our_own_write_is_not_a_verdict) {
  p.edit()["Coins"] = 1;
  backend->next_puts({fate::duplicate});
  BOOST_TEST(!save(p).first);
  BOOST_TEST(p.is_active());
  backend->next_puts({fate::duplicate});
  run_for(50s);  // a renewal
  BOOST_TEST(p.is_active());
  p.edit()["Coins"] = 2;
  backend->next_puts({fate::duplicate});
  BOOST_TEST(!release(p).first);
  BOOST_TEST(coins() == 2);
  BOOST_TEST(!held());
  BOOST_TEST(told->losses.empty());
}

BOOST_AUTO_TEST_CASE(v3_an_acquire_sent_twice_is_ours) {
  release(p);
  backend->next_puts({fate::duplicate});
  profile const again = open(players);
  BOOST_TEST(again.metadata().generation == 2u);
  BOOST_TEST(count_log("lease_conflict") == 0u);
}

BOOST_AUTO_TEST_CASE(a_conflict_without_the_record_is_read_back) {
  capabilities caps;
  caps.conflict_returns_current = false;
  backend->set_caps(caps);
  p.edit()["Coins"] = 1;
  backend->next_puts({fate::duplicate});
  BOOST_TEST(!save(p).first);
  BOOST_TEST(backend->gets == 2u);
}

BOOST_AUTO_TEST_CASE(an_acquire_whose_reply_is_lost_is_ours) {
  release(p);
  std::size_t const puts = backend->puts.size();
  backend->next_puts({fate::lose_reply});
  profile const again = open(players);
  BOOST_TEST(again.is_active());
  BOOST_TEST(backend->puts.size() == puts + 1);
  BOOST_TEST(again.metadata().generation == 2u);
}

BOOST_AUTO_TEST_CASE(a_creation_whose_reply_is_lost_is_ours) {
  backend->next_puts({fate::lose_reply});
  profile const fresh = open(players, "p2");
  BOOST_TEST(fresh.is_active());
  BOOST_TEST(fresh.metadata().generation == 1u);
}

BOOST_AUTO_TEST_CASE(a_creation_that_got_lost_is_sent_again) {
  backend->next_puts({fate::lose_request, fate::lose_request});
  profile const fresh = open(players, "p2");
  BOOST_TEST(fresh.is_active());
  BOOST_TEST(put_text(1) == put_text(2));
  BOOST_TEST(put_text(2) == put_text(3));
}

BOOST_AUTO_TEST_CASE(a_release_whose_reply_is_lost_is_done) {
  p.edit()["Coins"] = 1;
  backend->next_puts({fate::lose_reply});
  auto const [ec, receipt] = release(p);
  BOOST_TEST(!ec);
  BOOST_TEST(!held());
  BOOST_TEST(backend->puts.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_renewal_whose_reply_is_lost_is_confirmed_from_its_first_send) {
  backend->next_puts({fate::lose_reply});
  run_for(55s);
  BOOST_TEST(p.is_active());
  BOOST_TEST(backend->puts.size() == 2u);
  run_for(44s);
  BOOST_TEST(backend->puts.size() == 2u);
  run_for(1s);  // 50 s after the first send
  BOOST_TEST(backend->puts.size() == 3u);
}

BOOST_AUTO_TEST_CASE(an_unconfirmed_save_is_indeterminate_and_resumes_by_itself) {
  p.edit()["Coins"] = 1;
  backend->always(fate::lose_request);
  auto const [ec, receipt] = save(p);
  BOOST_TEST((ec == errc::indeterminate));
  BOOST_TEST((ec == condition::retryable));
  BOOST_TEST((receipt.outcome == save_outcome::indeterminate));
  BOOST_TEST(!receipt.is_saved());
  BOOST_TEST(p.is_dirty());
  BOOST_TEST((p.state() == session_state::active));
  backend->always(fate::pass);
  run_for(5s);
  BOOST_TEST(coins() == 1);
  BOOST_TEST(!p.is_dirty());
}

BOOST_AUTO_TEST_CASE(v4_a_late_older_save_never_overwrites_a_newer_one) {
  p.edit()["Coins"] = 1;
  backend->always(fate::ghost);
  backend->next_gets({fate::lose_request, fate::lose_request, fate::lose_request, fate::lose_request});
  BOOST_TEST((save(p).first == errc::indeterminate));
  backend->always(fate::pass);
  p.edit()["Coins"] = 2;
  BOOST_TEST(!save(p).first);
  BOOST_TEST(coins() == 2);
  run(backend->deliver_ghosts());
  BOOST_TEST(coins() == 2);
}

BOOST_AUTO_TEST_CASE(v6_a_ghost_that_got_in_first_is_built_upon_under_a_new_index) {
  p.edit()["Coins"] = 1;
  backend->always(fate::ghost);
  BOOST_TEST((save(p).first == errc::indeterminate));
  backend->always(fate::pass);
  backend->next_puts({fate::pass});
  run(backend->deliver_ghosts());  // Coins 1, commit 2
  BOOST_TEST(coins() == 1);
  auto const ghost = stored()->head.commit;
  p.edit()["Coins"] = 2;
  auto const [ec, receipt] = save(p);
  BOOST_TEST(!ec);
  BOOST_TEST(coins() == 2);
  BOOST_TEST(receipt.commit_index > ghost.index);
  BOOST_TEST(stored()->head.commit.parent == ghost.hash);
}

BOOST_AUTO_TEST_CASE(an_edit_taken_back_is_still_written_when_a_ghost_may_be_about) {
  p.edit()["Coins"] = 1;
  backend->always(fate::ghost);
  BOOST_TEST((save(p).first == errc::indeterminate));
  backend->always(fate::pass);
  p.edit()["Coins"] = 0;  // as it was: no reason to write, but for the ghost
  BOOST_TEST(!save(p).first);
  run(backend->deliver_ghosts());
  BOOST_TEST(coins() == 0);
}

BOOST_AUTO_TEST_CASE(a_stolen_session_is_lost_and_never_writes_again) {
  p.edit()["Coins"] = 1;
  steal(7);
  auto const [ec, receipt] = save(p);
  BOOST_TEST((ec == errc::session_lost));
  BOOST_TEST((receipt.outcome == save_outcome::lost));
  BOOST_TEST((p.state() == session_state::lost));
  BOOST_TEST(!p.is_active());
  BOOST_CHECK_THROW(p.edit(), boost::system::system_error);
  BOOST_TEST((save(p).first == errc::session_lost));
  BOOST_TEST((release(p).first == errc::session_lost));
  std::size_t const puts = backend->puts.size();
  run_for(10min);
  BOOST_TEST(backend->puts.size() == puts);
  BOOST_TEST(coins() == 7);
  BOOST_TEST_REQUIRE(told->losses.size() == 1u);
  BOOST_TEST((told->losses[0].cause == loss_cause::stolen));
  BOOST_TEST(told->losses[0].unsaved->at("Coins").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(a_loss_without_unsaved_edits_hands_over_nothing) {
  steal(-1);
  run_for(51s);
  BOOST_TEST_REQUIRE(told->losses.size() == 1u);
  BOOST_TEST(!told->losses[0].unsaved.has_value());
}

BOOST_AUTO_TEST_CASE(v8_a_save_that_got_in_before_the_theft_is_reported_so) {
  p.edit()["Coins"] = 1;
  backend->next_puts({fate::lose_reply});
  backend->next_gets({fate::lose_request});
  std::optional<std::pair<error_code, save_receipt>> heard;
  p.async_save([&](error_code ec, save_receipt r) { heard.emplace(ec, r); });
  run_for(10ms);
  steal(9);
  run_until([&] { return heard.has_value(); });
  BOOST_TEST((heard->first == errc::session_lost));
  BOOST_TEST((heard->second.outcome == save_outcome::lost_but_saved));
  BOOST_TEST(heard->second.is_saved());
  run_for(1s);
  BOOST_TEST_REQUIRE(told->losses.size() == 1u);
  BOOST_TEST(!told->losses[0].unsaved.has_value());
}

BOOST_AUTO_TEST_CASE(a_renewal_that_got_in_is_no_save_of_what_was_edited_meanwhile) {
  backend->set_latency(100ms);
  steal(-1);
  run_for(50s + 50ms);  // the renewal is under way
  p.edit()["Coins"] = 5;
  std::optional<save_receipt> receipt;
  p.async_save([&](error_code, save_receipt r) { receipt = r; });
  run_until([&] { return receipt.has_value(); });
  BOOST_TEST(!receipt->is_saved());
  BOOST_TEST(!save(p).second.is_saved());
  run_for(1s);
  BOOST_TEST_REQUIRE(told->losses.size() == 1u);
  BOOST_TEST_REQUIRE(told->losses[0].unsaved.has_value());
  BOOST_TEST(told->losses[0].unsaved->at("Coins").to_number<int>() == 5);
}

BOOST_AUTO_TEST_CASE(a_document_that_was_never_sent_is_nowhere) {
  // A renewal is found dead after its deadline, and meanwhile the document was edited.
  backend->always(fate::lose_request);
  backend->set_latency(2900ms);
  run_until([&] { return backend->puts.size() == 2; });
  put_raw("p1", record::encode(stored()->head, stored()->data));
  p.edit()["Coins"] = 5;
  run_for(9100ms);
  backend->always(fate::pass);
  run_for(1s);
  backend->always(fate::reject);
  run_until([&] { return count_log("event=renewal_failed") == 1; });
  steal(-1);
  backend->always(fate::pass);
  run_until([&] { return !told->losses.empty(); });
  BOOST_TEST_REQUIRE(told->losses[0].unsaved.has_value());
  BOOST_TEST(told->losses[0].unsaved->at("Coins") == 5);
}

BOOST_AUTO_TEST_CASE(an_earlier_save_of_the_same_data_that_got_in_will_do) {
  save_in_vain_after_one_unheard();
  steal(-1);
  expect_nothing_to_be_handed_over();
}

BOOST_AUTO_TEST_CASE(and_when_the_history_alone_tells) {
  save_in_vain_after_one_unheard();
  for (int i = 0; i < 9; ++i) steal(-1);
  expect_nothing_to_be_handed_over();
  BOOST_TEST(backend->histories == 1u);
}

BOOST_AUTO_TEST_CASE(and_when_a_person_frees_the_lease) {
  save_in_vain_after_one_unheard();
  put_raw("p1", record::encode(lease::release(stored()->head), stored()->data));
  expect_nothing_to_be_handed_over();
}

BOOST_AUTO_TEST_CASE(v7_commit_numbers_after_a_theft_prove_nothing) {
  // Our save never arrives; the thief's own commits pass its number.
  p.edit()["Coins"] = 1;
  backend->next_puts({fate::lose_request});
  backend->next_gets({fate::lose_request});
  std::optional<save_receipt> receipt;
  p.async_save([&](error_code, save_receipt r) { receipt = r; });
  run_for(10ms);
  steal(9);
  run_until([&] { return receipt.has_value(); });
  BOOST_TEST((receipt->outcome == save_outcome::lost));
}

BOOST_AUTO_TEST_CASE(history_is_asked_when_the_lineage_is_too_short) {
  auto const receipt = save_unheard_and_be_robbed(10);
  BOOST_TEST((receipt.outcome == save_outcome::lost_but_saved));
  BOOST_TEST(backend->histories == 1u);
}

BOOST_AUTO_TEST_CASE(reading_a_long_history_ends_when_the_time_of_the_save_is_up) {
  backend->set_slow_history(1s);
  time_point const began = time().now();
  auto const receipt = save_unheard_and_be_robbed(50);
  BOOST_TEST((receipt.outcome == save_outcome::indeterminate));
  BOOST_CHECK(time().now() - began < 12s);
  backend->set_slow_history(0ms);
  run_for(1min);
  BOOST_TEST((p.state() == session_state::lost));
}

BOOST_AUTO_TEST_CASE(without_a_history_nobody_says_that_a_save_never_got_in) {
  auto c = backend->caps();
  c.history = false;
  backend->set_caps(c);
  be_robbed_without_a_proof(10);
}

BOOST_AUTO_TEST_CASE(nor_does_one_that_was_pruned) {
  be_robbed_without_a_proof(100);  // more than are kept
}

BOOST_AUTO_TEST_CASE(a_touched_record_is_still_ours) {
  auto touched = *stored();
  touched.head = lease::touch(touched.head, "fence");
  put_raw("p1", record::encode(touched.head, touched.data));
  p.edit()["Coins"] = 1;
  BOOST_TEST(!save(p).first);
  BOOST_TEST(coins() == 1);
  BOOST_TEST(stored()->head.lease.fence.empty());
}

BOOST_AUTO_TEST_CASE(edits_made_during_a_resolution_do_not_damage_the_record) {
  auto touched = *stored();
  touched.head = lease::touch(touched.head, "fence");
  put_raw("p1", record::encode(touched.head, touched.data));
  backend->set_latency(100ms);
  p.edit()["Coins"] = 1;
  std::optional<save_receipt> receipt;
  p.async_save([&](error_code, save_receipt r) { receipt = r; });
  run_for(50ms);
  p.edit()["Coins"] = 2;
  run_until([&] { return receipt.has_value(); });
  BOOST_TEST(coins() == 2);  // stored() checks the hashes
}

BOOST_AUTO_TEST_CASE(a_renewal_that_meets_a_touch_and_an_edit_saves_the_edit) {
  auto touched = *stored();
  touched.head = lease::touch(touched.head, "fence");
  put_raw("p1", record::encode(touched.head, touched.data));
  backend->set_latency(100ms);
  run_for(50s + 20ms);  // the renewal is under way
  p.edit()["Coins"] = 3;
  run_for(500ms);
  BOOST_TEST(p.is_active());
  BOOST_TEST(coins() == 3);
}

BOOST_AUTO_TEST_CASE(a_damaged_read_back_settles_nothing) {
  p.edit()["Coins"] = 1;
  backend->next_puts({fate::lose_reply});
  backend->next_gets({fate::corrupt});
  BOOST_TEST(!save(p).first);
  BOOST_TEST(p.is_active());
}

BOOST_AUTO_TEST_CASE(a_removed_record_is_not_brought_back) {
  auto const read = run(storage->get("PlayerData/p1"));
  run(storage->erase_if("PlayerData/p1", (*read)->ver));
  p.edit()["Coins"] = 1;
  BOOST_TEST((save(p).first == errc::session_lost));
  run_for(1s);
  BOOST_TEST_REQUIRE(told->losses.size() == 1u);
  BOOST_TEST((told->losses[0].cause == loss_cause::removed));
  BOOST_TEST(!stored().has_value());
}

BOOST_AUTO_TEST_CASE(a_release_keeps_trying_in_an_outage_and_then_reports) {
  p.edit()["Coins"] = 1;
  backend->always(fate::reject);
  time_point const began = time().now();
  auto const [ec, receipt] = release(p);
  BOOST_TEST((ec == errc::backend_unavailable));
  BOOST_CHECK(time().now() - began >= 59s);  // while the lease may still be ours
  BOOST_TEST((receipt.outcome == save_outcome::rejected));
  run_for(1s);
  BOOST_TEST(!told->save_failures.back().will_retry);
  BOOST_TEST(told->save_failures.back().unsaved->at("Coins").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(a_release_in_an_outage_succeeds_when_the_backend_comes_back) {
  p.edit()["Coins"] = 1;
  backend->always(fate::reject);
  std::optional<error_code> heard;
  p.async_release([&](error_code ec, save_receipt) { heard = ec; });
  run_for(20s);
  BOOST_TEST(!heard.has_value());
  backend->always(fate::pass);
  run_until([&] { return heard.has_value(); });
  BOOST_TEST(!*heard);
  BOOST_TEST(coins() == 1);
  BOOST_TEST(!held());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
