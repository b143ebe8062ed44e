// What is said about store options that cannot work: which option, what it is, what it must be.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "chronicle/store.hpp"
#include "support/virtual_context.hpp"

namespace chronicle::test {
namespace {

using namespace std::chrono_literals;

using change = void (*)(store_options&);

struct wrong_option {
  change make;
  std::string text;
};

void check_texts(std::vector<wrong_option> const& rows) {
  for (auto const& row : rows) {
    store_options o;
    row.make(o);
    BOOST_TEST(find_problem(o) == row.text);
  }
}

void check_fine(std::vector<change> const& rows) {
  for (std::size_t n = 0; n < rows.size(); ++n) {
    store_options o;
    rows[n](o);
    BOOST_TEST_CONTEXT("row " << n) BOOST_TEST(find_problem(o) == "");
  }
}

BOOST_AUTO_TEST_SUITE(store_options_rules)

BOOST_AUTO_TEST_CASE(the_defaults_are_fine) {
  BOOST_TEST(find_problem(store_options()) == "");
}

BOOST_AUTO_TEST_CASE(lease) {
  check_texts({
      {[](auto& o) { o.lease.duration = 4999ms; }, "lease.duration: is 4999 ms, must be 5 s to 1 h"},
      {[](auto& o) { o.lease.duration = 1h + 1ms; }, "lease.duration: is 3600001 ms, must be 5 s to 1 h"},
      {[](auto& o) { o.lease.duration = 0s; }, "lease.duration: is 0 ms, must be 5 s to 1 h"},
      {[](auto& o) { o.lease.duration = -1min; }, "lease.duration: is -1 min, must be 5 s to 1 h"},
      {[](auto& o) { o.lease.renew_age = 70s; },
       "lease.renew_age: is 70 s, must be 1 ms to 59999 ms (below lease.duration)"},
      {[](auto& o) { o.lease.renew_age = 60s; },
       "lease.renew_age: is 1 min, must be 1 ms to 59999 ms (below lease.duration)"},
      {[](auto& o) { o.lease.duration = 30s; },
       "lease.renew_age: is 50 s, must be 1 ms to 29999 ms (below lease.duration)"},
      {[](auto& o) { o.lease.renew_age = 0s; },
       "lease.renew_age: is 0 ms, must be 1 ms to 59999 ms (below lease.duration)"},
      {[](auto& o) { o.lease.early_renew_age = 50s; },
       "lease.early_renew_age: is 50 s, must be 0 ms to 49999 ms (below lease.renew_age)"},
      {[](auto& o) { o.lease.early_renew_age = -1ms; },
       "lease.early_renew_age: is -1 ms, must be 0 ms to 49999 ms (below lease.renew_age)"},
      {[](auto& o) { o.lease.renew_jitter = 51s; },
       "lease.renew_jitter: is 51 s, must be 0 ms to 50 s (at most lease.renew_age)"},
      {[](auto& o) { o.lease.renew_jitter = -1s; },
       "lease.renew_jitter: is -1 s, must be 0 ms to 50 s (at most lease.renew_age)"},
      {[](auto& o) { o.lease.clock_rate_error = -0.01; },
       "lease.clock_rate_error: is -0.01, must be 0 to 0.5"},
      {[](auto& o) { o.lease.clock_rate_error = 0.5000001; },
       "lease.clock_rate_error: is 0.5000001, must be 0 to 0.5"},
      {[](auto& o) { o.lease.clock_rate_error = std::nan(""); },
       "lease.clock_rate_error: is nan, must be 0 to 0.5"},
      {[](auto& o) { o.lease.clock_rate_error = std::numeric_limits<double>::infinity(); },
       "lease.clock_rate_error: is inf, must be 0 to 0.5"},
      {[](auto& o) { o.lease.age_granularity = -1ms; },
       "lease.age_granularity: is -1 ms, must be 0 ms to 1 min"},
      {[](auto& o) { o.lease.age_granularity = 61s; },
       "lease.age_granularity: is 61 s, must be 0 ms to 1 min"},
      {[](auto& o) { o.lease.max_wall_clock_skew = -1ms; },
       "lease.max_wall_clock_skew: is -1 ms, must be 0 ms to 1 h"},
      {[](auto& o) { o.lease.max_wall_clock_skew = 2h; },
       "lease.max_wall_clock_skew: is 2 h, must be 0 ms to 1 h"},
  });
  check_fine({
      [](auto& o) { o.lease.duration = 1h; },
      [](auto& o) {
        o.lease.duration = 5s;
        o.lease.renew_age = 4999ms;
        o.lease.early_renew_age = 4998ms;
        o.lease.renew_jitter = 4999ms;
      },
      [](auto& o) {
        o.lease.renew_age = 1ms;
        o.lease.early_renew_age = 0ms;
        o.lease.renew_jitter = 0ms;
      },
      [](auto& o) { o.lease.clock_rate_error = 0; },
      [](auto& o) { o.lease.clock_rate_error = 0.5; },
      [](auto& o) { o.lease.age_granularity = 0ms; },
      [](auto& o) { o.lease.age_granularity = 1min; },
      [](auto& o) { o.lease.max_wall_clock_skew = 0ms; },
      [](auto& o) { o.lease.max_wall_clock_skew = 1h; },
  });
}

BOOST_AUTO_TEST_CASE(saving) {
  check_texts({
      {[](auto& o) { o.saving.quiet_period = 0s; }, "saving.quiet_period: is 0 ms, must be 1 ms to 1 h"},
      {[](auto& o) { o.saving.quiet_period = 90min; }, "saving.quiet_period: is 90 min, must be 1 ms to 1 h"},
      {[](auto& o) { o.saving.max_delay = 1999ms; },
       "saving.max_delay: is 1999 ms, must be 2 s to 24 h (at least saving.quiet_period)"},
      {[](auto& o) { o.saving.quiet_period = 1min; },
       "saving.max_delay: is 30 s, must be 1 min to 24 h (at least saving.quiet_period)"},
      {[](auto& o) { o.saving.max_delay = 25h; },
       "saving.max_delay: is 25 h, must be 2 s to 24 h (at least saving.quiet_period)"},
      {[](auto& o) { o.saving.jitter = 2001ms; },
       "saving.jitter: is 2001 ms, must be 0 ms to 2 s (at most saving.quiet_period)"},
      {[](auto& o) { o.saving.jitter = -1ms; },
       "saving.jitter: is -1 ms, must be 0 ms to 2 s (at most saving.quiet_period)"},
  });
  check_fine({
      [](auto& o) {
        o.saving.quiet_period = 1ms;
        o.saving.jitter = 1ms;
        o.saving.max_delay = 1ms;
      },
      [](auto& o) {
        o.saving.quiet_period = 1h;
        o.saving.max_delay = 24h;
      },
      [](auto& o) { o.saving.jitter = 0ms; },
  });
}

BOOST_AUTO_TEST_CASE(retry) {
  check_texts({
      {[](auto& o) { o.retry.attempt_timeout = 0s; },
       "retry.attempt_timeout: is 0 ms, must be 1 ms to 10 min"},
      {[](auto& o) { o.retry.attempt_timeout = 11min; },
       "retry.attempt_timeout: is 11 min, must be 1 ms to 10 min"},
      {[](auto& o) { o.retry.backoff_base = 0s; }, "retry.backoff_base: is 0 ms, must be 1 ms to 1 min"},
      {[](auto& o) { o.retry.backoff_base = 61s; }, "retry.backoff_base: is 61 s, must be 1 ms to 1 min"},
      {[](auto& o) { o.retry.backoff_cap = 99ms; },
       "retry.backoff_cap: is 99 ms, must be 100 ms to 1 h (at least retry.backoff_base)"},
      {[](auto& o) { o.retry.backoff_cap = 2h; },
       "retry.backoff_cap: is 2 h, must be 100 ms to 1 h (at least retry.backoff_base)"},
      {[](auto& o) { o.retry.upkeep_base = 0s; }, "retry.upkeep_base: is 0 ms, must be 1 ms to 1 min"},
      {[](auto& o) { o.retry.upkeep_base = 61s; }, "retry.upkeep_base: is 61 s, must be 1 ms to 1 min"},
      {[](auto& o) { o.retry.upkeep_cap = 999ms; },
       "retry.upkeep_cap: is 999 ms, must be 1 s to 1 h (at least retry.upkeep_base)"},
      {[](auto& o) { o.retry.upkeep_cap = 2h; },
       "retry.upkeep_cap: is 2 h, must be 1 s to 1 h (at least retry.upkeep_base)"},
      {[](auto& o) { o.retry.start_deadline = 0s; }, "retry.start_deadline: is 0 ms, must be 1 ms to 1 h"},
      {[](auto& o) { o.retry.start_deadline = 2h; }, "retry.start_deadline: is 2 h, must be 1 ms to 1 h"},
      {[](auto& o) { o.retry.save_deadline = 0s; }, "retry.save_deadline: is 0 ms, must be 1 ms to 1 h"},
      {[](auto& o) { o.retry.save_deadline = 2h; }, "retry.save_deadline: is 2 h, must be 1 ms to 1 h"},
      {[](auto& o) { o.retry.release_deadline = 0s; },
       "retry.release_deadline: is 0 ms, must be 1 ms to 1 h"},
      {[](auto& o) { o.retry.release_deadline = 2h; }, "retry.release_deadline: is 2 h, must be 1 ms to 1 h"},
  });
  check_fine({
      [](auto& o) {
        o.retry.attempt_timeout = 1ms;
        o.retry.backoff_base = 1ms;
        o.retry.backoff_cap = 1ms;
        o.retry.upkeep_base = 1ms;
        o.retry.upkeep_cap = 1ms;
        o.retry.start_deadline = 1ms;
        o.retry.save_deadline = 1ms;
        o.retry.release_deadline = 1ms;
      },
      [](auto& o) {
        o.retry.attempt_timeout = 10min;
        o.retry.backoff_base = 1min;
        o.retry.backoff_cap = 1h;
        o.retry.upkeep_base = 1min;
        o.retry.upkeep_cap = 1h;
        o.retry.start_deadline = 1h;
        o.retry.save_deadline = 1h;
        o.retry.release_deadline = 1h;
      },
  });
}

BOOST_AUTO_TEST_CASE(challenge_close_and_sizes) {
  check_texts({
      {[](auto& o) { o.challenge.window = 0s; }, "challenge.window: is 0 ms, must be 100 ms to 1 min"},
      {[](auto& o) { o.challenge.window = 99ms; }, "challenge.window: is 99 ms, must be 100 ms to 1 min"},
      {[](auto& o) { o.challenge.window = 61s; }, "challenge.window: is 61 s, must be 100 ms to 1 min"},
      {[](auto& o) { o.challenge.max_stall = 0s; }, "challenge.max_stall: is 0 ms, must be 1 ms to 1 min"},
      {[](auto& o) { o.challenge.max_stall = 2min; }, "challenge.max_stall: is 2 min, must be 1 ms to 1 min"},
      {[](auto& o) { o.close.deadline = 0s; }, "close.deadline: is 0 ms, must be 1 ms to 1 h"},
      {[](auto& o) { o.close.deadline = 2h; }, "close.deadline: is 2 h, must be 1 ms to 1 h"},
      {[](auto& o) { o.close.parallel = 0; }, "close.parallel: is 0, must be 1 to 10000"},
      {[](auto& o) { o.close.parallel = 10'001; }, "close.parallel: is 10001, must be 1 to 10000"},
      {[](auto& o) { o.max_record_bytes = 1023; }, "max_record_bytes: is 1023, must be 1024 to 67108864"},
      {[](auto& o) { o.max_record_bytes = 67'108'865; },
       "max_record_bytes: is 67108865, must be 1024 to 67108864"},
  });
  check_fine({
      [](auto& o) {
        o.challenge.window = 100ms;
        o.challenge.max_stall = 1ms;
        o.close.deadline = 1ms;
        o.close.parallel = 1;
        o.max_record_bytes = 1024;
      },
      [](auto& o) {
        o.challenge.window = 1min;
        o.challenge.max_stall = 1min;
        o.close.deadline = 1h;
        o.close.parallel = 10'000;
        o.max_record_bytes = 67'108'864;
      },
  });
}

BOOST_AUTO_TEST_CASE(server_name) {
  check_texts({
      {[](auto& o) { o.server_name = std::string(65, 'x'); },
       "server_name: has 65 bytes, must have at most 64"},
      {[](auto& o) { o.server_name = "lobby\xFF"; }, "server_name: is ill-formed at byte 5, must be UTF-8"},
  });
  check_fine({[](auto& o) { o.server_name = std::string(64, 'x'); }, [](auto& o) { o.server_name.clear(); },
              [](auto& o) { o.server_name = "K\xC3\xB6ln 3"; }});
}

BOOST_AUTO_TEST_CASE(options_within_options_are_named_in_full) {
  check_texts({
      {[](auto& o) { o.breaker.consecutive_failures = 0; },
       "breaker.consecutive_failures: must be 1 or more"},
      {[](auto& o) { o.breaker.window = 0s; }, "breaker.window: must be 1 s to 1 h"},
      {[](auto& o) { o.retry_budget.window = 0s; }, "retry_budget.window: must be 1 s to 1 h"},
      {[](auto& o) { o.retry_budget.ratio = -1; }, "retry_budget.ratio: must be 0 to 10"},
      {[](auto& o) {
         o.simulation.emplace();
         o.simulation->failure_rate = 1.1;
       },
       "simulation.failure_rate: must be 0 to 1"},
  });
}

BOOST_AUTO_TEST_CASE(the_template_is_named_by_path) {
  check_texts({
      {[](auto& o) { o.defaults["Rate"] = std::nan(""); },
       "defaults: $.Rate is NaN, which JSON cannot express"},
      {[](auto& o) {
         o.defaults["Items"] = boost::json::array{1, boost::json::object{{"Weight", HUGE_VAL}}};
       },
       "defaults: $.Items[1].Weight is an infinity, which JSON cannot express"},
      {[](auto& o) { o.defaults["Name"] = "\xFF"; }, "defaults: $.Name is not UTF-8"},
  });
  check_fine({[](auto& o) { o.defaults.clear(); },
              [](auto& o) {
                o.defaults = {{"Coins", 0}, {"Inventory", boost::json::array()}};
              }});
}

BOOST_AUTO_TEST_CASE(the_first_problem_is_the_one_named) {
  store_options o;
  o.lease.duration = 0s;
  o.challenge.window = 0s;
  BOOST_TEST(find_problem(o).substr(0, 15) == "lease.duration:");
  o.lease.duration = 60s;
  BOOST_TEST(find_problem(o).substr(0, 17) == "challenge.window:");
}

BOOST_FIXTURE_TEST_CASE(a_store_is_not_made_from_them, virtual_context) {
  store_options o;
  o.lease.renew_age = 70s;
  auto const says = [](std::string const& text) {
    return [text](std::invalid_argument const& e) {
      BOOST_TEST(e.what() == text);
      return true;
    };
  };
  BOOST_CHECK_EXCEPTION(
      store(executor(), "Players", o), std::invalid_argument,
      says("chronicle::store: lease.renew_age: is 70 s, must be 1 ms to 59999 ms (below lease.duration)"));
  for (std::string const& name : {std::string(), std::string("a/b"), std::string("nul\0", 4),
                                  std::string("\xFF"), std::string(65, 'x')})
    BOOST_CHECK_EXCEPTION(store(executor(), name, store_options()), std::invalid_argument,
                          says("chronicle::store: name: must be 1 to 64 bytes of UTF-8 without '/' and NUL"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
