// Starting, releasing and closing sessions: what is asked of the backend, what ends up in it, what the caller
// hears.
#include <boost/test/unit_test.hpp>
#include <limits>

#include "support/fleet.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(sessions, fleet)

BOOST_AUTO_TEST_CASE(a_start_on_a_new_key_is_one_get_and_one_put) {
  store players = make_store();
  profile p = open(players);
  BOOST_TEST(backend->gets == 1u);
  BOOST_TEST(backend->puts.size() == 1u);
  BOOST_TEST((p.data() == options().defaults));
  BOOST_TEST(p.is_active());
  BOOST_TEST(p.metadata().generation == 1u);
  BOOST_TEST(p.metadata().load_count == 1u);
  BOOST_TEST(p.metadata().key == "p1");
  BOOST_TEST(stored()->head.lease.server == players.server_id());
  BOOST_TEST((stored()->head.lease.state == record::lease_state::held));
}

BOOST_AUTO_TEST_CASE(a_release_is_one_put_that_saves_and_frees) {
  store players = make_store();
  profile p = open(players);
  p.edit()["Coins"] = 7;
  auto const [ec, receipt] = release(p);
  BOOST_TEST(!ec);
  BOOST_TEST((receipt.outcome == save_outcome::saved));
  BOOST_TEST(receipt.written);
  BOOST_TEST(backend->gets == 1u);
  BOOST_TEST(backend->puts.size() == 2u);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 7);
  BOOST_TEST((stored()->head.lease.state == record::lease_state::released));
  BOOST_TEST((p.state() == session_state::released));
  BOOST_CHECK_THROW(p.edit(), boost::system::system_error);
  BOOST_TEST((save(p).first == errc::session_inactive));
}

BOOST_AUTO_TEST_CASE(a_start_on_a_free_key_is_one_get_and_one_put_and_counts_generations) {
  store players = make_store();
  release(open(players));
  std::size_t const gets = backend->gets, puts = backend->puts.size();
  profile p = open(players);
  BOOST_TEST(backend->gets - gets == 1u);
  BOOST_TEST(backend->puts.size() - puts == 1u);
  BOOST_TEST(p.metadata().generation == 2u);
  BOOST_TEST(p.metadata().load_count == 2u);
  BOOST_TEST(stored()->head.lineage.size() == 1u);
}

BOOST_AUTO_TEST_CASE(releasing_without_edits_keeps_the_commit) {
  store players = make_store();
  profile p = open(players);
  auto const before = stored()->head.commit;
  auto const [ec, receipt] = release(p);
  BOOST_TEST(!ec);
  BOOST_TEST(!receipt.written);
  BOOST_TEST((stored()->head.commit == before));
}

BOOST_AUTO_TEST_CASE(releasing_twice_reports_the_same_receipt) {
  store players = make_store();
  profile p = open(players);
  p.edit()["Coins"] = 1;
  auto const first = release(p);
  auto const second = release(p);
  BOOST_TEST(backend->puts.size() == 2u);
  BOOST_TEST(!second.first);
  BOOST_TEST(first.second.commit_index == second.second.commit_index);
}

BOOST_AUTO_TEST_CASE(the_last_handle_releases) {
  store players = make_store();
  {
    profile p = open(players);
    profile const copy = p;
    p = profile();
    run_for(1s);
    BOOST_TEST(backend->puts.size() == 1u);
    BOOST_TEST(copy.is_active());
  }
  run_for(1s);
  BOOST_TEST(backend->puts.size() == 2u);
  BOOST_TEST((stored()->head.lease.state == record::lease_state::released));
}

BOOST_AUTO_TEST_CASE(an_active_key_is_not_opened_twice) {
  store players = make_store();
  profile const p = open(players);
  auto const [ec, second] = start(players);
  BOOST_TEST((ec == errc::already_active));
  BOOST_TEST((ec == condition::conflict));
  BOOST_TEST(!second);
}

BOOST_AUTO_TEST_CASE(two_starts_at_once_make_one_session) {
  store players = make_store();
  backend->set_latency(10ms);
  std::vector<error_code> heard;
  std::vector<profile> got;
  for (int i = 0; i < 2; ++i)
    players.async_start_session("p1", [&](error_code ec, profile p) {
      heard.push_back(ec);
      got.push_back(std::move(p));
    });
  run_until([&] { return heard.size() == 2; });
  BOOST_TEST((heard[0] == errc::already_active));
  BOOST_TEST(!heard[1]);
}

BOOST_AUTO_TEST_CASE(opening_again_waits_for_the_release_in_progress) {
  store players = make_store();
  backend->set_latency(100ms);
  profile p = open(players);
  p.edit()["Coins"] = 5;
  p.async_release([](error_code, save_receipt) {});
  p = profile();
  profile const again = open(players);
  BOOST_TEST(again.data().at("Coins").to_number<int>() == 5);
  BOOST_TEST(again.metadata().generation == 2u);
  BOOST_TEST(told->events.back() == "load p1");
  BOOST_TEST(count_log("lease_conflict") == 0u);
}

