#include "support/seed.hpp"

#include <boost/test/execution_monitor.hpp>
#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

namespace chronicle::test {
namespace {

namespace unit_test = boost::unit_test;

std::optional<std::uint64_t> number_from_environment(char const* name) {
  char const* const text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::stoull(text, nullptr, 0);
}

std::string how_to_replay(std::uint64_t seed) {
  auto const& suite = unit_test::framework::master_test_suite();
  return "CHRONICLE_SEED=" + std::to_string(seed) + " " +
         (suite.argc > 0 ? suite.argv[0] : "<this program>") +
         " --run_test=" + unit_test::framework::current_test_case().full_name();
}

/// Failures so far, those of checks and those of requirements alike.
std::size_t failures() {
  return unit_test::results_collector.results(unit_test::framework::current_test_case_id())
      .p_assertions_failed.get();
}

void run_one(std::uint64_t seed, std::function<void(std::uint64_t)> const& body) {
  std::string const replay = how_to_replay(seed);
  BOOST_TEST_CONTEXT("replay: " << replay) {
    try {
      body(seed);
    } catch (boost::execution_aborted const&) {
      throw;  // a failed requirement, which has been reported with its context
    } catch (...) {
      std::cerr << "an exception ended the test; replay: " << replay << '\n';
      throw;
    }
  }
}

}  // namespace

void for_each_seed(std::size_t count, std::function<void(std::uint64_t)> const& body) {
  if (auto const only = number_from_environment("CHRONICLE_SEED")) {
    run_one(*only, body);
    return;
  }
  std::uint64_t const last = number_from_environment("CHRONICLE_SEEDS").value_or(count);
  std::size_t const failed_before = failures();
  for (std::uint64_t seed = 1; seed <= last && failures() == failed_before; ++seed) run_one(seed, body);
}

}  // namespace chronicle::test
