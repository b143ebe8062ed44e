// Outages: the breaker, lapsed leases that come back, and a fleet that does not storm a recovering backend.
#include <boost/test/unit_test.hpp>
#include <map>
#include <stdexcept>

#include "base/waiting.hpp"
#include "support/fleet.hpp"
#include "support/forwarding_backend.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

struct outage_fixture : fleet {
  store_options with_circuit_hooks() {
    store_options o = options();
    o.hooks.on_circuit_open = [told = told](std::string_view reason, circuit_stats const& stats) {
      told->events.push_back("open " + std::string(reason) + " " +
                             std::to_string(stats.consecutive_failures));
    };
    o.hooks.on_circuit_half_open = [told = told](circuit_stats const&) {
      told->events.push_back("half_open");
    };
    o.hooks.on_circuit_close = [told = told](circuit_stats const&) { told->events.push_back("close"); };
    return o;
  }
  // Fails starts until the circuit is open.
  void open_circuit(store& s) {
    backend->always(fate::reject);
    for (int i = 0; i < 5; ++i) s.async_start_session("x" + std::to_string(i), [](error_code, profile) {});
    run_for(1s);
  }
  std::size_t requests() const { return backend->gets + backend->puts.size(); }
};

/// One that somebody has written: its reads play with the cancellation of the coroutine that they find
/// themselves in, and while it is stuck a write ends by what Asio throws after a cancellation, and not else.
class careless_backend final : public forwarding_backend {
 public:
  careless_backend(std::shared_ptr<chronicle::backend> inner, std::shared_ptr<time_source> time)
      : forwarding_backend(std::move(inner)), time_(std::move(time)) {}

  bool stuck = false;

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    auto reading = inner().get(std::move(key));
    co_return co_await std::move(reading);
  }
  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    auto const executor = co_await asio::this_coro::executor;
    while (stuck) {
      auto waiting = async_wait_until(*time_, time_->now() + 1h, executor, asio::as_tuple(asio::deferred));
      co_await std::move(waiting);
    }
    auto writing = inner().put_if(std::move(key), std::move(value), std::move(expected), std::move(write_id));
    co_return co_await std::move(writing);
  }

 private:
  std::shared_ptr<time_source> time_;
};

/// Its operations are plain functions that may throw before they have made a coroutine.
class hasty_backend final : public forwarding_backend {
 public:
  using forwarding_backend::forwarding_backend;

  bool broken = false;

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    if (broken) throw std::runtime_error("before the read");
    return forwarding_backend::get(std::move(key));
  }
  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    if (broken) throw std::runtime_error("before the write");
    return forwarding_backend::put_if(std::move(key), std::move(value), std::move(expected),
                                      std::move(write_id));
  }
};

/// Asks to wait while it is `busy`.
class busy_backend final : public forwarding_backend {
 public:
  using forwarding_backend::forwarding_backend;

  bool busy = false;
  milliseconds how_long = 1h;
  std::size_t asked = 0;  // while busy

  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    asked += busy;
    if (busy) co_return put_result(rejected(make_error_code(errc::throttled), how_long));
    auto writing = inner().put_if(std::move(key), std::move(value), std::move(expected), std::move(write_id));
    co_return co_await std::move(writing);
  }
};

/// Fails when it is asked for the id of a session.
class failing_ids final : public id_source {
 public:
  std::string make_id() override {
    if (made_++ > 0) throw std::runtime_error("no more ids");
    return "server";
  }

 private:
  int made_ = 0;
};

BOOST_FIXTURE_TEST_SUITE(outages, outage_fixture)

