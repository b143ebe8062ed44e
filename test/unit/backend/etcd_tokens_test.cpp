// How the etcd backend makes itself known: tokens for user and password, had anew when etcd does not know
// them.
#include <boost/test/unit_test.hpp>

#include "etcd_world.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;
using test::etcd_fails;
using test::etcd_says;
using test::http_answer;
using test::kv;
using test::recorded_request;
using test::scripted_reply;

std::string const bad_token = etcd_fails(401, 16, "etcdserver: invalid auth token");
std::string const no_token = etcd_fails(400, 3, "etcdserver: user name is empty");
std::string const old_token = etcd_fails(400, 3, "etcdserver: revision of auth store is old");
std::string const written =
    etcd_says(R"("succeeded":true,"responses":[{"response_put":{"header":{"revision":"9"}}}])");

std::string token(std::string const& text) {
  return etcd_says("\"token\":\"" + text + "\"");
}

/// The path asked for and the token sent along.
std::string told(recorded_request const& request) {
  auto const path = request.line().substr(5, request.line().rfind(' ') - 5);
  std::string const name = "\r\nAuthorization: ";
  auto const at = request.head.find(name);
  if (at == std::string::npos) return path;
  auto const begin = at + name.size();
  return path + " " + request.head.substr(begin, request.head.find('\r', begin) - begin);
}

using texts = std::vector<std::string>;

struct known_user : test::etcd_world {
  known_user() {
    options.user = "app";
    options.password = "s\"3\\cr\n\xc3\xa4t";
  }
  texts told_first() const {
    texts out;
    for (auto const& request : server->requests()) out.push_back(told(request));
    return out;
  }
};

BOOST_FIXTURE_TEST_SUITE(etcd_tokens_for_a_user, known_user)

BOOST_AUTO_TEST_CASE(a_token_is_had_first_and_sent_as_it_is) {
  server->reply(token("t.1")).reply(written).reply(written);
  BOOST_TEST(put() == "applied 9");
  BOOST_TEST(put() == "applied 9");
  BOOST_TEST(server->requests().at(0).body == "{\"name\":\"app\",\"password\":\"s\\\"3\\\\cr\\n\xc3\xa4t\"}");
  BOOST_TEST((told_first() == texts{"/v3/auth/authenticate", "/v3/kv/txn t.1", "/v3/kv/txn t.1"}));
}

BOOST_AUTO_TEST_CASE(what_was_refused_for_its_token_is_sent_again_with_another_one) {
  for (auto const& refusal : {bad_token, no_token, old_token}) {
    auto const before = server->requests().size();
    store.reset();
    server->reply(token("t.1")).reply(refusal).reply(token("t.2")).reply(written);
    BOOST_TEST(put() == "applied 9");
    auto const all = told_first();
    BOOST_TEST((texts(all.begin() + static_cast<std::ptrdiff_t>(before), all.end()) ==
                texts{"/v3/auth/authenticate", "/v3/kv/txn t.1", "/v3/auth/authenticate", "/v3/kv/txn t.2"}));
  }
  BOOST_TEST(second->requests().empty());
}

BOOST_AUTO_TEST_CASE(a_second_refusal_is_the_last_word) {
  server->reply(token("t.1")).reply(bad_token).reply(token("t.2")).reply(bad_token);
  BOOST_TEST(put() == never(errc::unauthorized));
  BOOST_TEST(server->requests().size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_the_last_word) {
  server->reply(etcd_fails(400, 3, "etcdserver: authentication failed, invalid user ID or password"));
  BOOST_TEST(put() == never(errc::unauthorized));
  BOOST_TEST(second->requests().empty());
}

BOOST_AUTO_TEST_CASE(no_permission_is_no_reason_for_another_token) {
  server->reply(token("t.1")).reply(etcd_fails(403, 7, "etcdserver: permission denied"));
  BOOST_TEST(put() == never(errc::unauthorized));
  BOOST_TEST(server->requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(where_nobody_authenticates_no_token_is_sent_until_somebody_does) {
  server->reply(etcd_fails(400, 9, "etcdserver: authentication is not enabled"))
      .reply(written)
      .reply(no_token)
      .reply(token("t.1"))
      .reply(written);
  BOOST_TEST(put() == "applied 9");
  BOOST_TEST(put() == "applied 9");
  BOOST_TEST((told_first() == texts{"/v3/auth/authenticate", "/v3/kv/txn", "/v3/kv/txn",
                                    "/v3/auth/authenticate", "/v3/kv/txn t.1"}));
}

BOOST_AUTO_TEST_CASE(a_member_that_fails_to_authenticate_is_passed_over) {
  server->reply(etcd_fails(503, 14, "etcdserver: request timed out"));
  second->reply(token("t.1")).reply(written);
  BOOST_TEST(put() == "applied 9");
}

BOOST_AUTO_TEST_CASE(many_find_out_at_once_and_one_asks) {
  int authentications = 0;
  server->otherwise([&](recorded_request const& request) {
    if (request.line().find("authenticate") != std::string::npos)
      return scripted_reply(token("t." + std::to_string(++authentications))).after(100ms);
    auto const fresh = "t." + std::to_string(authentications);
    bool const good = authentications > 1 && told(request).ends_with(fresh);
    return scripted_reply(good ? written : bad_token).after(10ms);
  });
  std::vector<std::shared_ptr<test::pending<put_result>>> writers;
  for (int i = 0; i < 20; ++i)
    writers.push_back(test::start(executor(), open_store().put_if("k", "v", std::nullopt, "")));
  run_for(2s);
  for (auto const& one : writers) BOOST_TEST((one->outcome && tell(*one->outcome) == "applied 9"));
  BOOST_TEST(authentications == 2);
}

BOOST_AUTO_TEST_CASE(who_gives_up_lets_the_next_one_ask) {
  server->otherwise([](auto const&) { return scripted_reply(token("t.1")).after(30s); });
  auto const first = test::start(executor(), open_store().get("k"));
  auto const next = test::start(executor(), open_store().get("k"));
  run_for(1s);
  server->otherwise([](recorded_request const& request) {
    return scripted_reply(request.line().find("authenticate") != std::string::npos ? token("t.2")
                                                                                   : etcd_says());
  });
  first->cancel.emit(asio::cancellation_type::terminal);
  run_for(1s);
  BOOST_TEST(tell(*first->outcome) == error(asio::error::operation_aborted));
  BOOST_TEST(tell(*next->outcome) == "absent");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(a_token_of_ones_own_is_not_renewed, test::etcd_world) {
  options.token = "jwt.jwt.jwt";
  server->reply(bad_token);
  BOOST_TEST(put() == never(errc::unauthorized));
  BOOST_TEST(server->requests().size() == 1u);
  BOOST_TEST(told(server->requests().front()) == "/v3/kv/txn jwt.jwt.jwt");
}

}  // namespace
}  // namespace chronicle
