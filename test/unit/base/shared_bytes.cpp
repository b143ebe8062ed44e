#include "chronicle/shared_bytes.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace chronicle::test {
namespace {

std::string const long_bytes(1000, 'x');

BOOST_AUTO_TEST_SUITE(shared_byte_strings)

BOOST_AUTO_TEST_CASE(copies_share_what_was_moved_in) {
  std::string bytes = long_bytes;
  char const* const place = bytes.data();
  shared_bytes const first = std::move(bytes);
  shared_bytes const second = first;
  BOOST_TEST(static_cast<void const*>(first.data()) == static_cast<void const*>(place));
  BOOST_TEST(static_cast<void const*>(second.data()) == static_cast<void const*>(place));
  BOOST_TEST(second.view() == long_bytes);
  BOOST_TEST(second.str() == long_bytes);
}

BOOST_AUTO_TEST_CASE(without_bytes_it_is_empty) {
  BOOST_TEST(shared_bytes().empty());
  BOOST_TEST(shared_bytes("").empty());
  BOOST_TEST(shared_bytes().view() == "");
  BOOST_TEST(shared_bytes(std::string("\0", 1)).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
