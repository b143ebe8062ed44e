// Failures, latency and damage: at the rates asked for, the same for a seed, and never worse than promised.
#include <boost/asio/detached.hpp>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "chronicle/random_source.hpp"
#include "support/seed.hpp"
#include "support/teardown.hpp"
#include "unit/backend/simulation_fixture.hpp"

using namespace chronicle;
using namespace chronicle::test;

namespace {

/// Within five standard deviations of a binomial distribution.
bool plausible(int hits, int trials, double rate) {
  double const deviation = std::sqrt(trials * rate * (1 - rate));
  return std::abs(hits - trials * rate) <= 5 * deviation + 1;
}

simulation_options weather(double failure_rate, milliseconds latency = 0ms) {
  simulation_options o;
  o.failure_rate = failure_rate;
  o.latency = latency;
  return o;
}

struct cancelled_fixture : simulation_fixture {
  /// What an operation returns that is cancelled this long after it began.
  template <class T>
  T cancel_after(boot_clock::duration when, asio::awaitable<T> operation) {
    asio::cancellation_signal cancel;
    std::optional<T> outcome;
    asio::co_spawn(executor(), std::move(operation),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown, T value) {
                     BOOST_TEST(!thrown);
                     outcome.emplace(std::move(value));
                   }));
    run_for(when);
    cancel.emit(asio::cancellation_type::terminal);
    run_until([&] { return outcome.has_value(); });
    return std::move(*outcome);
  }
};

