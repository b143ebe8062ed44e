// The etcd backend against scripted members: the bytes it sends, and what each answer, good or bad, means.
// What etcd says is as recorded from 3.4.23.
#include <boost/asio/detached.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "etcd_world.hpp"
#include "support/answer_case.hpp"
#include "support/teardown.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;
using test::close_after;
using test::connection_reset;
using test::eof;
using test::etcd_fails;
using test::etcd_says;
using test::html;
using test::http_answer;
using test::kv;
using test::reset_after;
using test::scripted_reply;
using test::watch_head;
using test::watch_says;

BOOST_FIXTURE_TEST_SUITE(etcd_requests, test::etcd_world)

// Members that etcd does not know it ignores: every byte counts. Z2FtZS9rdi9r is "game/kv/k".
BOOST_AUTO_TEST_CASE(operations_look_like_this_on_the_wire) {
  options.token = "T0ken.7";
  options.endpoints.resize(1);
  run(open_store().get("k"));
  run(open_store().put_if("k", std::string("\0\xff", 2), std::nullopt, "id:1"));
  run(open_store().put_if("k", "", version("41"), "id:1"));
  run(open_store().erase_if("k", version("9223372036854775807")));
  auto const& seen = server->requests();
  auto const head = [](std::string const& path, std::size_t size) {
    return "POST " + path +
           " HTTP/1.1\r\nHost: kv.test:8080\r\nUser-Agent: chronicle\r\nContent-Type: application/json\r\n"
           "Authorization: T0ken.7\r\nContent-Length: " +
           std::to_string(size) + "\r\n";
  };
  BOOST_TEST_REQUIRE(seen.size() >= 4u);
  BOOST_TEST(seen[0].body == R"({"key":"Z2FtZS9rdi9r"})");
  BOOST_TEST(seen[0].head == head("/v3/kv/range", seen[0].body.size()));
  BOOST_TEST(seen[1].body ==
             R"({"compare":[{"key":"Z2FtZS9rdi9r","target":"MOD","result":"EQUAL","mod_revision":"0"}],)"
             R"("success":[{"request_put":{"key":"Z2FtZS9rdi9r","value":"AP8="}}],)"
             R"("failure":[{"request_range":{"key":"Z2FtZS9rdi9r"}}]})");
  BOOST_TEST(seen[1].head == head("/v3/kv/txn", seen[1].body.size()));
  BOOST_TEST(seen[2].body ==
             R"({"compare":[{"key":"Z2FtZS9rdi9r","target":"MOD","result":"EQUAL","mod_revision":"41"}],)"
             R"("success":[{"request_put":{"key":"Z2FtZS9rdi9r","value":""}}],)"
             R"("failure":[{"request_range":{"key":"Z2FtZS9rdi9r"}}]})");
  BOOST_TEST(
      seen[3].body ==
      R"({"compare":[{"key":"Z2FtZS9rdi9r","target":"MOD","result":"EQUAL","mod_revision":"9223372036854775807"}],)"
      R"("success":[{"request_delete_range":{"key":"Z2FtZS9rdi9r"}}],)"
      R"("failure":[{"request_range":{"key":"Z2FtZS9rdi9r"}}]})");
  BOOST_TEST(seen[3].head == head("/v3/kv/txn", seen[3].body.size()));
}

BOOST_AUTO_TEST_CASE(a_version_that_is_not_etcds_never_means_absent) {
  for (auto const& token :
       {"", "0", "-1", "007", "7 ", "+7", "7x", "no-such-version", "9223372036854775808"}) {
    server->reply(etcd_says(R"("succeeded":false,"responses":[{"response_range":{}}])"));
    BOOST_TEST(put(version(token)) == "conflict");
    BOOST_TEST((server->requests().back().body.find(R"("mod_revision":"-1")") != std::string::npos), token);
  }
}