BOOST_AUTO_TEST_CASE(bad_keys_are_refused_before_anything_is_sent) {
  store players = make_store();
  for (std::string const& key :
       {std::string(), std::string(600, 'k'), std::string("\xff\xfe"), std::string("nul\0key", 7)}) {
    BOOST_TEST((start(players, key).first == errc::invalid_key));
  }
  BOOST_TEST(backend->gets + backend->puts.size() == 0u);
}

BOOST_AUTO_TEST_CASE(odd_but_valid_keys_work) {
  store players = make_store();
  for (std::string const key : {"a/b", "..", "100%", "who?", "\xc3\xa9"}) {
    profile p = open(players, key);
    p.edit()["Coins"] = 3;
    BOOST_TEST(!release(p).first);
    BOOST_TEST(stored(key)->data.at("Coins").to_number<int>() == 3);
  }
}

BOOST_AUTO_TEST_CASE(a_corrupt_record_fails_the_load_and_is_left_alone) {
  store players = make_store();
  put_raw("p1", "{\"this\": \"is not a record\"}");
  auto const [ec, p] = start(players);
  BOOST_TEST((ec == errc::corrupted_record));
  BOOST_TEST((ec == condition::fatal));
  BOOST_TEST(backend->puts.empty());
  run_for(1s);
  BOOST_TEST(told->corruptions.size() == 1u);
}

BOOST_AUTO_TEST_CASE(damaged_data_fails_the_load) {
  store players = make_store();
  profile p = open(players);
  p.edit()["Name"] = "abcdefgh";
  release(p);
  std::string text = (*run(storage->get("PlayerData/p1")))->value;
  text.replace(text.find("abcdefgh"), 8, "abcdefgi");
  put_raw("p1", text);
  std::size_t const puts = backend->puts.size();
  BOOST_TEST((start(players).first == errc::corrupted_record));
  BOOST_TEST(backend->puts.size() == puts);
}

