// chronicle-kv is linearizable, key by key, on a bad network and with a storage that has bad days; and a
// server that is not so is noticed.
#include <boost/test/unit_test.hpp>
#include <map>
#include <sstream>

#include "linearizability/checker.hpp"
#include "linearizability/play.hpp"
#include "support/seed.hpp"

namespace chronicle::linearizability {
namespace {

#ifdef NDEBUG
constexpr std::size_t histories_in_memory = 1000;
constexpr std::size_t histories_in_sqlite = 200;
#else
constexpr std::size_t histories_in_memory = 60;
constexpr std::size_t histories_in_sqlite = 15;
#endif

void expect_linearizable(play_options const& options) {
  std::string const problem = find_problem(play(options));
  BOOST_TEST(problem.empty(), problem);
}

/// How many operations of each outcome there were.
std::map<outcome, std::size_t> count(std::vector<history> const& histories) {
  std::map<outcome, std::size_t> n;
  for (auto const& h : histories)
    for (auto const& o : h) ++n[o.came];
  return n;
}

BOOST_AUTO_TEST_SUITE(chronicle_kv)

BOOST_AUTO_TEST_CASE(is_linearizable_in_memory) {
  test::for_each_seed(histories_in_memory, [](std::uint64_t seed) {
    play_options o;
    o.seed = seed;
    expect_linearizable(o);
  });
}

BOOST_AUTO_TEST_CASE(is_linearizable_in_sqlite) {
  test::for_each_seed(histories_in_sqlite, [](std::uint64_t seed) {
    play_options o;
    o.seed = seed;
    o.storage = engine::sqlite;
    expect_linearizable(o);
  });
}

BOOST_AUTO_TEST_CASE(histories_are_eventful_and_the_same_for_the_same_seed) {
  for (auto const storage : {engine::memory, engine::sqlite}) {
    play_options o;
    o.storage = storage;
    auto const one = play(o);
    auto const again = play(o);
    std::ostringstream text, text_again;
    for (auto const& h : one) text << h;
    for (auto const& h : again) text_again << h;
    BOOST_TEST(text.str() == text_again.str());
    auto n = count(one);
    BOOST_TEST_MESSAGE("outcomes: seen " << n[outcome::seen] << ", applied " << n[outcome::applied]
                                         << ", refused " << n[outcome::refused] << ", unknown "
                                         << n[outcome::unknown] << ", none " << n[outcome::none]);
    for (auto const came :
         {outcome::seen, outcome::applied, outcome::refused, outcome::unknown, outcome::none})
      BOOST_TEST(n[came] >= 4U, "outcome " << static_cast<int>(came) << ": " << n[came]);
    BOOST_TEST(n[outcome::seen] + n[outcome::applied] + n[outcome::refused] >= 200U);
  }
}

BOOST_AUTO_TEST_CASE(broken_servers_are_caught) {
  for (auto const broken : every_broken_promise) {
    std::string problem;
    std::uint64_t seed = 0;
    while (problem.empty() && ++seed <= 100) {
      play_options o;
      o.seed = seed;
      o.broken = broken;
      problem = find_problem(play(o));
    }
    BOOST_TEST_MESSAGE(describe(broken) << ": caught by history " << seed << problem);
    BOOST_TEST(!problem.empty(), describe(broken) << ": not caught by 100 histories");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::linearizability