BOOST_AUTO_TEST_CASE(listings_look_like_this_on_the_wire) {
  server
      ->reply(etcd_says("\"kvs\":[" + kv("game/kv/p/a", "", 3) + "," + kv("game/kv/p/b:c", "", 8) +
                        R"(],"more":true,"count":"5")"))
      .reply(etcd_says("\"kvs\":[" + kv("game/kv/p/d", "", 4) + R"(],"count":"1")"));
  auto const first = run(open_store().list("p/", "", 2));
  BOOST_REQUIRE(first);
  BOOST_TEST(first->items.at(1).key == "p/b:c");
  BOOST_TEST(first->items.at(1).ver.token == "8");
  BOOST_TEST(first->next == "9:p/b:c");
  auto const next = run(open_store().list("p/", first->next, 5000));
  BOOST_REQUIRE(next);
  BOOST_TEST(next->items.at(0).key == "p/d");
  BOOST_TEST(next->next == "");
  auto const range = [](std::string const& from, std::string const& end) {
    return R"({"key":")" + encode_base64(from) + R"(","range_end":")" + encode_base64(end) + "\",";
  };
  BOOST_TEST(server->requests().at(0).body ==
             range("game/kv/p/", "game/kv/p0") + R"("limit":"2","keys_only":true})");
  BOOST_TEST(server->requests().at(1).body == range(std::string("game/kv/p/b:c") + '\0', "game/kv/p0") +
                                                  R"("limit":"1000","keys_only":true,"revision":"9"})");
}

