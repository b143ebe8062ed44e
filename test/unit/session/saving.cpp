// Saves by themselves and by hand: coalescing, renewal, piggyback, what is written and what is not.
#include <boost/test/unit_test.hpp>
#include <limits>

#include "support/fleet.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

struct saving_fixture : fleet {
  saving_fixture() { p = open(players); }
  std::size_t puts() const { return backend->puts.size() - 1; }  // the acquire not counted
  boot_clock::duration since_start(std::size_t put) const { return backend->puts.at(put + 1).at - began; }

  store players = make_store();
  time_point began = time().now();
  profile p;
};

BOOST_FIXTURE_TEST_SUITE(saving, saving_fixture)

BOOST_AUTO_TEST_CASE(a_quiet_session_renews_216_times_in_three_hours) {
  run_for(3h);
  BOOST_TEST(puts() == 216u);
  BOOST_TEST(backend->gets == 1u);
  BOOST_TEST(p.is_active());
  BOOST_TEST(stored()->head.commit.index == 1u);
  BOOST_TEST(stored()->head.lease.seq == 217u);
}

BOOST_AUTO_TEST_CASE(ten_edits_make_one_write_two_seconds_after_the_last) {
  for (int i = 1; i <= 10; ++i) {
    p.edit()["Coins"] = i;
    run_for(100ms);
  }
  run_for(10s);
  BOOST_TEST(puts() == 1u);
  BOOST_CHECK(since_start(0) == 900ms + 2s);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 10);
}

BOOST_AUTO_TEST_CASE(edits_every_second_are_written_after_thirty) {
  for (int i = 1; i <= 60; ++i) {
    p.edit()["Coins"] = i;
    run_for(1s);
  }
  BOOST_TEST(puts() == 2u);
  BOOST_CHECK(since_start(0) == 30s);
  BOOST_CHECK(since_start(1) == 60s);
}

BOOST_AUTO_TEST_CASE(a_save_renews_the_lease_and_resets_its_age) {
  run_for(40s);
  p.edit()["Coins"] = 1;
  run_for(2s);
  BOOST_TEST(puts() == 1u);  // at 42 s
  run_for(49s);
  BOOST_TEST(puts() == 1u);
  run_for(1s);
  BOOST_TEST(puts() == 2u);  // at 92 s
  BOOST_CHECK(since_start(1) == 92s);
}

BOOST_AUTO_TEST_CASE(an_edit_that_changed_nothing_is_not_written) {
  p.edit()["Coins"] = 0;
  BOOST_TEST(p.is_dirty());
  run_for(10s);
  BOOST_TEST(puts() == 0u);
  BOOST_TEST(!p.is_dirty());
}

BOOST_AUTO_TEST_CASE(a_change_through_an_old_reference_is_saved_at_the_next_renewal) {
  boost::json::object& data = p.edit();
  run_for(10s);
  BOOST_TEST(puts() == 0u);
  data["Coins"] = 9;
  run_for(41s);
  BOOST_TEST(puts() == 1u);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 9);
}

BOOST_AUTO_TEST_CASE(a_change_through_an_old_reference_is_saved_by_the_release) {
  boost::json::object& data = p.edit();
  run_for(10s);
  data["Coins"] = 9;
  release(p);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 9);
}

BOOST_AUTO_TEST_CASE(a_manual_save_saves_now_and_cancels_the_scheduled_one) {
  p.edit()["Coins"] = 1;
  auto const [ec, receipt] = save(p);
  BOOST_TEST(!ec);
  BOOST_TEST(receipt.written);
  BOOST_TEST(receipt.commit_index == 2u);
  BOOST_TEST(receipt.generation == 1u);
  BOOST_TEST(receipt.is_saved());
  run_for(40s);
  BOOST_TEST(puts() == 1u);
}

BOOST_AUTO_TEST_CASE(a_manual_save_of_nothing_writes_nothing) {
  auto const [ec, receipt] = save(p);
  BOOST_TEST(!ec);
  BOOST_TEST(!receipt.written);
  BOOST_TEST((receipt.outcome == save_outcome::saved));
  BOOST_TEST(puts() == 0u);
}

BOOST_AUTO_TEST_CASE(a_failed_manual_save_leaves_the_scheduled_one) {
  p.edit()["Coins"] = 1;
  backend->next_puts({fate::reject});
  auto const [ec, receipt] = save(p);
  BOOST_TEST((ec == errc::backend_unavailable));
  BOOST_TEST((receipt.outcome == save_outcome::rejected));
  BOOST_TEST(p.is_dirty());
  run_for(5s);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(one_save_runs_and_one_merged_follows) {
  backend->set_latency(100ms);
  std::vector<save_receipt> receipts;
  p.edit()["Coins"] = 1;
  for (int i = 0; i < 5; ++i) {
    p.async_save([&](error_code, save_receipt r) { receipts.push_back(r); });
    run_for(10ms);
    p.edit()["Coins"] = i + 2;
  }
  run_until([&] { return receipts.size() == 5; });
  BOOST_TEST(puts() == 2u);
  BOOST_TEST(backend->most_in_flight == 1u);
  BOOST_TEST(receipts.front().commit_index == 2u);
  BOOST_TEST(receipts.back().commit_index == 3u);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 6);
}