BOOST_AUTO_TEST_CASE(a_backend_that_throws_without_a_coroutine_is_one_that_throws) {
  auto const hasty = std::make_shared<hasty_backend>(storage);
  store_options o = options();
  o.backend = hasty;
  store players = make_store(std::move(o));
  hasty->broken = true;
  BOOST_TEST((start(players).first == errc::internal_error));
  hasty->broken = false;
  profile p = open(players);
  p.edit()["Coins"] = 1;
  hasty->broken = true;
  BOOST_TEST((save(p).first == errc::indeterminate));
  hasty->broken = false;
  BOOST_TEST(!release(p).first);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(a_start_that_nobody_expected_to_throw_ends_and_blocks_nothing) {
  store_options o = options();
  o.ids = std::make_shared<failing_ids>();
  store players = make_store(std::move(o));
  BOOST_TEST((start(players).first == errc::internal_error));
  BOOST_TEST(count_log("no more ids") == 1u);
  BOOST_TEST((start(players).first == errc::internal_error));
  BOOST_TEST(players.metrics().sessions.starting == 0u);
  BOOST_TEST(!close(players).first);
}

BOOST_AUTO_TEST_CASE(a_lease_is_not_lost_by_waiting_for_as_long_as_a_backend_asks) {
  auto const busy = std::make_shared<busy_backend>(storage);
  store_options o = options();
  o.backend = busy;
  store players = make_store(std::move(o));
  profile p = open(players);
  busy->busy = true;
  p.edit()["Coins"] = 1;
  run_for(45s);
  BOOST_TEST(busy->asked == 1u);
  busy->busy = false;
  run_for(10s);
  BOOST_TEST(p.is_active());
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(a_backend_that_asks_to_wait_for_ever_is_not_asked_for_ever) {
  auto const busy = std::make_shared<busy_backend>(storage);
  busy->how_long = 300 * std::chrono::years(1);
  store_options o = options();
  o.backend = busy;
  store players = make_store(std::move(o));
  profile const p = open(players);
  busy->busy = true;
  run_for(10min);
  BOOST_TEST(busy->asked > 5u);
  BOOST_TEST(busy->asked < 30u);
  busy->busy = false;
}

/// Cannot be found while it is `gone`.
class lost_backend final : public forwarding_backend {
 public:
  using forwarding_backend::forwarding_backend;

  bool gone = false;

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    if (gone) co_return error_code(asio::error::host_not_found);
    auto reading = inner().get(std::move(key));
    co_return co_await std::move(reading);
  }
};

BOOST_AUTO_TEST_CASE(a_name_that_cannot_be_resolved_is_an_outage_like_another) {
  auto const lost = std::make_shared<lost_backend>(storage);
  store_options o = options();
  o.backend = lost;
  o.retry.start_deadline = 2s;
  o.fallback = fallback_policy::always;
  store players = make_store(std::move(o));
  lost->gone = true;
  std::optional<profile> opened;
  players.async_start_session("p1", [&](error_code, profile p) { opened = std::move(p); });
  run_for(300ms);
  lost->gone = false;
  run_until([&] { return opened.has_value(); });
  BOOST_TEST(!opened->is_simulated());
  BOOST_TEST(!release(*opened).first);
  lost->gone = true;
  BOOST_TEST(open(players).is_simulated());
}

BOOST_AUTO_TEST_CASE(what_a_backend_does_to_its_coroutine_ends_with_its_request) {
  auto const careless = std::make_shared<careless_backend>(storage, shared_time());
  store_options o = options();
  o.backend = careless;
  store players = make_store(std::move(o));
  careless->stuck = true;
  time_point const began = time().now();
  BOOST_TEST((start(players).first == errc::indeterminate));
  BOOST_CHECK(time().now() - began < 95s);
  BOOST_TEST(players.metrics().backend.failures > 0u);  // time-outs, whatever it threw
  careless->stuck = false;
  run_for(5min);
  profile p = open(players);
  p.edit()["Coins"] = 1;
  BOOST_TEST(!release(p).first);
}

BOOST_AUTO_TEST_CASE(five_failures_open_the_circuit_and_starts_fail_fast) {
  store players = make_store(with_circuit_hooks());
  BOOST_TEST((players.status().mode == store_mode::production));
  open_circuit(players);
  BOOST_TEST(told->events.front() == "open consecutive_failures 5");
  BOOST_TEST(!players.is_available());
  BOOST_TEST((players.status().mode == store_mode::unavailable));
  std::size_t const before = requests();
  time_point const began = time().now();
  BOOST_TEST((start(players).first == errc::circuit_open));
  BOOST_CHECK(time().now() == began);
  BOOST_TEST(requests() == before);
  BOOST_TEST(players.metrics().circuit_changes.open == 1u);
  BOOST_TEST((players.metrics().circuit == circuit_state::open));
}

BOOST_AUTO_TEST_CASE(a_probe_closes_the_circuit_after_thirty_seconds) {
  store players = make_store(with_circuit_hooks());
  open_circuit(players);
  backend->always(fate::pass);
  run_for(28s);
  BOOST_TEST((start(players).first == errc::circuit_open));
  run_for(2s);
  BOOST_TEST(!start(players).first);
  run_for(1s);
  std::vector<std::string> const expected{"open consecutive_failures 5", "half_open", "close", "load p1"};
  BOOST_CHECK_EQUAL_COLLECTIONS(told->events.begin(), told->events.end(), expected.begin(), expected.end());
  BOOST_TEST(players.is_available());
}

BOOST_AUTO_TEST_CASE(stores_on_one_backend_share_its_breaker) {
  store one = make_store(), other = make_store();
  open_circuit(one);
  BOOST_TEST((start(other).first == errc::circuit_open));
}

BOOST_AUTO_TEST_CASE(conflicts_and_absent_keys_are_no_failures) {
  store players = make_store();
  for (int i = 0; i < 20; ++i) {
    backend->next_puts({fate::duplicate});
    BOOST_TEST(!start(players, "k" + std::to_string(i)).first);
  }
  BOOST_TEST(players.metrics().backend.failures == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_dirty_is_dropped_in_an_outage_of_ten_minutes) {
  store players = make_store();
  profile p = open(players);
  p.edit()["Coins"] = 1;
  backend->always(fate::hang);
  for (int i = 2; i <= 100; ++i) {
    run_for(6s);
    p.edit()["Coins"] = i;
  }
  BOOST_TEST((p.state() == session_state::lapsed));
  backend->always(fate::pass);
  run_for(301s + 61s);
  BOOST_TEST(p.is_active());
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 100);
  BOOST_TEST(count_log("event=lease_lapsed") == 1u);
}

BOOST_AUTO_TEST_CASE(the_critical_lane_lets_a_release_probe_while_open) {
  store players = make_store();
  profile p = open(players);
  p.edit()["Coins"] = 9;
  open_circuit(players);
  backend->always(fate::pass);
  auto const [ec, receipt] = release(p);
  BOOST_TEST(!ec);
  BOOST_TEST(stored()->data.at("Coins").to_number<int>() == 9);
}

BOOST_AUTO_TEST_CASE(leases_of_one_age_all_outlive_an_open_circuit) {
  store_options o = options();
  o.retry.jitter = true;
  store players = make_store(std::move(o));
  std::vector<profile> all;
  for (char const* key : {"a", "b", "c"}) all.push_back(open(players, key));
  run_for(35s);
  open_circuit(players);
  backend->always(fate::pass);
  for (int second = 0; second < 40; ++second) {
    run_for(1s);
    for (auto const& p : all) BOOST_TEST_REQUIRE(p.is_active(), p.key() << " after " << second << " s");
  }
}

BOOST_AUTO_TEST_CASE(a_renewal_that_becomes_urgent_goes_on_in_the_critical_lane) {
  store_options o = options();
  o.breaker.consecutive_failures = 1;
  store players = make_store(std::move(o));
  profile const p = open(players);
  backend->set_latency(2900ms);
  backend->next_puts({fate::lose_request});
  run_until([&] { return backend->puts.size() == 2; });
  backend->set_latency(10ms);
  for (int second = 0; second < 30; ++second) {
    run_for(1s);
    BOOST_TEST_REQUIRE(p.is_active(), second << " s after the renewal that opened the circuit was begun");
  }
}

BOOST_AUTO_TEST_CASE(retries_of_starts_stay_within_their_budget) {
  store_options o = options();
  o.breaker.consecutive_failures = 1'000'000;
  o.breaker.minimum_samples = 1'000'000;
  o.retry.jitter = true;
  o.retry.start_deadline = 20s;
  store players = make_store(std::move(o));
  backend->always(fate::reject);
  int ended = 0;
  for (int i = 0; i < 1000; ++i)
    players.async_start_session("k" + std::to_string(i), [&](error_code, profile) { ++ended; });
  run_until([&] { return ended == 1000; });
  // 1000 first attempts, 20 % of them again, and two a second.
  BOOST_TEST(backend->gets <= 1000u + 200u + 2u * 30u);
  BOOST_TEST(players.metrics().backend.retries_denied > 0u);
}

BOOST_AUTO_TEST_CASE(a_fleet_of_ten_thousand_does_not_storm_a_recovering_backend) {
  constexpr int fleet_size = 10'000;
  store_options o = options();
  o.lease.renew_jitter = 2s;
  o.saving.jitter = 200ms;
  o.retry.jitter = true;
  o.log = {};
  o.hooks = {};
  store players = make_store(std::move(o));
  std::vector<profile> sessions(fleet_size);
  int opened = 0;
  for (int i = 0; i < fleet_size; ++i) {  // they join over a lease's time, as players do
    players.async_start_session("p" + std::to_string(i), [&, i](error_code, profile p) {
      sessions[static_cast<std::size_t>(i)] = std::move(p);
      ++opened;
    });
    run_for(5ms);
  }
  BOOST_TEST(opened == fleet_size);
  run_for(1min);
  backend->set_latency(5ms);

  auto const requests_in = [&](boot_clock::duration span) {
    std::size_t const before = requests();
    run_for(span);
    return requests() - before;
  };
  double const steady = static_cast<double>(requests_in(50s)) / 50;
  std::map<int, int> acknowledged;
  for (int i = 0; i < fleet_size; i += 100) {
    sessions[static_cast<std::size_t>(i)].edit()["Coins"] = i;
    if (!save(sessions[static_cast<std::size_t>(i)]).first) acknowledged[i] = i;
  }
  run_for(1min);

  backend->always(fate::reject);
  run_for(60s);
  backend->always(fate::pass);
  std::size_t peak = 0;
  for (int second = 0; second < 150; ++second) peak = std::max(peak, requests_in(1s));
  BOOST_TEST_MESSAGE("steady " << steady << " requests a second, peak after recovery " << peak);
  BOOST_TEST(static_cast<double>(peak) <= 3 * steady);
  int active = 0;
  for (auto const& p : sessions) active += p.is_active();
  BOOST_TEST(active == fleet_size);
  for (auto const& [i, coins] : acknowledged)
    BOOST_TEST(stored("p" + std::to_string(i))->data.at("Coins").to_number<int>() == coins);
  auto const [ec, report] = close(players);
  BOOST_TEST(!ec);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(simulation_mode, fleet)

BOOST_AUTO_TEST_CASE(a_store_without_a_backend_simulates_and_says_so) {
  store_options o = options();
  o.backend = nullptr;
  store players = make_store(std::move(o));
  BOOST_TEST((players.status().mode == store_mode::simulation));
  BOOST_TEST(players.is_available());
  BOOST_TEST(count_log("event=simulation_mode") == 1u);
  profile p = open(players);
  BOOST_TEST(p.is_simulated());
  p.edit()["Coins"] = 3;
  BOOST_TEST(!release(p).first);
  BOOST_TEST(open(players).data().at("Coins").to_number<int>() == 3);
  BOOST_TEST(backend->gets + backend->puts.size() == 0u);
}

BOOST_AUTO_TEST_CASE(simulation_never_touches_the_configured_backend) {
  store_options o = options();
  o.simulation.emplace();
  store players = make_store(std::move(o));
  BOOST_TEST(open(players).is_simulated());
  BOOST_TEST(backend->gets + backend->puts.size() == 0u);
}

BOOST_AUTO_TEST_CASE(an_unreachable_backend_fails_clearly_by_default) {
  store_options o = options();
  o.retry.start_deadline = 5s;
  store players = make_store(std::move(o));
  backend->always(fate::reject);
  auto const [ec, none] = start(players);
  BOOST_TEST((ec == errc::backend_unavailable || ec == errc::circuit_open));
  BOOST_TEST((players.status().mode == store_mode::unavailable));
}

BOOST_AUTO_TEST_CASE(fallback_always_gives_a_profile_that_never_reaches_the_backend) {
  store_options o = options();
  o.retry.start_deadline = 5s;
  o.fallback = fallback_policy::always;
  store players = make_store(std::move(o));
  profile const real = open(players, "real");
  BOOST_TEST(!real.is_simulated());
  backend->always(fate::reject);
  profile p = open(players);
  BOOST_TEST(p.is_simulated());
  BOOST_TEST(count_log("event=simulated_profile") == 1u);
  backend->always(fate::pass);
  p.edit()["Coins"] = 1;
  run_for(10min);
  BOOST_TEST(!release(p).first);
  BOOST_TEST(!stored().has_value());
  for (auto const& put : backend->puts) BOOST_TEST(put.key == "PlayerData/real");
  run_for(40s);
  BOOST_TEST(!open(players).is_simulated());
}

BOOST_AUTO_TEST_CASE(corruption_is_reported_and_never_handed_to_the_game) {
  store_options o = options();
  o.simulation.emplace();
  o.simulation->corruption_rate = 0.5;
  store players = make_store(std::move(o));
  int corrupt = 0;
  for (int i = 0; i < 100; ++i) {
    auto [ec, p] = start(players);
    if (ec) {
      BOOST_TEST((ec == errc::corrupted_record));
      ++corrupt;
      continue;
    }
    BOOST_TEST(p.data().at("Level").to_number<int>() == 1);
    p.edit()["Coins"] = i;
    release(p);
  }
  run_for(1s);
  BOOST_TEST(corrupt > 10);
  BOOST_TEST(told->corruptions.size() >= static_cast<std::size_t>(corrupt));
}

BOOST_AUTO_TEST_CASE(bad_weather_is_survived_and_the_same_for_the_same_seed) {
  auto const play = [](std::uint64_t seed) {
    fleet stage;
    store_options o = stage.options();
    o.simulation.emplace();
    o.simulation->failure_rate = 0.2;
    o.simulation->latency = 50ms;
    o.simulation->lease_contention = 0.3;
    o.simulation->seed = seed;
    store players = stage.make_store(std::move(o));
    int confirmed = -1;
    for (int i = 0; i < 30; ++i) {
      auto [ec, p] = stage.start(players);
      if (ec) {
        stage.run_for(10s);
        continue;
      }
      if (p.data().at("Coins").to_number<int>() < confirmed) BOOST_ERROR("rolled back, seed " << seed);
      p.edit()["Coins"] = i;
      if (!stage.release(p).first) confirmed = i;
    }
    std::string log;
    for (auto const& line : stage.told->log_lines) log += line + "\n";
    return log;
  };
  BOOST_TEST((play(1) == play(1)));
  BOOST_TEST((play(1) != play(2)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(observability, fleet)

BOOST_AUTO_TEST_CASE(metrics_count_what_happens) {
  store players = make_store();
  profile p = open(players);
  p.edit()["Coins"] = 1;
  save(p);
  run_for(51s);
  auto const busy = players.metrics();
  BOOST_TEST(busy.store == "PlayerData");
  BOOST_TEST(busy.starts.loaded == 1u);
  BOOST_TEST(busy.saves.saved == 1u);
  BOOST_TEST(busy.renewals.saved == 1u);
  BOOST_TEST(busy.sessions.active == 1u);
  BOOST_TEST(busy.backend.get.count() == 1u);
  BOOST_TEST(busy.backend.put.count() == 3u);
  BOOST_TEST(busy.backend.bytes_written > 0u);
  release(p);
  auto const quiet = players.metrics();
  BOOST_TEST(quiet.releases.saved == 1u);
  BOOST_TEST(quiet.sessions.active == 0u);
  std::string const page = render_prometheus(quiet);
  BOOST_TEST(page.find("store=\"PlayerData\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_player_data_gets_into_the_log) {
  store players = make_store();
  profile p = open(players);
  p.edit()["Secret"] = "hunter2";
  save(p);
  p.edit()["Secret"] = std::string("\xff");
  save(p);
  release(p);
  BOOST_TEST(count_log("hunter2") == 0u);
  BOOST_TEST(count_log("event=saved") == 1u);
  for (auto const& line : told->log_lines) BOOST_TEST(line.starts_with("[ChronicleStore] event="));
}

BOOST_AUTO_TEST_CASE(a_hook_may_start_operations_of_its_own) {
  store_options o = options();
  std::optional<store> players;
  int loads = 0;
  o.hooks.on_load = [&](std::string_view key, auto const&, auto const&) {
    if (++loads == 1)
      players->async_start_session("friend of " + std::string(key), [](error_code, profile) {});
  };
  players.emplace(make_store(std::move(o)));
  profile const p = open(*players);
  run_for(1s);
  BOOST_TEST(loads == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
