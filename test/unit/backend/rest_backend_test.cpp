// The REST backend against a scripted server: the requests it sends, and what each answer, good or bad,
// means.
#include <boost/asio/detached.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "base/base64.hpp"
#include "rest_world.hpp"
#include "support/answer_case.hpp"
#include "support/teardown.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;
using test::close_after;
using test::connection_reset;
using test::eof;
using test::html;
using test::http_answer;
using test::reset_after;
using test::scripted_reply;

std::string const html_type = "Content-Type: text/html; charset=utf-8\r\n";
std::string const problem_type = "Content-Type: application/problem+json\r\n";
std::string const json_type = "Content-Type: application/json\r\n";

std::string problem(int status, std::string const& slug, std::string const& members = "") {
  return http_answer(
      status, problem_type,
      "{\"type\": \"urn:chronicle-kv:" + slug + "\", \"status\": " + std::to_string(status) + members + "}");
}

BOOST_FIXTURE_TEST_SUITE(rest_requests, test::rest_world)

BOOST_AUTO_TEST_CASE(operations_look_like_this_on_the_wire) {
  rest.url = "http://kv.test:8080/game";
  rest.name_space = "eu/1";
  rest.bearer_token = "s3cret";
  run(open_store().get("players/a b"));
  run(open_store().put_if("players/..", "bytes", std::nullopt, "id:1"));
  run(open_store().put_if("k", "", version("41"), ""));
  run(open_store().erase_if("%?", version("42")));
  run(open_store().list("players/", "", 7));
  run(open_store().list("", "812:players/x&y", 5000));
  run(open_store().history("k", "17", 0));
  std::string const host =
      " HTTP/1.1\r\nHost: kv.test:8080\r\nUser-Agent: chronicle\r\nAuthorization: Bearer s3cret\r\n";
  auto const& seen = server->requests();
  BOOST_TEST(seen.at(0).head ==
             "GET /game/v1/kv/eu%2F1/players%2Fa%20b" + host + "Cache-Control: no-cache\r\n");
  BOOST_TEST(seen.at(1).head == "PUT /game/v1/kv/eu%2F1/players%2F.." + host +
                                    "If-None-Match: *\r\nWrite-Id: id:1\r\nPrefer: return=representation\r\n"
                                    "Content-Type: application/octet-stream\r\nContent-Length: 5\r\n");
  BOOST_TEST(seen.at(1).body == "bytes");
  BOOST_TEST(seen.at(2).head == "PUT /game/v1/kv/eu%2F1/k" + host +
                                    "If-Match: \"41\"\r\nPrefer: return=representation\r\n"
                                    "Content-Type: application/octet-stream\r\nContent-Length: 0\r\n");
  BOOST_TEST(seen.at(3).head ==
             "DELETE /game/v1/kv/eu%2F1/%25%3F" + host +
                 "If-Match: \"42\"\r\nPrefer: return=representation\r\nContent-Length: 0\r\n");
  BOOST_TEST(seen.at(4).line() == "GET /game/v1/kv/eu%2F1?limit=7&prefix=players%2F HTTP/1.1");
  BOOST_TEST(seen.at(5).line() == "GET /game/v1/kv/eu%2F1?limit=1000&rev=812&after=players%2Fx%26y HTTP/1.1");
  BOOST_TEST(seen.at(6).line() == "GET /game/v1/kv/eu%2F1/k/versions?limit=1&before=17 HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sent_is_refused_before_it_is) {
  rest.max_value_bytes = 1024;
  std::string const bad_keys[] = {"", std::string(600, 'k'), "\xff\xfe", std::string("a\0b", 3)};
  for (auto const& key : bad_keys) {
    auto const why = error_code(errc::invalid_key).message();
    BOOST_TEST(get(key) == "error: " + why);
    BOOST_TEST(tell(run(open_store().put_if(key, "v", std::nullopt, ""))) == "rejected: " + why);
    BOOST_TEST(tell(run(open_store().erase_if(key, version("1")))) == "rejected: " + why);
    BOOST_TEST(run(open_store().history(key, "", 1)).error() == make_error_code(errc::invalid_key));
  }
  BOOST_TEST(tell(run(open_store().put_if("k", std::string(1025, 'v'), std::nullopt, ""))) ==
             "rejected: " + error_code(errc::value_too_large).message());
  for (auto const& id : {std::string("a\r\nX: y"), std::string(257, 'i'), std::string("\xc3\xa4")})
    BOOST_TEST(tell(run(open_store().put_if("k", "v", std::nullopt, id))).starts_with("rejected: "));
  for (auto const& token : {"", "a\r\nX: y", "a\"b", "a b", "\xc3\xa4"}) {
    BOOST_TEST(tell(run(open_store().put_if("k", "v", version(token), ""))).starts_with("rejected: "));
    BOOST_TEST(tell(run(open_store().erase_if("k", version(token)))).starts_with("rejected: "));
  }
  BOOST_TEST(server->connections_accepted() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

using expectation = test::answer_case<std::string>;

expectation const reads[] = {
    {"a value", http_answer(200, "ETag: \"7\"\r\nX-KV-Age-Ms: 1500\r\n", "bytes"), "7:bytes 1500 ms"},
    {"a value without an age", http_answer(200, "ETag: \"a-b.c\"\r\n", ""), "a-b.c:"},
    {"a value of two months", http_answer(200, "ETag: \"7\"\r\nX-KV-Age-Ms: 5000000000\r\n", "bytes"),
     "7:bytes 5000000000 ms"},
    {"a value older than computers",
     http_answer(200, "ETag: \"7\"\r\nX-KV-Age-Ms: 18446744073709551615\r\n", "bytes"),
     "7:bytes 3153600000000 ms"},
    {"an age that is none", http_answer(200, "ETag: \"7\"\r\nX-KV-Age-Ms: -5\r\n", "bytes"), "7:bytes"},
    {"never written", problem(404, "never-written"), "absent"},
    {"erased", problem(404, "erased"), "absent"},
    {"erased, by its header", http_answer(404, "X-KV-Tombstone: 8\r\n"), "absent"},
    {"404 of a proxy", http_answer(404, html_type, html), error(errc::protocol_error)},
    {"404 of nobody", http_answer(404), error(errc::protocol_error)},
    {"404 for a wrong base path", problem(404, "no-such-resource"), error(errc::protocol_error)},
    {"200 without ETag", http_answer(200, "", "bytes"), error(errc::protocol_error)},
    {"200 with a weak ETag", http_answer(200, "ETag: W/\"7\"\r\n", "bytes"), error(errc::protocol_error)},
    {"200 with an empty ETag", http_answer(200, "ETag: \"\"\r\n", "bytes"), error(errc::protocol_error)},
    {"200 with a broken ETag", http_answer(200, "ETag: \"7\r\n", "bytes"), error(errc::protocol_error)},
    {"200 with two values in its ETag", http_answer(200, "ETag: \"7\", \"8\"\r\n", "b"),
     error(errc::protocol_error)},
    {"HTML", http_answer(200, html_type, html), error(errc::protocol_error)},
    {"HTML with an ETag", http_answer(200, html_type + "ETag: \"5f\"\r\n", html),
     error(errc::protocol_error)},
    {"204", http_answer(204, "ETag: \"7\"\r\n"), error(errc::protocol_error)},
    {"304", scripted_reply("HTTP/1.1 304 Not Modified\r\nETag: \"7\"\r\n\r\n"), error(errc::protocol_error)},
    {"redirect", http_answer(302, "Location: http://other.test/\r\n"), error(errc::protocol_error)},
    {"400", problem(400, "bad-key"), error(errc::protocol_error)},
    {"401", problem(401, "unauthorized"), error(errc::unauthorized)},
    {"403", problem(403, "forbidden"), error(errc::unauthorized)},
    {"429", http_answer(429, "Retry-After: 5\r\n"), error(errc::throttled)},
    {"500", problem(500, "storage-failure"), error(errc::backend_failure)},
    {"502", http_answer(502, html_type, html), error(errc::backend_failure)},
    {"503", http_answer(503), error(errc::backend_unavailable)},
    {"nothing", close_after(""), error(eof)},
    {"half a reply", close_after("HTTP/1.1 200 OK\r\nETag: \"7\"\r\nContent-Le"), error(eof)},
    {"a Content-Length too long",
     close_after("HTTP/1.1 200 OK\r\nETag: \"7\"\r\nContent-Length: 9\r\n\r\nbytes"), error(eof)},
    {"500 MB", scripted_reply("HTTP/1.1 200 OK\r\nETag: \"7\"\r\nContent-Length: 500000000\r\n\r\n"),
     error(errc::response_too_large)},
    {"no HTTP at all", close_after(html), error(errc::protocol_error)},
    {"a reset", reset_after(""), error(connection_reset)},
    {"an answer much too late", scripted_reply(http_answer(200, "ETag: \"7\"\r\n")).after(11s),
     error(errc::timeout)},
};

BOOST_DATA_TEST_CASE_F(test::rest_world, what_an_answer_to_a_read_means,
                       boost::unit_test::data::make(reads)) {
  server->reply(sample.reply);
  BOOST_TEST(get("k") == sample.meaning);
  BOOST_TEST(server->requests().size() == 1u);
}

std::string const current =
    ", \"current\": {\"rev\": \"9\", \"mtime\": \"2026-02-01T12:00:00.000Z\", \"age_ms\": 1200, "
    "\"value\": \"" +
    encode_base64("theirs") + "\"}";

expectation const writes[] = {
    {"created", http_answer(201, "ETag: \"7\"\r\n"), "applied 7"},
    {"replaced", http_answer(204, "ETag: \"7\"\r\n"), "applied 7"},
    {"replayed", http_answer(200, "ETag: \"7\"\r\nX-KV-Replayed: yes\r\n"), "applied 7"},
    {"erased", http_answer(204, "X-KV-Tombstone: 8\r\n"), "applied 8"},
    {"2xx without ETag", http_answer(201), maybe(errc::protocol_error)},
    {"2xx with a weak ETag", http_answer(201, "ETag: W/\"7\"\r\n"), maybe(errc::protocol_error)},
    {"HTML", http_answer(200, html_type, html), maybe(errc::protocol_error)},
    {"redirect", http_answer(307, "Location: http://other.test/\r\n"), maybe(errc::protocol_error)},
    {"conflict with the present value", problem(412, "precondition-failed", current),
     "conflict with 9:theirs"},
    {"conflict without it", problem(412, "precondition-failed"), "conflict"},
    {"conflict of a proxy", http_answer(412, html_type, html), "conflict"},
    {"conflict with nonsense", problem(412, "precondition-failed", ", \"current\": {\"rev\": 9}"),
     "conflict"},
    {"conflict with a broken value",
     problem(412, "precondition-failed", ", \"current\": {\"rev\": \"9\", \"value\": \"***\"}"), "conflict"},
    {"conflict with a version that cannot be sent back",
     problem(412, "precondition-failed", ", \"current\": {\"rev\": \"9 9\", \"value\": \"AA==\"}"),
     "conflict"},
    {"409", http_answer(409), "conflict"},
    {"400", problem(400, "bad-key"), never(errc::protocol_error)},
    {"401", http_answer(401), never(errc::unauthorized)},
    {"403", http_answer(403), never(errc::unauthorized)},
    {"404", http_answer(404, html_type, html), never(errc::protocol_error)},
    {"408", problem(408, "too-slow"), never(errc::throttled)},
    {"408 of a proxy", http_answer(408, html_type, html), maybe(errc::timeout)},
    {"413", http_answer(413), never(errc::value_too_large)},
    {"428", http_answer(428), never(errc::protocol_error)},
    {"429", http_answer(429, "Retry-After: 7\r\n"), never(errc::throttled) + ", retry after 7000 ms"},
    {"429 with a date", http_answer(429, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n"),
     never(errc::throttled)},
    {"429 for a year", http_answer(429, "Retry-After: 31536000\r\n"),
     never(errc::throttled) + ", retry after 3600000 ms"},
    {"499 of a proxy", http_answer(499), maybe(errc::timeout)},
    {"500", http_answer(500), maybe(errc::backend_failure)},
    {"500, unknown", http_answer(500, "X-KV-Applied: unknown\r\n"), maybe(errc::backend_failure)},
    {"502", http_answer(502, html_type, html), maybe(errc::backend_failure)},
    {"503 of a proxy", http_answer(503, "Retry-After: 1\r\n"), maybe(errc::backend_unavailable)},
    {"503, not applied", http_answer(503, "X-KV-Applied: no\r\nRetry-After: 1\r\n"),
     never(errc::backend_unavailable) + ", retry after 1000 ms"},
    {"504", http_answer(504), maybe(errc::backend_failure)},
    {"507, not applied", http_answer(507, "X-KV-Applied: no\r\n"), never(errc::backend_failure)},
    {"nothing", close_after(""), maybe(eof)},
    {"half a reply", close_after("HTTP/1.1 204 No Content\r\nETa"), maybe(eof)},
    {"a Content-Length too long",
     close_after("HTTP/1.1 201 Created\r\nETag: \"7\"\r\nContent-Length: 9\r\n\r\nx"), maybe(eof)},
    {"500 MB", scripted_reply("HTTP/1.1 201 Created\r\nETag: \"7\"\r\nContent-Length: 500000000\r\n\r\n"),
     maybe(errc::response_too_large)},
    {"no HTTP at all", close_after(html), maybe(errc::protocol_error)},
    {"a reset after the request", reset_after(""), maybe(connection_reset)},
    {"an answer much too late", scripted_reply(http_answer(201, "ETag: \"7\"\r\n")).after(11s),
     maybe(errc::timeout)},
};

BOOST_DATA_TEST_CASE_F(test::rest_world, what_an_answer_to_a_write_means,
                       boost::unit_test::data::make(writes)) {
  server->reply(sample.reply).reply(sample.reply);
  BOOST_TEST(put() == sample.meaning);
  BOOST_TEST(erase() == sample.meaning);
  BOOST_TEST(server->requests().size() == 2u);  // sent once each, whatever came back
}

BOOST_FIXTURE_TEST_SUITE(rest_failures, test::rest_world)

BOOST_AUTO_TEST_CASE(no_connection_means_not_applied) {
  rest.url = "http://nobody.test";
  BOOST_TEST(put() == never(error_code(asio::error::connection_refused)));
  BOOST_TEST(get("k") == error(error_code(asio::error::connection_refused)));
  store.reset();
  rest.url = "http://kv.test:8080";
  link.connect_delay = 1h;
  BOOST_TEST(put() == never(errc::backend_unavailable));
}

BOOST_AUTO_TEST_CASE(a_tls_handshake_that_fails_means_not_applied) {
  rest.url = "https://kv.test:8080";
  server->reply(http_answer(201, "ETag: \"7\"\r\n"));
  server->close_connections();
  auto const outcome = run(open_store().put_if("k", "v", std::nullopt, ""));
  BOOST_TEST((std::holds_alternative<rejected>(outcome)));
}

BOOST_AUTO_TEST_CASE(a_cancelled_write_is_rejected_before_it_is_sent_and_indeterminate_after) {
  link.connect_delay = 1ms;
  auto const early = test::start(executor(), open_store().put_if("k", "v", std::nullopt, ""));
  auto const late = test::start(executor(), open_store().put_if("k", "v", std::nullopt, ""));
  early->cancel.emit(asio::cancellation_type::terminal);
  run_for(1s);
  late->cancel.emit(asio::cancellation_type::terminal);
  run_for(1ms);
  auto const aborted = error_code(asio::error::operation_aborted);
  BOOST_TEST(tell(*early->outcome) == never(aborted));
  BOOST_TEST(tell(*late->outcome) == maybe(aborted));
  BOOST_TEST(server->requests().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_program_may_end_at_any_point) {
  auto const events =
      test::tear_down_at_every_event([](test::virtual_context& world) -> std::shared_ptr<void> {
        auto const at = std::make_shared<test::http_peers>(world);
        at->server->otherwise([](auto const&) { return scripted_reply(http_answer(410)).after(1ms); });
        rest_options where;
        where.url = "http://kv.test:8080";
        auto const made = make_rest_backend_over(at->network, world.executor(), where, world.shared_time());
        asio::co_spawn(world.executor(), made->put_if("k", "v", std::nullopt, ""), asio::detached);
        asio::co_spawn(world.executor(), made->list("", "1:k", 1), asio::detached);
        return std::make_shared<std::pair<std::shared_ptr<test::http_peers>, std::shared_ptr<backend>>>(at,
                                                                                                        made);
      });
  BOOST_TEST(events > 30u);
}

BOOST_AUTO_TEST_CASE(the_backend_may_be_destroyed_while_it_works) {
  auto const write = test::start(executor(), open_store().put_if("k", "v", std::nullopt, ""));
  auto const read = test::start(executor(), open_store().get("k"));
  run_for(1s);
  store.reset();
  run_for(1ms);
  BOOST_TEST(tell(*write->outcome) == maybe(asio::error::operation_aborted));
  BOOST_TEST(tell(*read->outcome) == error(asio::error::operation_aborted));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(rest_listings, test::rest_world)

BOOST_AUTO_TEST_CASE(a_listing_goes_on_in_its_snapshot_and_without_it_when_that_is_gone) {
  server
      ->reply(http_answer(200, json_type,
                          R"({"rev": "812", "keys": [{"key": "a:b", "rev": "17"}], "next": "a:b"})"))
      .reply(http_answer(410, problem_type, "{}"))
      .reply(http_answer(200, json_type, R"({"rev": "900", "keys": [], "more": 1})"));
  auto const first = run(open_store().list("", "", 1));
  BOOST_REQUIRE(first);
  BOOST_TEST(first->items.at(0).key == "a:b");
  BOOST_TEST(first->items.at(0).ver.token == "17");
  auto const second = run(open_store().list("", first->next, 1));
  BOOST_REQUIRE(second);
  BOOST_TEST(second->items.empty());
  BOOST_TEST(second->next == "");
  BOOST_TEST(server->requests().at(1).line() == "GET /v1/kv/default?limit=1&rev=812&after=a%3Ab HTTP/1.1");
  BOOST_TEST(server->requests().at(2).line() == "GET /v1/kv/default?limit=1&after=a%3Ab HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(a_history_leaves_out_tombstones) {
  server
      ->reply(http_answer(200, json_type,
                          R"({"versions": [{"rev": "17", "age_ms": 5, "value": "AAH/"},
                                {"rev": "15", "erased": true}, {"rev": "12", "value": ""}], "next": "12"})"))
      .reply(problem(404, "never-written"));
  auto const page = run(open_store().history("k", "", 10));
  BOOST_REQUIRE(page);
  BOOST_REQUIRE(page->items.size() == 2u);
  BOOST_TEST((page->items[0].value == std::string("\0\1\xff", 3)));
  BOOST_TEST((page->items[0].age == 5ms));
  BOOST_TEST(page->items[1].ver.token == "12");
  BOOST_TEST(page->next == "12");
  BOOST_TEST(run(open_store().history("k", "", 10))->items.empty());
}

BOOST_AUTO_TEST_CASE(listings_that_make_no_sense_are_errors) {
  char const* const bad[] = {
      "",
      "nonsense",
      "[]",
      "{}",
      R"({"rev": 1, "keys": [], "versions": 3})",
      R"({"rev": "1", "keys": [3], "versions": [3]})",
      R"({"rev": "1", "keys": [{"key": "a"}], "versions": [{"rev": "1"}]})",
      R"({"rev": "1", "keys": [{"key": "a", "rev": 2}], "versions": [{"rev": "", "value": ""}]})",
      R"({"rev": "1", "keys": {"key": "a"}, "versions": [{"rev": "1", "value": "A"}]})"};
  for (char const* const body : bad) {
    server->reply(http_answer(200, json_type, body)).reply(http_answer(200, json_type, body));
    BOOST_TEST((run(open_store().list("", "", 1)).error() == make_error_code(errc::protocol_error)), body);
    BOOST_TEST((run(open_store().history("k", "", 1)).error() == make_error_code(errc::protocol_error)),
               body);
  }
  server->reply(http_answer(200, html_type, html))
      .reply(http_answer(404, html_type, html))
      .reply(http_answer(500));
  BOOST_TEST(run(open_store().list("", "", 1)).error() == make_error_code(errc::protocol_error));
  BOOST_TEST(run(open_store().history("k", "", 1)).error() == make_error_code(errc::protocol_error));
  BOOST_TEST(run(open_store().list("", "", 1)).error() == make_error_code(errc::backend_failure));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