BOOST_AUTO_TEST_CASE(the_template_fills_what_is_missing_without_a_write) {
  {
    store_options old = options();
    old.defaults = {{"Coins", 0}, {"Settings", boost::json::object()}};
    store before = make_store(std::move(old));
    profile p = open(before);
    p.edit()["Coins"] = 50;
    p.edit()["Pet"] = "cat";
    release(p);
  }
  store players = make_store();
  profile p = open(players);
  BOOST_TEST(p.data().at("Coins").to_number<int>() == 50);
  BOOST_TEST(p.data().at("Level").to_number<int>() == 1);
  BOOST_TEST(p.data().at("Settings").at("Music").as_bool());
  BOOST_TEST(p.data().at("Pet").as_string() == "cat");
  BOOST_TEST(!p.is_dirty());
  auto const commit = stored()->head.commit;
  run_for(5min);  // renewals write the data as it is stored
  BOOST_TEST((stored()->head.commit == commit));
  BOOST_TEST(!stored()->data.contains("Level"));
  p.edit()["Coins"] = 51;
  BOOST_TEST(!save(p).first);
  BOOST_TEST(stored()->data.at("Level").to_number<int>() == 1);
  run_for(5min);
  BOOST_TEST(stored()->data.at("Level").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(an_expired_lease_is_taken_by_the_age_of_the_record) {
  store dead = make_store(patient());  // both share the breaker of the first
  profile const p = open(dead);
  // The owner stops as if killed: the backend hears nothing more of it.
  backend->fail_for(dead.server_id());
  run_for(62s);
  store players = make_store();
  auto const [ec, taken] = start(players);
  BOOST_TEST(!ec);
  BOOST_TEST(taken.metadata().generation == 2u);
  run_for(1s);
  BOOST_TEST(std::count(told->events.begin(), told->events.end(), "conflict p1 expired_lease_steal") == 1);
}

BOOST_AUTO_TEST_CASE(without_messaging_a_fresh_lease_is_waited_for_and_life_is_noticed) {
  store owner = make_store();
  profile const p = open(owner);
  store players = make_store();
  time_point const began = time().now();
  auto const [ec, refused] = start(players);
  BOOST_TEST((ec == errc::lease_held));
  BOOST_TEST((ec == condition::conflict));
  BOOST_CHECK(time().now() - began <= 55s);  // the owner's renewal gives it away
  run_for(1s);
  BOOST_TEST(std::count(told->events.begin(), told->events.end(), "conflict p1 active_owner_confirmed") == 1);
  BOOST_TEST(p.is_active());
}

BOOST_AUTO_TEST_CASE(hooks_tell_what_an_operation_cost) {
  store players = make_store();
  backend->set_latency(20ms);
  profile p = open(players);
  p.edit()["Coins"] = 1;
  save(p);
  run_for(1s);
  BOOST_TEST_REQUIRE(told->load_stats.size() == 1u);
  BOOST_CHECK(told->load_stats[0].latency == 40ms);
  BOOST_TEST(told->load_stats[0].backend_calls == 2u);
  BOOST_TEST(told->load_stats[0].retries == 0u);
  BOOST_TEST_REQUIRE(told->save_stats.size() == 1u);
  BOOST_CHECK(told->save_stats[0].latency == 20ms);
  BOOST_TEST(told->save_stats[0].backend_calls == 1u);
  BOOST_TEST(told->save_stats[0].bytes == backend->puts.back().value.size());
}

BOOST_AUTO_TEST_CASE(a_throwing_hook_is_logged_and_harmless) {
  store_options o = options();
  o.hooks.on_load = [](auto, auto const&, auto const&) { throw std::runtime_error("hook says no"); };
  store players = make_store(std::move(o));
  profile p = open(players);
  p.edit()["Coins"] = 1;
  BOOST_TEST(!save(p).first);
  BOOST_TEST(count_log("hook says no") == 1u);
}

BOOST_AUTO_TEST_CASE(closing_saves_and_frees_everything) {
  store players = make_store();
  std::vector<profile> open_profiles;
  for (int i = 0; i < 100; ++i) {
    open_profiles.push_back(open(players, "p" + std::to_string(i)));
    if (i % 2) open_profiles.back().edit()["Coins"] = i;
  }
  backend->set_latency(10ms);
  auto const [ec, report] = close(players);
  BOOST_TEST(!ec);
  BOOST_TEST(report.all_saved());
  BOOST_TEST(report.profiles.size() == 100u);
  BOOST_TEST(backend->most_in_flight == 64u);
  for (int i = 0; i < 100; ++i) {
    auto const kept = stored("p" + std::to_string(i));
    BOOST_TEST((kept->head.lease.state == record::lease_state::released));
    BOOST_TEST(kept->data.at("Coins").to_number<int>() == (i % 2 ? i : 0));
  }
  BOOST_TEST((start(players).first == errc::shutting_down));
  BOOST_TEST(close(players).second.profiles.size() == 100u);
}

BOOST_AUTO_TEST_CASE(closing_passes_over_what_ends_by_itself) {
  store_options o = options();
  o.close.parallel = 1;
  store players = make_store(std::move(o));
  profile const a = open(players, "a"), b = open(players, "b"), c = open(players, "c");
  backend->set_latency(1s);
  std::optional<close_report> report;
  players.async_close([&](error_code, close_report r) { report = std::move(r); });
  run_for(10ms);
  backend->set_latency(10ms);
  BOOST_TEST(!release(b).first);  // while the release of `a` fills the only place
  run_for(2s);
  BOOST_TEST_REQUIRE(report.has_value());
  BOOST_TEST(report->all_saved());
}

BOOST_AUTO_TEST_CASE(closing_gives_up_at_its_deadline) {
  store players = make_store();
  profile p = open(players);
  p.edit()["Coins"] = 1;
  backend->always(fate::hang);
  time_point const began = time().now();
  auto const [ec, report] = close(players);
  BOOST_TEST((ec == errc::timeout));
  BOOST_CHECK(time().now() - began == 30s);
  BOOST_TEST(!report.all_saved());
  BOOST_TEST_REQUIRE(report.profiles.size() == 1u);
  BOOST_TEST((report.profiles[0].ec == errc::timeout));
  BOOST_TEST((report.profiles[0].receipt.outcome == save_outcome::indeterminate));
  BOOST_TEST_REQUIRE(!told->save_failures.empty());
  BOOST_TEST(!told->save_failures.back().will_retry);  // nobody may be there any more
  BOOST_TEST_REQUIRE(told->save_failures.back().unsaved.has_value());
  BOOST_TEST(told->save_failures.back().unsaved->at("Coins") == 1);
}

BOOST_AUTO_TEST_CASE(releases_go_on_after_the_deadline_of_closing) {
  store_options o = options();
  o.close.parallel = 1;
  store players = make_store(std::move(o));
  profile const a = open(players, "a"), b = open(players, "b");
  backend->always(fate::hang);
  BOOST_TEST((close(players).first == errc::timeout));
  backend->always(fate::pass);
  run_for(20s);
  for (auto const& p : {a, b}) BOOST_TEST((p.state() == session_state::released), p.key());
}

BOOST_AUTO_TEST_CASE(closing_cancels_starts) {
  store players = make_store();
  backend->set_latency(1s);
  error_code heard;
  players.async_start_session("p1", [&](error_code ec, profile) { heard = ec; });
  run_for(1500ms);
  auto const [ec, report] = close(players);
  BOOST_TEST(!ec);
  BOOST_TEST(report.cancelled_starts == 1u);
  BOOST_TEST((heard == errc::shutting_down));
  BOOST_TEST((stored()->head.lease.state == record::lease_state::released));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
