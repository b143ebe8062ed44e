// README's quick start, run.
#include <boost/test/unit_test.hpp>

#include "support/child_process.hpp"
#include "support/kv_process.hpp"

namespace chronicle::test {
namespace {

BOOST_AUTO_TEST_CASE(the_quick_start_keeps_its_promise) {
  kv_process kv({"--memory"});
  for (std::string const coins : {"100", "200"}) {
    child_process quickstart({QUICKSTART_PROGRAM, kv.url()});
    BOOST_TEST(quickstart.read_line() == "alice has " + coins + " coins");
    BOOST_TEST(quickstart.wait() == 0);
    BOOST_TEST(quickstart.read_errors() == "");
  }
}

BOOST_AUTO_TEST_CASE(the_quick_start_says_why_nobody_can_play) {
  child_process quickstart({QUICKSTART_PROGRAM, "http://127.0.0.1:1"});
  BOOST_TEST(quickstart.wait() == 0);
  BOOST_TEST(quickstart.read_errors().find("alice cannot play") != std::string::npos);
}

}  // namespace
}  // namespace chronicle::test
