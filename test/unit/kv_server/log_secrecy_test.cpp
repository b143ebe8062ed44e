// Logs are kept, copied and read by many: whatever is wrong with a request, the token it came with gets into
// no line of the log, and into no answer.
#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "unit/kv_server/server_fixture.hpp"

namespace chronicle::kv::test {
namespace {

std::string const good_token = "0f5Ec7e7";
std::string const other_token = "w3A4bad7";
std::string const with_token = "Authorization: Bearer " + good_token + "\r\n";

struct refused_request {
  char const* fault;
  std::string bytes;
  int status;
};

std::string with_head(std::string const& line, std::string const& fields) {
  return line + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

std::vector<refused_request> const& malformed_requests() {
  static std::string const get = "GET /v1/kv/n/k";
  static std::string const put = "PUT /v1/kv/n/k";
  static std::string const create = "If-None-Match: *\r\n" + with_token;
  static std::vector<refused_request> const all{
      {"no request line", with_token + "\r\n", 400},
      {"no HTTP", "Bearer " + good_token + "\r\n\r\n", 400},
      {"another version", "GET / HTTP/3.0\r\n" + with_token + "\r\n", 505},
      {"a field without a name", with_head(get, with_token + ": x\r\n"), 400},
      {"a field without a colon", with_head(get, "Authorization Bearer " + good_token + "\r\n"), 400},
      {"a control character in the token", with_head(get, "Authorization: Bearer " + good_token + "\x01\r\n"),
       400},
      {"a folded field", with_head(get, "Authorization: Bearer\r\n " + good_token + "\r\n"), 400},
      {"a folded field after it", with_head(get, with_token + "X-Folded: a\r\n b\r\n"), 400},
      {"a head too large", with_head(get, with_token + "X-Large: " + std::string(20'000, 'x') + "\r\n"), 431},
      {"a token too large",
       with_head(get, "Authorization: Bearer " + good_token + std::string(20'000, 'x') + "\r\n"), 431},
      {"no host", get + " HTTP/1.1\r\n" + with_token + "\r\n", 400},
      {"two hosts", with_head(get, "Host: i\r\n" + with_token), 400},
      {"an unknown expectation", with_head(put, "Expect: luck\r\n" + create), 417},
      {"two lengths", with_head(put, "Content-Length: 1\r\nContent-Length: 2\r\n" + create), 400},
      {"a length and chunks", with_head(put, "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n" + create),
       400},
      {"an unknown coding", with_head(put, "Transfer-Encoding: gzip\r\n" + create), 400},
      {"a chunk of no size",
       with_head(put, "Transfer-Encoding: chunked\r\n" + create) + "x" + good_token + "\r\n", 400},
      {"a body announced too large", with_head(put, "Content-Length: 99999999\r\n" + create), 413},
      {"a wrong token", with_head(get, "Authorization: Bearer " + other_token + "\r\n"), 401},
      {"a token beside the right one",
       with_head(get, "Authorization: Bearer " + good_token + other_token + "\r\n"), 401},
      {"two tokens", with_head(get, with_token + "Authorization: Bearer " + other_token + "\r\n"), 401},
      {"another scheme", with_head(get, "Authorization: Basic " + good_token + "\r\n"), 401},
      {"a name that cannot be", with_head("GET /v1/kv/n/%ff", with_token), 400},
      {"an unknown method", with_head("BREW /v1/kv/n/k", with_token), 405},
      {"an unknown path", with_head("GET /v0", with_token), 404},
      {"no condition", with_head(put, "Content-Length: 1\r\n" + with_token) + "x", 428},
      {"a bad condition", with_head(put, "Content-Length: 1\r\nIf-Match: x\r\n" + with_token) + "x", 400},
  };
  return all;
}

struct logged_server : server_fixture {
  std::string log;

  logged_server() {
    options.log = [this](log_level, std::string_view line) { log.append(line) += '\n'; };
    options.log_threshold = log_level::debug;
    options.token = good_token;
  }

  void check_secrets(std::string const& told) {
    for (auto const& secret : {good_token, other_token})
      BOOST_TEST(told.find(secret) == std::string::npos, secret << " is in " << told);
  }
};

BOOST_FIXTURE_TEST_SUITE(log_secrecy, logged_server)

BOOST_AUTO_TEST_CASE(no_token_of_a_refused_request_gets_into_the_log_or_the_answer) {
  for (auto const& [fault, bytes, status] : malformed_requests()) {
    BOOST_TEST_CONTEXT(fault) {
      auto const answer = connect().ask(bytes);
      BOOST_TEST(answer.status == status);
      check_secrets(answer.head + answer.body);
      check_secrets(std::exchange(log, {}));
    }
  }
}

BOOST_AUTO_TEST_CASE(no_token_of_a_request_that_never_ends_gets_into_the_log) {
  auto const slow_head = "GET /v1/kv/n/k HTTP/1.1\r\nHost: h\r\n" + with_token;
  auto const slow_body =
      with_head("PUT /v1/kv/n/k", "If-None-Match: *\r\nContent-Length: 5\r\n" + with_token);
  for (auto const& begun : {slow_head, slow_body}) {
    BOOST_TEST(connect().ask(begun).status == 408);
    auto leaving = connect();
    leaving.send(begun);
    leaving.close();
  }
  bool stopped = false;
  serving().async_stop(std::chrono::seconds(1), [&](error_code, std::size_t) { stopped = true; });
  context.run_until([&] { return stopped; });
  BOOST_TEST(log.find("kv_server_stopped") != std::string::npos, log);
  check_secrets(log);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::kv::test
