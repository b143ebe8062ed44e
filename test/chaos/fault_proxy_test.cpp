// The proxy of the chaos test does to requests what it is told to, and nothing else.
#include "chaos/fault_proxy.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

namespace chronicle::chaos {
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<void> answer_requests(tcp::socket socket, std::vector<std::string>& heard) {
  std::string received;
  while (true) {
    auto reading = asio::async_read_until(socket, asio::dynamic_buffer(received), "!", asio::use_awaitable);
    auto const size = co_await std::move(reading);
    heard.push_back(received.substr(0, size));
    received.erase(0, size);
    std::string const answer =
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + std::to_string(heard.size()) + "..";
    auto writing = asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
    co_await std::move(writing);
  }
}

asio::awaitable<void> serve(tcp::acceptor& acceptor, std::vector<std::string>& heard) {
  while (true) {
    auto accepting = acceptor.async_accept(asio::use_awaitable);
    auto socket = co_await std::move(accepting);
    asio::co_spawn(acceptor.get_executor(), answer_requests(std::move(socket), heard), asio::detached);
  }
}

/// A client, the proxy and a server that answers with the number of requests it has heard.
struct proxy_fixture {
  asio::io_context context;
  std::vector<std::string> heard;
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  fault_proxy proxy{context.get_executor(), make_real_time_source(), acceptor.local_endpoint().port(), 1};
  tcp::socket client{context};

  proxy_fixture() {
    asio::co_spawn(context, serve(acceptor, heard), asio::detached);
    connect();
  }
  void connect() {
    client = tcp::socket(context);
    client.connect({asio::ip::address_v4::loopback(), proxy.port()});
  }
  void set(double fault_rates::*rate, milliseconds delay = 50ms) {
    fault_rates rates;
    rates.longest_delay = delay;
    rates.*rate = 1;
    proxy.set_rates(rates);
  }

  /// Sends a request; its answer, or "" when the connection was cut.
  std::string ask(std::string const& body = "hello!") {
    std::string const request =
        "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    asio::write(client, asio::buffer(request));
    std::string answer;
    bool ended = false;
    asio::async_read_until(client, asio::dynamic_buffer(answer), "..",
                           [&](error_code, std::size_t) { ended = true; });
    context.restart();
    while (!ended) context.run_one();
    return answer.empty() ? answer : answer.substr(answer.rfind('\n') + 1);
  }
  void wait_for_requests(std::size_t count) {
    context.restart();
    while (heard.size() < count) context.run_one();
  }
};

BOOST_FIXTURE_TEST_SUITE(fault_proxies, proxy_fixture)

BOOST_AUTO_TEST_CASE(requests_pass_one_after_the_other) {
  BOOST_TEST(ask() == "1..");
  BOOST_TEST(ask(std::string(100'000, 'x') + "!") == "2..");
  BOOST_TEST(heard[1].ends_with(std::string(100'000, 'x') + "!"));
  BOOST_TEST(proxy.counts().passed == 2u);
}

BOOST_AUTO_TEST_CASE(a_lost_request_does_not_arrive) {
  set(&fault_rates::lose_request);
  BOOST_TEST(ask() == "");
  context.run_for(100ms);
  BOOST_TEST(heard.empty());
  set(&fault_rates::delay);
  connect();
  BOOST_TEST(ask() == "1..");
}

BOOST_AUTO_TEST_CASE(a_request_whose_reply_is_lost_has_arrived) {
  set(&fault_rates::lose_reply);
  BOOST_TEST(ask() == "");
  BOOST_TEST(heard.size() == 1u);
  BOOST_TEST(proxy.counts().replies_lost == 1u);
}

BOOST_AUTO_TEST_CASE(a_duplicated_request_arrives_twice_and_is_answered_once) {
  set(&fault_rates::duplicate);
  auto const answer = ask();
  BOOST_TEST((answer == "1.." || answer == "2.."));
  wait_for_requests(2);
  BOOST_TEST(heard[0] == heard[1]);
}

BOOST_AUTO_TEST_CASE(a_ghost_arrives_after_its_caller_was_cut_off) {
  set(&fault_rates::ghost, 200ms);
  BOOST_TEST(ask() == "");
  wait_for_requests(1);
  BOOST_TEST(proxy.counts().ghosts == 1u);
}

BOOST_AUTO_TEST_CASE(connections_are_cut) {
  BOOST_TEST(ask() == "1..");
  proxy.cut_all();
  std::string nothing;
  error_code ec;
  asio::read_until(client, asio::dynamic_buffer(nothing), "..", ec);
  BOOST_TEST(ec.failed());
  connect();
  BOOST_TEST(ask() == "2..");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::chaos