BOOST_AUTO_TEST_CASE(a_listing_whose_snapshot_was_compacted_goes_on_with_the_present) {
  server->reply(etcd_fails(400, 11, "etcdserver: mvcc: required revision has been compacted"))
      .reply(etcd_says("\"kvs\":[" + kv("game/kv/b", "", 3) + R"(],"more":true,"count":"5")"));
  auto const found = run(open_store().list("", "5:a", 1));
  BOOST_REQUIRE(found);
  BOOST_TEST(found->next == "9:b");  // pinned again, to what this page shows
  BOOST_TEST(server->requests().at(0).body.find(R"("revision":"5")") != std::string::npos);
  BOOST_TEST(server->requests().at(1).body.find("revision") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sent_is_refused_before_it_is) {
  options.max_value_bytes = 1024;
  for (auto const& key :
       {std::string(), std::string(600, 'k'), std::string("\xff"), std::string("a\0b", 3)}) {
    auto const why = make_error_code(errc::invalid_key);
    BOOST_TEST(tell(run(open_store().get(key))) == error(why));
    BOOST_TEST(tell(run(open_store().put_if(key, "v", std::nullopt, ""))) == never(why));
    BOOST_TEST(tell(run(open_store().erase_if(key, version("1")))) == never(why));
    BOOST_TEST(run(open_store().history(key, "", 1)).error() == why);
  }
  BOOST_TEST(tell(run(open_store().put_if("k", std::string(1025, 'v'), std::nullopt, ""))) ==
             never(errc::value_too_large));
  BOOST_TEST(server->connections_accepted() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

std::string const found = "\"kvs\":[" + kv("game/kv/k", "bytes", 7) + R"(],"count":"1")";

std::string const put_done = R"("succeeded":true,"responses":[{"response_put":{"header":{"revision":"9"}}}])";

std::string const erased =
    R"("succeeded":true,"responses":[{"response_delete_range":{"header":{"revision":"9"},"deleted":"1"}}])";

BOOST_AUTO_TEST_SUITE(etcd_answers)

using expectation = test::answer_case<std::string>;

// One member alone, so that its answer is the last word.
struct one_member : test::etcd_world {
  one_member() { options.endpoints.resize(1); }
};

expectation const reads[] = {
    {"a value", etcd_says(found), "7:bytes"},
    {"an empty value", etcd_says("\"kvs\":[" + kv("game/kv/k", "", 7) + R"(],"count":"1")"), "7:"},
    {"absent", etcd_says(), "absent"},
    {"another key's value", etcd_says("\"kvs\":[" + kv("game/kv/x", "bytes", 7) + "]"),
     error(errc::protocol_error)},
    {"two values", etcd_says("\"kvs\":[" + kv("game/kv/k", "a", 7) + "," + kv("game/kv/k", "b", 8) + "]"),
     error(errc::protocol_error)},
    {"no revision", etcd_says(R"("kvs":[{"key":"Z2FtZS9rdi9r","value":"AA=="}])"),
     error(errc::protocol_error)},
    {"broken base64", etcd_says(R"("kvs":[{"key":"Z2FtZS9rdi9r","mod_revision":"7","value":"A"}])"),
     error(errc::protocol_error)},
    {"kvs that are none", etcd_says(R"("kvs":{})"), error(errc::protocol_error)},
    {"200 {}", http_answer(200, "", "{}"), error(errc::protocol_error)},
    {"200 of nobody", http_answer(200), error(errc::protocol_error)},
    {"HTML", http_answer(200, "Content-Type: text/html\r\n", html), error(errc::protocol_error)},
    {"404 of the gateway", http_answer(404, "Content-Type: text/plain\r\n", "Not Found\n"),
     error(errc::protocol_error)},
    {"405", http_answer(405, "Content-Type: text/plain\r\n", "Method Not Allowed\n"),
     error(errc::protocol_error)},
    {"no token", etcd_fails(400, 3, "etcdserver: user name is empty"), error(errc::unauthorized)},
    {"a bad token", etcd_fails(401, 16, "etcdserver: invalid auth token"), error(errc::unauthorized)},
    {"outside of our role", etcd_fails(403, 7, "etcdserver: permission denied"), error(errc::unauthorized)},
    {"a certificate with a common name",
     http_answer(
         400, "Content-Type: text/plain\r\n",
         "CommonName of client sending a request against gateway will be ignored and not used as expected\n"),
     error(errc::unauthorized)},
    {"request timed out", etcd_fails(503, 14, "etcdserver: request timed out"),
     error(errc::backend_unavailable)},
    {"a deadline", etcd_fails(504, 4, "context deadline exceeded"), error(errc::timeout)},
    {"an internal error", etcd_fails(500, 13, "etcdserver: oops"), error(errc::backend_failure)},
    {"502 of a proxy", http_answer(502, "Content-Type: text/html\r\n", html), error(errc::backend_failure)},
    {"429 of a proxy", http_answer(429), error(errc::throttled)},
    {"nothing", close_after(""), error(eof)},
    {"a reset", reset_after(""), error(connection_reset)},
    {"half an answer", close_after("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"header\""), error(eof)},
    {"500 MB", scripted_reply("HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n"),
     error(errc::response_too_large)},
    {"an answer much too late", scripted_reply(etcd_says(found)).after(11s), error(errc::timeout)},
};

BOOST_DATA_TEST_CASE_F(one_member, what_an_answer_to_a_read_means, boost::unit_test::data::make(reads)) {
  server->reply(sample.reply);
  BOOST_TEST(get() == sample.meaning);
  BOOST_TEST(server->requests().size() == 1u);
}

std::string const differs = R"("responses":[{"response_range":{"header":{"revision":"9"},)" + found + "}}]";

expectation const writes[] = {
    {"written", etcd_says(put_done), "applied 9"},
    {"erased", etcd_says(erased), "applied 9"},
    {"conflict with the present value", etcd_says(differs), "conflict with 7:bytes"},
    {"conflict, said aloud", etcd_says("\"succeeded\":false," + differs), "conflict with 7:bytes"},
    {"conflict with nothing", etcd_says(R"("responses":[{"response_range":{"header":{"revision":"9"}}}])"),
     "conflict"},
    {"success without what was done", etcd_says(R"("succeeded":true)"), maybe(errc::protocol_error)},
    {"success of something else", etcd_says(R"("succeeded":true,"responses":[{"response_range":{}}])"),
     maybe(errc::protocol_error)},
    {"failure without the range", etcd_says(), maybe(errc::protocol_error)},
    {"conflict with another key",
     etcd_says(R"("responses":[{"response_range":{"kvs":[)" + kv("game/kv/x", "b", 7) + "]}}]"),
     maybe(errc::protocol_error)},
    {"200 {}", http_answer(200, "", "{}"), maybe(errc::protocol_error)},
    {"HTML", http_answer(200, "Content-Type: text/html\r\n", html), maybe(errc::protocol_error)},
    {"redirect", http_answer(307, "Location: http://other.test/\r\n"), maybe(errc::protocol_error)},
    {"bad base64", etcd_fails(400, 3, "illegal base64 data at input byte 0"), never(errc::protocol_error)},
    {"too large", etcd_fails(400, 3, "etcdserver: request is too large"), never(errc::value_too_large)},
    {"much too large", etcd_fails(429, 8, "grpc: received message larger than max (3000014 vs. 2097152)"),
     never(errc::value_too_large)},
    {"a full database", etcd_fails(429, 8, "etcdserver: mvcc: database space exceeded"),
     maybe(errc::backend_failure)},
    {"overload", etcd_fails(429, 8, "etcdserver: too many requests"), never(errc::throttled)},
    {"no such lease", etcd_fails(404, 5, "etcdserver: requested lease not found"),
     never(errc::protocol_error)},
    {"outside of our role", etcd_fails(403, 7, "etcdserver: permission denied"), never(errc::unauthorized)},
    {"a bad token", etcd_fails(401, 16, "etcdserver: invalid auth token"), never(errc::unauthorized)},
    {"no token", etcd_fails(400, 3, "etcdserver: user name is empty"), never(errc::unauthorized)},
    {"compacted", etcd_fails(400, 11, "etcdserver: mvcc: required revision has been compacted"),
     never(errc::protocol_error)},
    {"404 of the gateway", http_answer(404, "Content-Type: text/plain\r\n", "Not Found\n"),
     never(errc::protocol_error)},
    {"413 of a proxy", http_answer(413), never(errc::value_too_large)},
    {"429 of a proxy", http_answer(429), never(errc::throttled)},
    {"408 of a proxy", http_answer(408), maybe(errc::timeout)},
    {"3.6's words",
     http_answer(400, "", R"({"code":3,"message":"etcdserver: request is too large","details":[]})"),
     never(errc::value_too_large)},
    {"3.6's precondition", http_answer(412, "", R"({"code":9,"message":"etcdserver: x"})"),
     maybe(errc::protocol_error)},
    {"cancelled", http_answer(499, "", R"({"code":1,"message":"context canceled"})"),
     maybe(errc::backend_failure)},
    {"aborted", etcd_fails(409, 10, "aborted"), maybe(errc::backend_failure)},
    {"request timed out", etcd_fails(503, 14, "etcdserver: request timed out"),
     maybe(errc::backend_unavailable)},
    {"a deadline", etcd_fails(504, 4, "context deadline exceeded"), maybe(errc::timeout)},
    {"an internal error", etcd_fails(500, 13, "etcdserver: oops"), maybe(errc::backend_failure)},
    {"unknown", etcd_fails(500, 2, "etcdserver: oops"), maybe(errc::backend_failure)},
    {"data loss", etcd_fails(500, 15, "etcdserver: corrupt"), maybe(errc::backend_failure)},
    {"503 of a proxy", http_answer(503), maybe(errc::backend_unavailable)},
    {"nothing", close_after(""), maybe(eof)},
    {"a reset after the request", reset_after(""), maybe(connection_reset)},
    {"half an answer", close_after("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"header\""), maybe(eof)},
    {"an answer much too late", scripted_reply(etcd_says(put_done)).after(11s), maybe(errc::timeout)},
};

// With a second member, to see that it is not asked.
BOOST_DATA_TEST_CASE_F(test::etcd_world, what_an_answer_to_a_write_means,
                       boost::unit_test::data::make(writes)) {
  server->reply(sample.reply);
  BOOST_TEST(put() == sample.meaning);
  store.reset();
  server->reply(sample.reply);
  BOOST_TEST(erase() == sample.meaning);
  BOOST_TEST(server->requests().size() == 2u);
  BOOST_TEST(second->requests().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(etcd_histories, test::etcd_world)

std::string const compacted = etcd_fails(400, 11, "etcdserver: mvcc: required revision has been compacted");

std::string value_at(int revision) {
  return etcd_says("\"kvs\":[" + kv("game/kv/k", "at " + std::to_string(revision), revision) + "]");
}
std::string revisions(result<page<entry>> const& found) {
  if (!found) return error(found.error());
  std::string out;
  for (auto const& one : found->items) out += one.ver.token + ":" + one.value + " ";
  return out + "next " + found->next;
}

BOOST_AUTO_TEST_CASE(a_history_steps_back_from_revision_to_revision_until_compaction) {
  server->reply(value_at(8)).reply(value_at(5)).reply(compacted);
  BOOST_TEST(revisions(run(open_store().history("k", "", 10))) == "8:at 8 5:at 5 next ");
  auto const& seen = server->requests();
  BOOST_TEST(seen.at(0).body == R"({"key":"Z2FtZS9rdi9r"})");
  BOOST_TEST(seen.at(1).body == R"({"key":"Z2FtZS9rdi9r","revision":"7"})");
  BOOST_TEST(seen.at(2).body == R"({"key":"Z2FtZS9rdi9r","revision":"4"})");
  server->reply(value_at(8)).reply(value_at(5)).reply(value_at(3)).reply(compacted);
  BOOST_TEST(revisions(run(open_store().history("k", "", 2))) == "8:at 8 5:at 5 next 5");
  BOOST_TEST(revisions(run(open_store().history("k", "5", 2))) == "3:at 3 next ");
  BOOST_TEST(seen.at(5).body == R"({"key":"Z2FtZS9rdi9r","revision":"4"})");
}

BOOST_AUTO_TEST_CASE(before_a_life_of_the_key_the_lives_before_it_are_watched) {
  auto const put_at = [](int revision) { return R"({"kv":)" + kv("game/kv/k", "old", revision) + "}"; };
  server->reply(value_at(8))
      .reply(etcd_says())
      .reply(scripted_reply(watch_head + watch_says(R"("created":true)") +
                            watch_says(R"("canceled":true,"compact_revision":"3")")))
      .reply(
          scripted_reply(watch_head + watch_says(R"("created":true)") +
                         watch_says("\"events\":[" + put_at(3) + "," + put_at(5) +
                                    R"(,{"type":"DELETE","kv":{"key":"Z2FtZS9rdi9r","mod_revision":"6"}},)" +
                                    put_at(8) + "]")));
  BOOST_TEST(revisions(run(open_store().history("k", "", 10))) == "8:at 8 5:old 3:old next ");
  auto const& seen = server->requests();
  BOOST_TEST(seen.at(2).line() == "POST /v3/watch HTTP/1.1");
  BOOST_TEST(seen.at(2).body ==
             R"({"create_request":{"key":"Z2FtZS9rdi9r","start_revision":"1","progress_notify":true}})");
  BOOST_TEST(seen.at(3).body ==
             R"({"create_request":{"key":"Z2FtZS9rdi9r","start_revision":"3","progress_notify":true}})");
}

BOOST_AUTO_TEST_CASE(what_is_compacted_while_a_history_is_read_ends_it) {
  server->reply(value_at(8)).reply(etcd_says());
  server->reply(scripted_reply(watch_head + watch_says(R"("created":true)") +
                               watch_says(R"("canceled":true,"compact_revision":"20")")));
  BOOST_TEST(revisions(run(open_store().history("k", "", 10))) == "8:at 8 next ");
}

BOOST_AUTO_TEST_CASE(a_history_that_takes_long_comes_in_small_pages) {
  int revision = 90;
  server->otherwise([&](auto const&) { return scripted_reply(value_at(revision--)).after(200ms); });
  BOOST_TEST(revisions(run(open_store().history("k", "", 100))) == "90:at 90 89:at 89 88:at 88 next 88");
  server->otherwise([](auto const&) { return scripted_reply(value_at(87)).after(2s); });
  BOOST_TEST(revisions(run(open_store().history("k", "88", 100))) == "87:at 87 next 87");
}

BOOST_AUTO_TEST_CASE(an_absent_key_has_no_history_and_a_failure_is_no_end) {
  server->reply(etcd_says());
  BOOST_TEST(revisions(run(open_store().history("k", "", 10))) == "next ");
  options.endpoints.resize(1);
  store.reset();
  server->reply(value_at(8)).reply(etcd_fails(503, 14, "etcdserver: request timed out"));
  BOOST_TEST(revisions(run(open_store().history("k", "", 10))) == error(errc::backend_unavailable));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(etcd_failures, test::etcd_world)

BOOST_AUTO_TEST_CASE(a_member_that_cannot_be_reached_is_passed_over) {
  options.endpoints = {"http://nobody.test:1", "http://b.test:2379"};
  second->reply(etcd_says(put_done)).reply(etcd_says(found)).reply(etcd_says(erased));
  BOOST_TEST(put() == "applied 9");
  BOOST_TEST(get() == "7:bytes");
  BOOST_TEST(erase() == "applied 9");
  store.reset();
  options.endpoints = {"http://nobody.test:1", "http://nobody.test:2"};
  BOOST_TEST(put() == never(error_code(asio::error::connection_refused)));
  BOOST_TEST(get() == error(error_code(asio::error::connection_refused)));
}

BOOST_AUTO_TEST_CASE(what_may_have_arrived_is_not_sent_to_another_member_but_the_next_request_is) {
  server->reply(close_after(""));
  BOOST_TEST(put() == maybe(eof));
  BOOST_TEST(second->requests().empty());
  second->reply(etcd_says(found)).reply(etcd_says(found));
  BOOST_TEST(get() == "7:bytes");
  BOOST_TEST(get() == "7:bytes");  // it stays where it is answered
  BOOST_TEST(server->requests().size() == 1u);
  BOOST_TEST(second->requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_read_asks_the_next_member) {
  scripted_reply const failures[] = {etcd_fails(503, 14, "etcdserver: request timed out"), close_after(""),
                                     reset_after(""), scripted_reply(etcd_says(found)).after(11s)};
  for (auto const& failure : failures) {
    store.reset();
    server->close_connections();
    server->reply(failure);
    second->reply(etcd_says(found));
    BOOST_TEST(get() == "7:bytes");
  }
  store.reset();
  server->reply(etcd_fails(503, 14, "a"));
  second->reply(etcd_fails(503, 14, "b"));
  BOOST_TEST(get() == error(errc::backend_unavailable));  // each of them once
  BOOST_TEST(second->requests().size() == 5u);
}

BOOST_AUTO_TEST_CASE(a_cancelled_operation_ends_soon_and_says_the_truth) {
  auto const write = test::start(executor(), open_store().put_if("k", "v", std::nullopt, ""));
  auto const read = test::start(executor(), open_store().get("k"));
  auto const early = test::start(executor(), open_store().put_if("k", "v", std::nullopt, ""));
  early->cancel.emit(asio::cancellation_type::terminal);
  run_for(1s);
  write->cancel.emit(asio::cancellation_type::terminal);
  read->cancel.emit(asio::cancellation_type::terminal);
  run_for(1ms);
  auto const aborted = error_code(asio::error::operation_aborted);
  BOOST_TEST(tell(*write->outcome) == maybe(aborted));
  BOOST_TEST(tell(*early->outcome) == never(aborted));
  BOOST_TEST(tell(*read->outcome) == error(aborted));
  BOOST_TEST(server->requests().size() == 2u);
  BOOST_TEST(second->requests().empty());
}

BOOST_AUTO_TEST_CASE(the_backend_may_be_destroyed_while_it_works) {
  server->otherwise([](auto const&) { return scripted_reply(etcd_says(found)).after(1s); });
  auto const read = test::start(executor(), open_store().get("k"));
  run_for(10ms);
  store.reset();
  run_for(1s);
  BOOST_TEST(tell(*read->outcome) == "7:bytes");
}

BOOST_AUTO_TEST_CASE(a_program_may_end_at_any_point) {
  auto const events =
      test::tear_down_at_every_event([](test::virtual_context& world) -> std::shared_ptr<void> {
        auto const at = std::make_shared<test::http_peers>(world);
        at->server->reply(http_answer(200, "", R"({"header":{"cluster_id":"1"},"token":"t.1"})"));
        at->server->otherwise([](auto const&) {
          return scripted_reply(etcd_fails(401, 16, "etcdserver: invalid auth token")).after(1ms);
        });
        etcd_options where;
        where.endpoints = {"http://nobody.test", "http://kv.test:8080"};
        where.user = where.password = "app";
        auto const made = make_etcd_backend_over(at->network, world.executor(), where, world.shared_time());
        asio::co_spawn(world.executor(), made->put_if("k", "v", std::nullopt, ""), asio::detached);
        asio::co_spawn(world.executor(), made->history("k", "", 1), asio::detached);
        return std::make_shared<std::pair<std::shared_ptr<test::http_peers>, std::shared_ptr<backend>>>(at,
                                                                                                        made);
      });
  BOOST_TEST(events > 30u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
