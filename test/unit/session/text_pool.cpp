#include "session/text_pool.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace chronicle::test {
namespace {

std::string make_text(std::size_t size) {
  return std::string(size, 'x');
}

BOOST_AUTO_TEST_SUITE(text_pools)

BOOST_AUTO_TEST_CASE(memory_is_used_again) {
  text_pool pool;
  std::string text = make_text(10'000);
  char const* const place = text.data();
  pool.give_back(std::move(text));
  std::string const again = pool.take(5'000);
  BOOST_TEST(static_cast<void const*>(again.data()) == static_cast<void const*>(place));
  BOOST_TEST(again.empty());
  BOOST_TEST(pool.take(5'000).capacity() >= 5'000u);  // of its own
}

BOOST_AUTO_TEST_CASE(there_is_always_as_much_room_as_asked_for) {
  text_pool pool;
  pool.give_back(make_text(1'000));
  BOOST_TEST(pool.take(2'000).capacity() >= 2'000u);
}

BOOST_AUTO_TEST_CASE(it_keeps_eight_megabytes_and_nothing_tiny) {
  text_pool pool;
  pool.give_back(make_text(100));
  BOOST_TEST(pool.take(0).capacity() < 100u);
  constexpr std::size_t megabyte = 1024 * 1024;
  for (int i = 0; i < 20; ++i) pool.give_back(make_text(megabyte));
  int kept = 0;
  while (pool.take(0).capacity() >= megabyte) ++kept;
  BOOST_TEST(kept >= 7);
  BOOST_TEST(kept <= 8);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
