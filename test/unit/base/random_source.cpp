#include "chronicle/random_source.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace chronicle::test {
namespace {

/// Gives out the numbers it was given.
class scripted final : public random_source {
 public:
  explicit scripted(std::vector<std::uint64_t> numbers) : numbers_(std::move(numbers)) {}
  std::uint64_t next() override { return numbers_.at(drawn_++); }
  std::size_t drawn() const { return drawn_; }

 private:
  std::vector<std::uint64_t> numbers_;
  std::size_t drawn_ = 0;
};

constexpr std::uint64_t largest = ~std::uint64_t{0};

BOOST_AUTO_TEST_SUITE(random_suite)

BOOST_AUTO_TEST_CASE(splitmix64_known_answers) {
  // Sebastiano Vigna's reference implementation (prng.di.unimi.it/splitmix64.c) with the seed 1234567.
  auto const random = make_seeded_random_source(1234567);
  for (std::uint64_t const expected : {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                       4593380528125082431U, 16408922859458223821U})
    BOOST_TEST(random->next() == expected);
  BOOST_TEST(make_seeded_random_source(0)->next() == 0xe220a8397b1dcdafU);
}

BOOST_AUTO_TEST_CASE(real_sources_differ) {
  BOOST_TEST(make_real_random_source()->next() != make_real_random_source()->next());
}

BOOST_AUTO_TEST_CASE(uniform_is_in_its_half_open_interval) {
  scripted random({0, largest, std::uint64_t{1} << 63, (std::uint64_t{1} << 11) - 1});
  BOOST_TEST(uniform(random) == 0.0);
  BOOST_TEST(uniform(random) == 1.0 - 0x1p-53);
  BOOST_TEST(uniform(random) == 0.5);
  BOOST_TEST(uniform(random) == 0.0);
}

BOOST_AUTO_TEST_CASE(uniform_up_to_includes_its_bounds) {
  auto const random = make_seeded_random_source(7);
  for (std::uint64_t const bound : {0U, 1U, 2U, 9U}) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(uniform_up_to(*random, bound));
    BOOST_TEST(seen.size() == bound + 1);
    BOOST_TEST(*seen.rbegin() == bound);
  }
}

BOOST_AUTO_TEST_CASE(uniform_up_to_takes_every_bound) {
  scripted whole({largest});
  BOOST_TEST(uniform_up_to(whole, largest) == largest);
  // 2^64 - 1 is no multiple of this range of 2^63 + 1: the upper half, but for one, is drawn again.
  scripted half({largest, (std::uint64_t{1} << 63) + 1, std::uint64_t{1} << 63});
  BOOST_TEST(uniform_up_to(half, std::uint64_t{1} << 63) == std::uint64_t{1} << 63);
  BOOST_TEST(half.drawn() == 3U);
  // 2^64 is a multiple of a power of two: nothing is ever drawn again.
  scripted power({largest});
  BOOST_TEST(uniform_up_to(power, 7) == 7U);
}

BOOST_AUTO_TEST_CASE(uniform_up_to_is_even) {
  auto const random = make_seeded_random_source(11);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) ++counts[uniform_up_to(*random, 5)];
  for (int const count : counts) BOOST_TEST((count > 9'700 && count < 10'300));  // 3.3 standard deviations
}

BOOST_AUTO_TEST_CASE(threads_share_a_source) {
  auto const random = make_seeded_random_source(1);
  std::vector<std::vector<std::uint64_t>> drawn(4);
  {
    std::vector<std::jthread> threads;
    for (auto& numbers : drawn)
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) numbers.push_back(random->next());
      });
  }
  std::set<std::uint64_t> together;
  for (auto const& numbers : drawn) together.insert(numbers.begin(), numbers.end());
  auto const again = make_seeded_random_source(1);
  std::set<std::uint64_t> expected;
  for (int i = 0; i < 4000; ++i) expected.insert(again->next());
  BOOST_TEST((together == expected));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ids)

bool is_uuid_version_4(std::string const& id) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    bool const dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (id[i] == '-')) return false;
    if (!dash && std::string_view("0123456789abcdef").find(id[i]) == std::string_view::npos) return false;
  }
  return id[14] == '4' && std::string_view("89ab").find(id[19]) != std::string_view::npos;
}

BOOST_AUTO_TEST_CASE(real_ids_are_uuids_and_unique) {
  auto const ids = make_real_id_source();
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    std::string const id = ids->make_id();
    BOOST_TEST(is_uuid_version_4(id), id);
    seen.insert(id);
  }
  BOOST_TEST(seen.size() == 1000U);
}

BOOST_AUTO_TEST_CASE(every_digit_that_may_vary_does) {
  auto const ids = make_seeded_id_source(3);
  std::vector<std::set<char>> digits(36);
  for (int i = 0; i < 2000; ++i) {
    std::string const id = ids->make_id();
    for (std::size_t at = 0; at < id.size(); ++at) digits[at].insert(id[at]);
  }
  for (std::size_t at = 0; at < digits.size(); ++at) {
    bool const fixed = at == 8 || at == 13 || at == 14 || at == 18 || at == 23;
    BOOST_TEST(digits[at].size() == (fixed ? 1U : at == 19 ? 4U : 16U));
  }
}

BOOST_AUTO_TEST_CASE(seeded_ids_are_replayable_and_differ_between_seeds) {
  auto const one = make_seeded_id_source(1), again = make_seeded_id_source(1), two = make_seeded_id_source(2);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    std::string const id = one->make_id();
    BOOST_TEST(is_uuid_version_4(id), id);
    BOOST_TEST(id == again->make_id());
    seen.insert(id);
    seen.insert(two->make_id());
  }
  BOOST_TEST(seen.size() == 2000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
