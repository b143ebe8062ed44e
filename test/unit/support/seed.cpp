#include "support/seed.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <vector>

namespace chronicle::test {
namespace {

/// Sets or removes an environment variable for as long as it lives.
class with_environment {
 public:
  with_environment(char const* name, char const* value) : name_(name) {
    if (char const* const old = std::getenv(name)) old_ = old;
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }
  ~with_environment() { old_.empty() ? ::unsetenv(name_) : ::setenv(name_, old_.c_str(), 1); }
  with_environment(with_environment const&) = delete;
  with_environment& operator=(with_environment const&) = delete;

 private:
  char const* name_;
  std::string old_;
};

std::vector<std::uint64_t> seeds_called(std::size_t count) {
  std::vector<std::uint64_t> seeds;
  for_each_seed(count, [&](std::uint64_t seed) { seeds.push_back(seed); });
  return seeds;
}

BOOST_AUTO_TEST_SUITE(seed_suite)

BOOST_AUTO_TEST_CASE(seeds_are_the_same_every_time) {
  with_environment const none("CHRONICLE_SEED", nullptr);
  with_environment const none_either("CHRONICLE_SEEDS", nullptr);
  auto const expected = std::vector<std::uint64_t>{1, 2, 3};
  BOOST_TEST(seeds_called(3) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_environment_asks_for_one_seed_or_for_many) {
  with_environment const none("CHRONICLE_SEED", nullptr);
  {
    with_environment const more("CHRONICLE_SEEDS", "5");
    BOOST_TEST(seeds_called(3).size() == 5U);
  }
  with_environment const one("CHRONICLE_SEED", "0x2a");
  auto const expected = std::vector<std::uint64_t>{42};
  BOOST_TEST(seeds_called(3) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_exception_ends_the_run) {
  int calls = 0;
  auto const body = [&](std::uint64_t) { throw std::runtime_error(std::to_string(++calls)); };
  BOOST_CHECK_THROW(for_each_seed(3, body), std::runtime_error);
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
