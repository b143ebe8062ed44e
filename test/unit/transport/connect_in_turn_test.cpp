// Connecting to a host of several addresses, some of which are silent, slow or refuse, on virtual time.
#include "transport/connect_in_turn.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

#include "support/http_world.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;

/// Of every address it is known how long a connect takes.
struct several_addresses : test::virtual_context {
  std::map<std::string, boot_clock::duration> delays;
  memory_network network{[this](endpoint const& to) -> result<memory_link> {
    tried += to.host;
    memory_link link;
    link.time = shared_time();
    link.connect_delay = delays.at(to.host);
    return link;
  }};
  std::vector<std::unique_ptr<listener>> listening;
  std::string tried;

  void listen(std::string const& address) {
    listening.push_back(network.listen({address, 1}, executor()).value());
  }
  /// To a, b and c. "connected", or the error, and after how many milliseconds.
  auto start() {
    return test::start(executor(),
                       connect_in_turn(network, {{"a", 1}, {"b", 1}, {"c", 1}}, executor(), shared_time()));
  }
  std::string connect() {
    auto const began = time().now();
    auto const stream =
        run(connect_in_turn(network, {{"a", 1}, {"b", 1}, {"c", 1}}, executor(), shared_time()));
    auto const took = std::chrono::floor<milliseconds>(time().now() - began);
    return (stream ? "connected" : stream.error().message()) + " " + std::to_string(took.count());
  }
};

BOOST_FIXTURE_TEST_SUITE(addresses_of_one_host, several_addresses)

BOOST_AUTO_TEST_CASE(a_silent_address_does_not_hide_the_next) {
  delays = {{"a", 1h}, {"b", 10ms}, {"c", 10ms}};
  for (auto const* address : {"a", "b", "c"}) listen(address);
  BOOST_TEST(connect() == "connected 260");
  BOOST_TEST(tried == "ab");
  BOOST_TEST(time().pending_waits() == 0u);
}

BOOST_AUTO_TEST_CASE(an_address_that_refuses_is_passed_over_at_once) {
  delays = {{"a", 10ms}, {"b", 10ms}, {"c", 400ms}};
  listen("c");
  BOOST_TEST(connect() == "connected 420");  // the last one left has time
}

BOOST_AUTO_TEST_CASE(a_slow_address_is_reached_though_all_others_are_silent) {
  delays = {{"a", 900ms}, {"b", 1h}, {"c", 10ms}};
  listen("a");
  listen("b");  // and c refuses
  BOOST_TEST(connect() == "connected 2410");
  BOOST_TEST(tried == "abcaba");
}

BOOST_AUTO_TEST_CASE(where_all_refuse_the_last_refusal_is_the_error) {
  delays = {{"a", 10ms}, {"b", 10ms}, {"c", 10ms}};
  BOOST_TEST(connect() == error_code(asio::error::connection_refused).message() + " 30");
  BOOST_TEST(run(connect_in_turn(network, {}, executor(), shared_time())).error() ==
             error_code(asio::error::host_not_found));
}

BOOST_AUTO_TEST_CASE(a_cancelled_connect_tries_no_more) {
  delays = {{"a", 1h}, {"b", 10ms}, {"c", 10ms}};
  listen("a");
  auto const connecting = start();
  run_for(100ms);
  connecting->cancel.emit(asio::cancellation_type::terminal);
  run_for(1ms);
  BOOST_TEST_REQUIRE(connecting->outcome.has_value());
  BOOST_TEST(connecting->outcome->error() == error_code(asio::error::operation_aborted));
  BOOST_TEST(tried == "a");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