BOOST_AUTO_TEST_CASE(edits_made_while_a_save_flies_stay_dirty) {
  backend->set_latency(1s);
  p.edit()["Coins"] = 1;
  p.async_save([](error_code, save_receipt) {});
  run_for(500ms);
  p.edit()["Coins"] = 2;
  run_for(600ms);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 1);
  BOOST_TEST(p.is_dirty());
  run_for(3s);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 2);
  BOOST_TEST(!p.is_dirty());
}

BOOST_AUTO_TEST_CASE(a_save_takes_the_document_as_it_is_when_it_is_asked_for) {
  p.edit()["Coins"] = 1;
  run_for(10ms);
  asio::post(p.get_executor(), [this] {
    p.async_save([](error_code, save_receipt) {});
    p.edit()["Coins"] = 2;
  });
  run_for(1s);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 1);
  BOOST_TEST(p.is_dirty());
  run_for(3s);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 2);
}

BOOST_AUTO_TEST_CASE(a_release_takes_along_edits_made_while_a_save_flies) {
  backend->set_latency(1s);
  p.edit()["Coins"] = 1;
  p.async_save([](error_code, save_receipt) {});
  run_for(500ms);
  p.edit()["Coins"] = 2;
  BOOST_TEST(!release(p).first);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 2);
  BOOST_TEST(puts() == 2u);
}

BOOST_AUTO_TEST_CASE(a_document_that_json_cannot_express_is_refused_and_the_lease_kept) {
  p.edit()["Speed"] = std::numeric_limits<double>::quiet_NaN();
  auto const [ec, receipt] = save(p);
  BOOST_TEST((ec == errc::unserializable_data));
  BOOST_TEST((receipt.outcome == save_outcome::rejected));
  BOOST_TEST(puts() == 0u);
  run_for(3min);
  BOOST_TEST(p.is_active());
  BOOST_TEST(!stored()->data.contains("Speed"));
  p.edit()["Speed"] = 1.5;
  run_for(5s);
  BOOST_TEST(stored()->data.at("Speed").as_double() == 1.5);
}

BOOST_AUTO_TEST_CASE(releasing_a_document_that_cannot_be_saved_frees_the_lease_and_hands_it_over) {
  p.edit()["Speed"] = std::numeric_limits<double>::infinity();
  auto const [ec, receipt] = release(p);
  BOOST_TEST((ec == errc::unserializable_data));
  BOOST_TEST((stored()->head.lease.state == record::lease_state::released));
  run_for(1s);
  BOOST_TEST_REQUIRE(!told->save_failures.empty());
  BOOST_TEST(!told->save_failures.back().will_retry);
  BOOST_TEST(told->save_failures.back().unsaved->contains("Speed"));
}

BOOST_AUTO_TEST_CASE(a_record_that_is_too_large_is_refused_and_the_lease_kept) {
  p.edit()["Blob"] = std::string(5 * 1024 * 1024, 'x');
  BOOST_TEST((save(p).first == errc::value_too_large));
  run_for(3min);
  BOOST_TEST(p.is_active());
  p.edit().erase("Blob");
  p.edit()["Coins"] = 3;
  BOOST_TEST(!save(p).first);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 3);
}

BOOST_AUTO_TEST_CASE(commits_form_a_chain_of_hashes) {
  for (int i = 1; i <= 3; ++i) {
    std::string const before = stored()->head.commit.hash;
    p.edit()["Coins"] = i;
    save(p);
    BOOST_TEST(stored()->head.commit.parent == before);
    BOOST_TEST(stored()->head.commit.index == static_cast<std::uint64_t>(i + 1));
  }
}

BOOST_AUTO_TEST_CASE(a_session_lapses_in_an_outage_and_comes_back) {
  p.edit()["Coins"] = 4;
  backend->always(fate::reject);
  run_for(61s);
  BOOST_TEST((p.state() == session_state::lapsed));
  BOOST_TEST(!p.is_active());
  p.edit()["Coins"] = 5;  // may still be saved: nobody has taken the profile
  backend->always(fate::pass);
  run_for(31s);
  BOOST_TEST(p.is_active());
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 5);
  BOOST_TEST(told->losses.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
