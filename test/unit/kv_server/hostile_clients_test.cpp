// Clients that keep the server waiting in every way there is, for long and more of them than there is room
// for: others are served all the while.
#include <boost/test/unit_test.hpp>
#include <deque>

#include "unit/kv_server/server_fixture.hpp"

namespace chronicle::kv::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_connections = 32;
std::string const authorized = "Authorization: Bearer s3cret\r\n";

/// One way to be a nuisance: what is sent at once, and what trickles after it.
struct nuisance {
  char const* name;
  std::string opening;
  std::string trickle;
};

std::string times(std::size_t n, std::string const& text) {
  std::string all;
  for (std::size_t i = 0; i < n; ++i) all += text;
  return all;
}

std::string put_head(std::string const& fields) {
  return "PUT /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\n" + fields + "\r\n";
}

std::vector<nuisance> const& nuisances() {
  static std::vector<nuisance> const all{
      {"sends nothing", "", ""},
      {"sends its head slowly", "GET /healthz HTTP/1.1\r\nX: ", "x"},
      {"sends its body slowly", put_head(authorized + "Content-Length: 1000\r\n"), "x"},
      {"sends its chunks slowly", put_head(authorized + "Transfer-Encoding: chunked\r\n"), "1\r\nx\r\n"},
      {"sends a body that was refused", put_head("Content-Length: 1000000\r\n"), "x"},
      {"does not take values", times(4, "GET /v1/kv/n/big HTTP/1.1\r\nHost: h\r\n" + authorized + "\r\n"),
       ""},
      {"does not take refusals", times(400, "GET /v1/kv/n/k HTTP/1.1\r\nHost: h\r\n\r\n"), ""},
      {"does not take events", "GET /v1/topics/busy HTTP/1.1\r\nHost: h\r\n" + authorized + "\r\n", ""},
  };
  return all;
}

struct hostile_fixture : server_fixture {
  hostile_fixture() {
    options.token = "s3cret";
    options.max_connections = most_connections;
    auto friendly = connect();
    friendly.put("/v1/kv/n/big", authorized + "If-None-Match: *\r\n", std::string(50'000, 'x'));
  }

  /// A newcomer is served at once, and nothing is beyond its bounds.
  void check_service() {
    double const asked = seconds();
    auto friendly = connect();
    friendly.ask("POST /v1/topics/busy HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n" + authorized +
                 "\r\n" + std::string(50'000, 'x'));
    auto const metrics = friendly.get("/metrics", authorized);
    BOOST_TEST(metrics.status == 200);
    BOOST_TEST(seconds() - asked < 0.2);
    std::string const name = "\nchronicle_kv_connections ";
    auto const at = metrics.body.find(name);
    if (at == std::string::npos) return;
    BOOST_TEST(std::stoul(metrics.body.substr(at + name.size())) <= most_connections);
  }
};

BOOST_FIXTURE_TEST_SUITE(hostile_clients, hostile_fixture)

BOOST_AUTO_TEST_CASE(a_crowd_of_each_kind_keeps_nobody_out) {
  for (auto const& kind : nuisances()) {
    BOOST_TEST_CONTEXT(kind.name) {
      std::deque<raw_client> crowd;
      for (std::size_t i = 0; i < 3 * most_connections; ++i) {
        crowd.push_back(connect());
        crowd.back().send(kind.opening);
        context.run_for(10ms);
        if (i % 8 == 7) check_service();
      }
    }
    context.run_for(1h);
  }
}

BOOST_AUTO_TEST_CASE(a_crowd_of_all_kinds_goes_on_for_a_minute) {
  std::deque<std::pair<raw_client, nuisance const*>> crowd;
  for (std::size_t step = 0; step < 600; ++step) {
    auto const& kind = nuisances()[step % nuisances().size()];
    crowd.emplace_back(connect(), &kind);
    crowd.back().first.send(kind.opening);
    if (crowd.size() > 2 * most_connections) crowd.pop_front();
    for (std::size_t i = step % 16; i < crowd.size(); i += 16)
      if (!crowd[i].second->trickle.empty()) crowd[i].first.send(crowd[i].second->trickle);
    context.run_for(100ms);
    if (step % 10 == 0) check_service();
  }
}

BOOST_AUTO_TEST_CASE(whoever_is_waiting_for_the_server_may_stay) {
  std::deque<raw_client> waiting;
  for (std::size_t i = 0; i < most_connections / 2; ++i) {
    waiting.push_back(connect());
    waiting.back().send("GET /v1/topics/quiet HTTP/1.1\r\nHost: h\r\n" + authorized + "\r\n");
    waiting.back().read_until(": subscribed");
  }
  std::deque<raw_client> crowd;
  for (std::size_t i = 0; i < 2 * most_connections; ++i) {
    crowd.push_back(connect());
    context.run_for(10ms);
  }
  auto const receipt = connect().ask("POST /v1/topics/quiet HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n" +
                                     authorized + "\r\nhello");
  BOOST_TEST(receipt.body.find("\"subscribers\":16") != std::string::npos, receipt.body);
  for (auto& one : waiting) BOOST_TEST(one.read_until("data: hello\n\n").find("hello") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::kv::test