/// What 400 operations of all kinds on a few keys return, and when.
std::string play(simulation_options const& options) {
  simulation_fixture f;
  auto const backend = f.simulate(options);
  auto const random = make_seeded_random_source(99);
  std::map<std::string, version> last;
  std::ostringstream log;
  for (int i = 0; i < 400; ++i) {
    std::string const key = "Store/" + std::to_string(uniform_up_to(*random, 4));
    auto const known = last.find(key);
    auto const expected = known == last.end() ? std::nullopt : std::optional(known->second);
    log << i << " at " << f.time().now().time_since_epoch().count() << ": ";
    switch (uniform_up_to(*random, 3)) {
      case 0: {
        auto const read = f.run(backend->get(key));
        log << describe(read);
        if (read && *read) last[key] = (*read)->ver;
        break;
      }
      case 1: {
        auto const held = record::encode(held_by(key, "s", f.time().wall_now()), some_data());
        log << describe(f.put(*backend, key, held, expected));
        break;
      }
      case 2:
        if (expected) log << describe(f.run(backend->erase_if(key, *expected)));
        break;
      default: {
        auto const past = f.run(backend->history(key, "", 3));
        if (!past) log << past.error().message();
        if (past)
          for (auto const& e : past->items) log << e.ver.token << e.value;
      }
    }
    log << '\n';
  }
  return log.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(simulated_backends)

BOOST_AUTO_TEST_CASE(wrong_options_are_refused_by_name) {
  auto const refuses = [](simulation_options const& o, std::string_view name) {
    virtual_context f;
    try {
      make_simulated_backend(make_memory_backend(f.shared_time()), o, f.shared_time());
    } catch (std::invalid_argument const& e) {
      return std::string_view(e.what()).starts_with(name);
    }
    return false;
  };
  auto const with = [](auto member, auto value) {
    simulation_options o;
    o.*member = value;
    return o;
  };
  using o = simulation_options;
  BOOST_TEST(refuses(with(&o::failure_rate, 1.1), "failure_rate: must be 0 to 1"));
  BOOST_TEST(refuses(with(&o::failure_rate, std::nan("")), "failure_rate: must be 0 to 1"));
  BOOST_TEST(refuses(with(&o::corruption_rate, -0.1), "corruption_rate: must be 0 to 1"));
  BOOST_TEST(refuses(with(&o::lease_contention, 2), "lease_contention: must be 0 to 1"));
  BOOST_TEST(refuses(with(&o::messaging_failure, 2), "messaging_failure: must be 0 to 1"));
  BOOST_TEST(refuses(with(&o::latency, -1ms), "latency: must be 0 to 10 min"));
  BOOST_TEST(refuses(with(&o::latency, 11min), "latency: must be 0 to 10 min"));
  BOOST_TEST(find_problem(simulation_options()) == "");
}

BOOST_FIXTURE_TEST_CASE(fair_weather_changes_nothing, simulation_fixture) {
  auto const backend = simulate({});
  BOOST_TEST(describe(run(backend->get("k"))) == "absent");
  BOOST_TEST(describe(put(*backend, "k", "one", std::nullopt, "w1")) == "applied 1");
  BOOST_TEST(describe(put(*backend, "k", "one", std::nullopt, "w1")) == "applied 1");
  BOOST_TEST(describe(put(*backend, "k", "two", std::nullopt, "w2")) == "conflict 1");
  BOOST_TEST(describe(run(backend->get("k"))) == "1 one");
  BOOST_TEST(run(backend->list("", "", 10))->items.size() == 1u);
  BOOST_TEST(run(backend->history("k", "", 10))->items.size() == 1u);
  BOOST_TEST(describe(run(backend->erase_if("k", version("1")))) == "applied 2");
  BOOST_TEST(backend->caps().history);
  BOOST_TEST((time().now() == time_point{}));
}

BOOST_AUTO_TEST_CASE(one_seed_one_run) {
  simulation_options o = weather(0.3, 20ms);
  o.corruption_rate = 0.2;
  o.lease_contention = 0.5;
  std::string const first = play(o);
  BOOST_TEST((first == play(o)));
  o.seed = 2;
  BOOST_TEST((first != play(o)));
}

BOOST_FIXTURE_TEST_CASE(reads_fail_at_their_rate_and_in_every_way, simulation_fixture) {
  plant("k", "value");
  auto const backend = simulate(weather(0.1));
  constexpr int trials = 10'000;
  std::map<std::string, int> errors;
  int failed = 0;
  for (int i = 0; i < trials; ++i) {
    auto const read = run(backend->get("k"));
    if (read) continue;
    ++failed;
    ++errors[read.error().message()];
    BOOST_TEST(is_retryable(read.error()));
  }
  BOOST_TEST(plausible(failed, trials, 0.1), failed);
  BOOST_TEST(errors.size() == 4u);
  for (auto const& [what, count] : errors) BOOST_TEST(plausible(count, trials, 0.025), what << ": " << count);
}

BOOST_FIXTURE_TEST_CASE(listings_and_histories_fail_too, simulation_fixture) {
  auto const backend = simulate(weather(1));
  BOOST_TEST(!run(backend->list("", "", 10)));
  BOOST_TEST(!run(backend->history("k", "", 10)));
}

BOOST_FIXTURE_TEST_CASE(writes_fail_in_three_ways_and_tell_no_lies, simulation_fixture) {
  auto const backend = simulate(weather(0.3));
  constexpr int trials = 9'000;
  std::map<std::string, int> seen;
  std::optional<version> now;
  for (int i = 0; i < trials; ++i) {
    std::string const value = std::to_string(i);
    auto const outcome = put(*backend, "k", value, now);
    auto const stored = get(*memory, "k");
    bool const done = stored && stored->value == value;
    if (std::holds_alternative<applied>(outcome)) {
      BOOST_TEST(done);
      ++seen["applied"];
    } else if (auto const* refused = std::get_if<rejected>(&outcome)) {
      BOOST_TEST(!done);
      BOOST_TEST(refused->retry_after.has_value() == (refused->why == make_error_code(errc::throttled)));
      ++seen["refused"];
    } else {
      BOOST_REQUIRE(std::holds_alternative<indeterminate>(outcome));
      ++seen[done ? "applied but lost" : "lost"];
    }
    if (stored) now = stored->ver;
  }
  BOOST_TEST(plausible(seen["applied"], trials, 0.7), seen["applied"]);
  BOOST_TEST(plausible(seen["refused"], trials, 0.1), seen["refused"]);
  BOOST_TEST(plausible(seen["lost"], trials, 0.1), seen["lost"]);
  BOOST_TEST(plausible(seen["applied but lost"], trials, 0.1), seen["applied but lost"]);
}

BOOST_FIXTURE_TEST_CASE(erasing_fails_as_writing_does, simulation_fixture) {
  auto const backend = simulate(weather(1));
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    version const at = plant("k", "value");
    auto const outcome = run(backend->erase_if("k", at));
    bool const gone = !get(*memory, "k");
    BOOST_TEST(!std::holds_alternative<applied>(outcome));
    if (std::holds_alternative<rejected>(outcome)) BOOST_TEST(!gone);
    seen.insert(std::to_string(outcome.index()) + (gone ? " gone" : " there"));
  }
  BOOST_TEST(seen.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(every_operation_takes_its_latency, simulation_fixture) {
  auto const backend = simulate(weather(0, 101ms));
  auto const timed = [&](auto operation) {
    time_point const before = time().now();
    run(std::move(operation));
    return time().now() - before;
  };
  BOOST_TEST((timed(backend->get("k")) == 101ms));
  BOOST_TEST((timed(backend->put_if("k", "v", std::nullopt, "")) == 101ms));
  BOOST_TEST((timed(backend->erase_if("k", version("1"))) == 101ms));
  BOOST_TEST((timed(backend->list("", "", 1)) == 101ms));
  BOOST_TEST((timed(backend->history("k", "", 1)) == 101ms));
}

BOOST_FIXTURE_TEST_CASE(failing_takes_as_long, simulation_fixture) {
  auto const backend = simulate(weather(1, 100ms));
  run(backend->get("k"));
  run(backend->put_if("k", "v", std::nullopt, ""));
  BOOST_TEST((time().now() == time_point{200ms}));
}

BOOST_FIXTURE_TEST_CASE(cancelled_writes_say_what_became_of_them, cancelled_fixture) {
  auto const backend = simulate(weather(0, 100ms));
  auto const early = cancel_after(49ms, backend->put_if("early", "v", std::nullopt, ""));
  BOOST_TEST((time().now() == time_point{49ms}));
  BOOST_REQUIRE(std::holds_alternative<rejected>(early));
  BOOST_TEST(std::get<rejected>(early).why == asio::error::operation_aborted);
  BOOST_TEST(!get(*memory, "early"));

  auto const late = cancel_after(51ms, backend->put_if("late", "v", std::nullopt, ""));
  BOOST_REQUIRE(std::holds_alternative<indeterminate>(late));
  BOOST_TEST(get(*memory, "late").has_value());
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_read_is_aborted, cancelled_fixture) {
  auto const backend = simulate(weather(0, 100ms));
  auto const read = cancel_after(10ms, backend->get("k"));
  BOOST_TEST(read.error() == asio::error::operation_aborted);
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_target_decides, cancelled_fixture) {
  auto const slow = simulate(weather(0, 10min));
  auto const backend = make_simulated_backend(slow, weather(0, 100ms), shared_time());
  auto const written = cancel_after(1min, backend->put_if("k", "v", std::nullopt, ""));
  BOOST_TEST(describe(written) == "rejected " + error_code(asio::error::operation_aborted).message());
  auto const read = cancel_after(1min, backend->get("k"));
  BOOST_TEST(read.error() == asio::error::operation_aborted);
}

BOOST_FIXTURE_TEST_CASE(damage_comes_at_its_rate_and_never_passes_for_healthy, simulation_fixture) {
  std::string const healthy = record::encode(held_by("Store/k", "server", time().wall_now()), some_data());
  plant("Store/k", healthy);
  simulation_options o;
  o.corruption_rate = 0.2;
  auto const backend = simulate(o);
  constexpr int trials = 5'000;
  int damaged = 0;
  std::set<std::size_t> places;
  for (int i = 0; i < trials; ++i) {
    auto const read = get(*backend, "Store/k");
    BOOST_REQUIRE(read);
    if (read->value == healthy) continue;
    ++damaged;
    BOOST_TEST(!record::decode(read->value, "Store/k"), read->value);
    BOOST_TEST(read->value.size() == healthy.size());
    std::size_t const at = static_cast<std::size_t>(
        std::mismatch(healthy.begin(), healthy.end(), read->value.begin()).first - healthy.begin());
    BOOST_TEST(read->value.substr(at + 1) == healthy.substr(at + 1));  // one byte only
    places.insert(at);
  }
  BOOST_TEST(plausible(damaged, trials, 0.2), damaged);
  BOOST_TEST(places.size() > healthy.size() / 2);
  BOOST_TEST(get(*memory, "Store/k")->value == healthy);
}

BOOST_FIXTURE_TEST_CASE(conflicts_and_histories_are_damaged_too, simulation_fixture) {
  std::string const healthy = record::encode(held_by("Store/k", "server", time().wall_now()), some_data());
  plant("Store/k", healthy);
  simulation_options o;
  o.corruption_rate = 1;
  auto const backend = simulate(o);
  auto const outcome = put(*backend, "Store/k", "x", std::nullopt);
  BOOST_TEST(!record::decode(std::get<conflict>(outcome).current->value, "Store/k"));
  BOOST_TEST(!record::decode(run(backend->history("Store/k", "", 10))->items.at(0).value, "Store/k"));
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_damaged_does_not_hang, simulation_fixture) {
  plant("empty", "");
  plant("text", "no record at all");
  simulation_options o;
  o.corruption_rate = 1;
  auto const backend = simulate(o);
  BOOST_TEST(get(*backend, "empty")->value == "");
  BOOST_TEST(get(*backend, "text")->value != "no record at all");
  BOOST_TEST(describe(run(backend->get("absent"))) == "absent");
}

BOOST_AUTO_TEST_CASE(ends_cleanly_wherever_it_is_ended) {
  tear_down_at_every_event([](virtual_context& world) -> std::shared_ptr<void> {
    simulation_options o;
    o.latency = 10ms;
    o.lease_contention = 1;
    auto const backend =
        make_simulated_backend(make_memory_backend(world.shared_time()), o, world.shared_time());
    auto const script = [](std::shared_ptr<chronicle::backend> b) -> asio::awaitable<void> {
      for (int i = 0; i < 3; ++i) {
        auto reading = b->get("Store/k");
        co_await std::move(reading);
        auto writing = b->put_if("Store/k", "x", std::nullopt, "");
        co_await std::move(writing);
      }
    };
    asio::co_spawn(world.executor(), script(backend), asio::detached);
    return backend;
  });
}

BOOST_AUTO_TEST_SUITE_END()
