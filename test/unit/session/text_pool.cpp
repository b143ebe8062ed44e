#include "session/text_pool.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

namespace chronicle::test {
namespace {

std::string make_text(std::size_t size) {
  return std::string(size, 'x');
}

struct pool_fixture {
  std::shared_ptr<text_pool> pool = std::make_shared<text_pool>();
};

BOOST_FIXTURE_TEST_SUITE(text_pools, pool_fixture)

BOOST_AUTO_TEST_CASE(the_last_holder_gives_the_memory_back) {
  std::string text = make_text(10'000);
  char const* const place = text.data();
  shared_bytes first = pool->share(std::move(text));
  shared_bytes second = first;
  first = shared_bytes();
  BOOST_TEST(pool->take(0).capacity() < 10'000u);
  BOOST_TEST(second.view() == make_text(10'000));
  second = shared_bytes();
  std::string const again = pool->take(5'000);
  BOOST_TEST(static_cast<void const*>(again.data()) == static_cast<void const*>(place));
  BOOST_TEST(again.empty());
  BOOST_TEST(pool->take(5'000).capacity() >= 5'000u);  // of its own
}

BOOST_AUTO_TEST_CASE(a_text_may_outlive_the_pool) {
  shared_bytes const text = pool->share(make_text(10'000));
  pool.reset();
  BOOST_TEST(text.view() == make_text(10'000));
}

// The thread sanitizer is the judge here.
BOOST_AUTO_TEST_CASE(the_last_holder_may_be_another_thread) {
  for (int i = 0; i < 200; ++i) {
    std::string text = pool->take(1'000);
    text.assign(1'000, 'x');
    shared_bytes const mine = pool->share(std::move(text));
    std::thread other([theirs = mine]() mutable {
      BOOST_REQUIRE(theirs.view().back() == 'x');
      theirs = shared_bytes();
    });
    other.join();
  }
  std::vector<std::thread> others;
  for (int i = 0; i < 4; ++i)
    others.emplace_back([pool = pool] {
      for (int k = 0; k < 500; ++k) {
        std::string text = pool->take(1'000);
        text.assign(1'000, 'x');
        shared_bytes const one = pool->share(std::move(text));
        shared_bytes const two = one;
      }
    });
  for (auto& other : others) other.join();
  BOOST_TEST(pool->take(0).capacity() >= 1'000u);
}

BOOST_AUTO_TEST_CASE(there_is_always_as_much_room_as_asked_for) {
  pool->keep(make_text(1'000));
  BOOST_TEST(pool->take(2'000).capacity() >= 2'000u);
}

BOOST_AUTO_TEST_CASE(it_keeps_eight_megabytes_and_nothing_tiny) {
  pool->keep(make_text(100));
  BOOST_TEST(pool->take(0).capacity() < 100u);
  constexpr std::size_t megabyte = 1024 * 1024;
  for (int i = 0; i < 20; ++i) pool->keep(make_text(megabyte));
  int kept = 0;
  while (pool->take(0).capacity() >= megabyte) ++kept;
  BOOST_TEST(kept >= 7);
  BOOST_TEST(kept <= 8);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
