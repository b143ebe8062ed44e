// The whole server, without sockets and on virtual time.
#include <boost/test/unit_test.hpp>
#include <limits>

#include "support/certificates.hpp"
#include "support/contains.hpp"
#include "support/teardown.hpp"
#include "support/temporary_folder.hpp"
#include "transport/tls.hpp"
#include "unit/kv_server/server_fixture.hpp"

namespace chronicle::kv::test {
namespace {

using namespace std::chrono_literals;

using chronicle::test::contains;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(servers, server_fixture)

BOOST_AUTO_TEST_CASE(a_connection_serves_one_request_after_the_other) {
  auto c = connect();
  BOOST_TEST(c.get("/v1/kv/n/k").status == 404);
  auto const created = c.create("/v1/kv/n/k", "one");
  BOOST_TEST(created.status == 201);
  BOOST_TEST(created.field("ETag") == "\"1\"");
  BOOST_TEST(c.put("/v1/kv/n/k", "If-Match: \"1\"\r\n", "two").status == 204);
  BOOST_TEST(c.put("/v1/kv/n/k", "If-Match: \"1\"\r\n", "three").status == 412);
  auto const read = c.get("/v1/kv/n/k");
  BOOST_TEST(read.body == "two");
  BOOST_TEST(read.field("Date") == "Thu, 01 Jan 2026 00:00:00 GMT");
  auto const head = c.ask("HEAD /v1/kv/n/k HTTP/1.1\r\nHost: h\r\n\r\n");
  BOOST_TEST(head.field("Content-Length") == "3");
  BOOST_TEST(c.get("/v1/kv/n/k?rev=1").body == "one");
  BOOST_TEST(c.get("/v1/kv/n").body == R"({"rev":"2","keys":[{"key":"k","rev":"2"}]})");
  BOOST_TEST(contains(c.get("/v1/kv/n/k/versions").body, R"("rev":"1")"));
  BOOST_TEST(c.ask("DELETE /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-Match: \"2\"\r\n\r\n").status == 204);
  BOOST_TEST(c.get("/v1/kv/n/k").field("X-KV-Tombstone") == "3");
  BOOST_TEST(c.create("/v1/kv/n/k", "again").status == 201);
  BOOST_TEST(c.get("/healthz").body == "ok\n");
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  auto c = connect();
  std::string many;
  for (int i = 0; i < 20; ++i)
    many += "PUT /v1/kv/n/k" + std::to_string(i) +
            " HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: 1\r\n\r\nx";
  c.send(many);
  for (int i = 1; i <= 20; ++i) BOOST_TEST(c.read_reply().field("ETag") == '"' + std::to_string(i) + '"');
}

BOOST_AUTO_TEST_CASE(a_replayed_write_is_acknowledged_again) {
  auto c = connect();
  std::string const fields = "If-None-Match: *\r\nWrite-Id: s:1\r\n";
  BOOST_TEST(c.put("/v1/kv/n/k", fields, "one").status == 201);
  auto const again = c.put("/v1/kv/n/k", fields, "one");
  BOOST_TEST(again.status == 201);
  BOOST_TEST(again.field("ETag") == "\"1\"");
  BOOST_TEST(again.field("X-KV-Replayed") == "yes");
}

BOOST_AUTO_TEST_CASE(the_client_decides_whether_the_connection_goes_on) {
  auto c = connect();
  auto const last = c.get("/healthz", "Connection: close\r\n");
  BOOST_TEST(last.field("Connection") == "close");
  BOOST_TEST(c.sees_end());
  auto old = connect();
  BOOST_TEST(old.ask("GET /healthz HTTP/1.0\r\n\r\n").status == 200);
  BOOST_TEST(old.sees_end());
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_first_is_told_to_go_on) {
  auto c = connect();
  c.send(
      "PUT /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: 3\r\nExpect: "
      "100-continue\r\n\r\n");
  BOOST_TEST(c.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  c.send("one");
  BOOST_TEST(c.read_reply().status == 201);
  c.send("PUT /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(c.read_reply().status == 428);
}

BOOST_AUTO_TEST_CASE(a_request_refused_by_its_head_ends_the_connection_before_its_body) {
  options.token = "secret";
  options.max_value_bytes = 1000;
  for (auto const* fields : {"", "Authorization: Bearer wrong\r\n", "Authorization: Bearer secret\r\n"}) {
    auto c = connect();
    c.send("PUT /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: 1000000000\r\n" +
           std::string(fields) + "\r\n" + std::string(10'000, 'x'));
    auto const r = c.read_reply();
    BOOST_TEST(r.status == (contains(fields, "secret") ? 413 : 401));
    BOOST_TEST(r.field("Connection") == "close");
    BOOST_TEST(c.sees_end());
  }
}

BOOST_AUTO_TEST_CASE(the_bounds_are_those_of_the_options) {
  options.max_value_bytes = 1000;
  options.max_message_bytes = 100;
  options.max_key_bytes = 20;
  options.max_topics = 1;
  auto const announced = [&](std::string const& line, std::size_t bytes) {
    return connect().ask(line + " HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: " +
                         std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, 'x'));
  };
  auto const chunked = [&](std::string const& line, std::size_t bytes) {
    std::string text =
        line + " HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < bytes; ++i) text += "1\r\nx\r\n";
    return connect().ask(text + "0\r\n\r\n");
  };
  BOOST_TEST(announced("PUT /v1/kv/n/a", 1000).status == 201);
  BOOST_TEST(announced("PUT /v1/kv/n/b", 1001).status == 413);
  BOOST_TEST(chunked("PUT /v1/kv/n/c", 1000).status == 201);
  BOOST_TEST(contains(chunked("PUT /v1/kv/n/d", 1001).body, R"("limit":1000)"));
  BOOST_TEST(announced("POST /v1/topics/t", 100).status == 202);
  BOOST_TEST(announced("POST /v1/topics/t", 101).status == 413);
  BOOST_TEST(chunked("POST /v1/topics/t", 100).status == 202);
  BOOST_TEST(contains(chunked("POST /v1/topics/t", 101).body, R"("limit":100)"));
  BOOST_TEST(connect().get("/v1/kv/n/" + std::string(20, 'k')).status == 404);
  BOOST_TEST(connect().get("/v1/kv/n/" + std::string(21, 'k')).status == 400);
  auto subscriber = connect();
  subscriber.send("GET /v1/topics/t HTTP/1.1\r\nHost: h\r\n\r\n");
  subscriber.read_until(": subscribed");
  BOOST_TEST(connect().get("/v1/topics/other").status == 429);
}

BOOST_AUTO_TEST_CASE(what_is_not_http_is_refused_and_the_connection_ended) {
  struct {
    char const* bytes;
    int status;
  } const cases[] = {
      {"nonsense\r\n\r\n", 400},
      {"GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505},
      {"PUT /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400},
  };
  for (auto const& [bytes, status] : cases) {
    auto c = connect();
    // What is smuggled behind it must not be taken for a request.
    c.send(bytes + std::string("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"));
    BOOST_TEST(c.read_reply().status == status, bytes);
    BOOST_TEST(c.sees_end());
  }
  auto flood = connect();
  flood.send("GET /healthz HTTP/1.1\r\n");
  for (int i = 0; i < 1000; ++i)
    if (!flood.send("X-Flood: 12345678901234567890\r\n")) break;
  BOOST_TEST(flood.read_reply().status == 431);
}

BOOST_AUTO_TEST_CASE(an_answer_to_nonsense_after_a_head_request_has_a_body) {
  auto c = connect();
  BOOST_TEST(c.ask("HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n").status == 200);
  c.send("nonsense\r\n\r\n");
  BOOST_TEST(contains(c.read_reply().body, "bad-request"));
}

BOOST_AUTO_TEST_CASE(slow_senders_are_given_up) {
  auto idle = connect();
  BOOST_TEST(idle.sees_end());
  BOOST_TEST(seconds() == 75);
  auto head = connect();
  for (char const byte : std::string("GET /healthz")) {
    head.send(std::string(1, byte));
    context.run_for(900ms);
  }
  BOOST_TEST(head.read_reply().status == 408);
  BOOST_TEST(seconds() >= 85);
  BOOST_TEST(seconds() < 86.5);
  auto line = connect();
  double const asked = seconds();
  line.send("GET /healthz HTTP/1.1\r\n");
  BOOST_TEST(line.read_reply().status == 408);
  BOOST_TEST(seconds() - asked < 11);
  auto body = connect();
  double const begun = seconds();
  body.send("PUT /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: 100\r\n\r\n");
  for (int i = 0; i < 40; ++i) {
    body.send("x");
    context.run_for(1s);
  }
  BOOST_TEST(body.read_reply().status == 408);
  BOOST_TEST(seconds() - begun < 41);
  auto fine = connect();
  BOOST_TEST(fine.get("/v1/kv/n/k").status == 404);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_take_its_answer_is_given_up) {
  auto c = connect();
  c.create("/v1/kv/n/k", std::string(1'000'000, 'x'));
  c.send("GET /v1/kv/n/k HTTP/1.1\r\nHost: h\r\n\r\n");
  context.run_for(31s);
  BOOST_TEST(c.read_until("\x01never").size() < 1'000'000u);
}

// What comes after a refusal is read so that the client sees why, but neither for long nor without end.
BOOST_AUTO_TEST_CASE(a_client_that_goes_on_after_its_refusal_is_given_up) {
  std::string const refused = "PUT /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n";
  auto slow = connect();
  BOOST_TEST(slow.ask(refused).status == 413);
  int sent = 0;
  for (; sent < 100 && slow.send("x"); ++sent) context.run_for(100ms);
  BOOST_TEST(sent <= 21);
  auto fast = connect();
  BOOST_TEST(fast.ask(refused).status == 413);
  for (sent = 0; sent < 100 && fast.send(std::string(64 * 1024, 'x')); ++sent) continue;
  BOOST_TEST(sent <= 20);
}

BOOST_AUTO_TEST_CASE(a_client_may_leave_at_any_time) {
  std::string const request =
      "PUT /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: 3\r\n\r\none";
  for (std::size_t length = 0; length <= request.size(); length += 7) {
    auto c = connect();
    c.send(request.substr(0, length));
    c.close();
  }
  context.run_for(1s);
  auto c = connect();
  BOOST_TEST(c.get("/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(a_long_poll_ends_by_a_change) {
  auto writer = connect();
  writer.create("/v1/kv/n/k", "one");
  writer.create("/v1/kv/n/other", "one");
  auto reader = connect();
  reader.send("GET /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"1\"\r\nPrefer: wait=25\r\n\r\n");
  context.run_for(3s);
  writer.put("/v1/kv/n/other", "If-Match: \"2\"\r\n", "two");
  writer.put("/v1/kv/n/k", "If-Match: \"7\"\r\n", "two");
  context.run_for(2s);
  writer.put("/v1/kv/n/k", "If-Match: \"1\"\r\n", "two");
  auto const changed = reader.read_reply();
  BOOST_TEST(seconds() == 5);
  BOOST_TEST(changed.status == 200);
  BOOST_TEST(changed.body == "two");
  BOOST_TEST(changed.field("Preference-Applied") == "wait=25");
  reader.send("GET /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"4\"\r\nPrefer: wait=25\r\n\r\n");
  context.run_for(1s);
  writer.ask("DELETE /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-Match: \"4\"\r\n\r\n");
  BOOST_TEST(reader.read_reply().status == 404);
  BOOST_TEST(seconds() == 6);
}

BOOST_AUTO_TEST_CASE(a_long_poll_ends_in_time) {
  auto c = connect();
  c.create("/v1/kv/n/k", "one");
  auto const same = c.get("/v1/kv/n/k", "If-None-Match: \"1\"\r\nPrefer: wait=25\r\n");
  BOOST_TEST(same.status == 304);
  BOOST_TEST(seconds() == 25);
  BOOST_TEST(c.get("/v1/kv/n/k", "If-None-Match: \"0\"\r\nPrefer: wait=25\r\n").status == 200);
  BOOST_TEST(seconds() == 25);
}

BOOST_AUTO_TEST_CASE(subscribers_hear_messages_and_signs_of_life) {
  auto subscriber = connect();
  subscriber.send("GET /v1/topics/t HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
  auto const head = subscriber.read_until("\r\n\r\n");
  BOOST_TEST(contains(head, "Content-Type: text/event-stream\r\n"));
  BOOST_TEST(contains(head, "X-Accel-Buffering: no\r\n"));
  BOOST_TEST(contains(head, "Transfer-Encoding: chunked\r\n"));
  BOOST_TEST(!contains(head, "Content-Length"));
  BOOST_TEST(subscriber.read_until("\n\n\r\n") == "22\r\n: subscribed\nid: 1767225600000-0\n\n\r\n");
  auto publisher = connect();
  auto const receipt = publisher.post("/v1/topics/t", "hello\nworld");
  BOOST_TEST(receipt.status == 202);
  BOOST_TEST(receipt.body == R"({"id":"1767225600000-1","subscribers":1})");
  BOOST_TEST(subscriber.read_until("\n\n\r\n") ==
             "2d\r\nid: 1767225600000-1\ndata: hello\ndata: world\n\n\r\n");
  BOOST_TEST(subscriber.read_until("\n\n\r\n") == "3\r\n:\n\n\r\n");
  BOOST_TEST(seconds() == 10);
  BOOST_TEST(subscriber.read_until("\n\n\r\n") == "3\r\n:\n\n\r\n");
  BOOST_TEST(seconds() == 20);
}

BOOST_AUTO_TEST_CASE(a_subscriber_resumes_where_he_was) {
  auto c = connect();
  for (auto const* text : {"one", "two", "three"}) c.post("/v1/topics/t", text);
  auto subscriber = connect();
  subscriber.send("GET /v1/topics/t HTTP/1.1\r\nHost: h\r\nLast-Event-ID: 1767225600000-1\r\n\r\n");
  subscriber.read_until("\r\n\r\n");
  subscriber.read_until(": subscribed");
  auto const events = subscriber.read_until("data: three\n\n");
  BOOST_TEST(contains(events, "data: two"));
  BOOST_TEST(!contains(events, "data: one"));
  auto stranger = connect();
  stranger.send("GET /v1/topics/t HTTP/1.1\r\nHost: h\r\nLast-Event-ID: 12-1\r\n\r\n");
  BOOST_TEST(contains(stranger.read_until("data: three\n\n"), ": gap\n\n: subscribed"));
}

BOOST_AUTO_TEST_CASE(a_subscriber_who_does_not_read_is_dropped) {
  auto subscriber = connect();
  subscriber.send("GET /v1/topics/t HTTP/1.1\r\nHost: h\r\n\r\n");
  auto publisher = connect();
  std::string const message(10'000, 'x');
  for (int i = 0; i < 500; ++i) BOOST_REQUIRE_EQUAL(publisher.post("/v1/topics/t", message).status, 202);
  BOOST_TEST(contains(publisher.post("/v1/topics/t", message).body, R"("subscribers":1)"));
  context.run_for(31s);
  BOOST_TEST(contains(publisher.post("/v1/topics/t", message).body, R"("subscribers":0)"));
  auto slow = connect();
  slow.send("GET /v1/topics/t HTTP/1.1\r\nHost: h\r\n\r\n");
  slow.read_until(": subscribed");
  for (int i = 0; i < 500; ++i) publisher.post("/v1/topics/t", message);
  BOOST_TEST(slow.read_until("\x01never").ends_with("\r\n0\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(the_longest_idle_connection_makes_room) {
  options.max_connections = 2;
  auto first = connect();
  BOOST_TEST(first.get("/healthz").status == 200);
  context.run_for(1s);
  auto second = connect();
  context.run_for(1s);
  auto third = connect();
  BOOST_TEST(third.get("/healthz").status == 200);
  BOOST_TEST(first.sees_end());
  BOOST_TEST(second.get("/healthz").status == 200);
  BOOST_TEST(seconds() == 2);
}

BOOST_AUTO_TEST_CASE(connections_at_work_are_not_pushed_out) {
  options.max_connections = 1;
  auto subscriber = connect();
  subscriber.send("GET /v1/topics/t HTTP/1.1\r\nHost: h\r\n\r\n");
  subscriber.read_until(": subscribed");
  auto refused = connect();
  BOOST_TEST(refused.sees_end());
  BOOST_TEST(seconds() == 0);
  BOOST_TEST(subscriber.read_until("\r\n:\n\n").ends_with(":\n\n"));
  subscriber.close();
}

BOOST_AUTO_TEST_CASE(metrics_are_served) {
  auto c = connect();
  c.create("/v1/kv/n/k", "one");
  c.get("/v1/kv/n/k");
  c.get("/v1/kv/n/k");
  c.ask("BREW /v1/kv/n/k HTTP/1.1\r\nHost: h\r\n\r\n");
  auto const r = c.get("/metrics");
  BOOST_TEST(r.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  for (auto const* line :
       {"chronicle_kv_requests_total{method=\"GET\",status=\"200\"} 2\n",
        "chronicle_kv_requests_total{method=\"other\",status=\"405\"} 1\n",
        "chronicle_kv_requests_total{method=\"PUT\",status=\"201\"} 1\n",
        "chronicle_kv_request_duration_seconds_count{method=\"PUT\"} 1\n", "chronicle_kv_connections 1\n",
        "chronicle_kv_healthy 1\n", "chronicle_kv_store_revision 1\n"})
    BOOST_TEST(contains(r.body, line), line);
}

BOOST_AUTO_TEST_CASE(stopping_ends_what_waits_and_finishes_what_has_begun) {
  auto idle = connect();
  BOOST_TEST(idle.create("/v1/kv/n/k", "one").status == 201);
  auto subscriber = connect();
  subscriber.send("GET /v1/topics/t HTTP/1.1\r\nHost: h\r\n\r\n");
  subscriber.read_until("\n\n\r\n");
  auto poll = connect();
  poll.send("GET /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"1\"\r\nPrefer: wait=25\r\n\r\n");
  auto sending = connect();
  sending.send("PUT /v1/kv/n/late HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: 3\r\n\r\non");
  context.run_for(1s);
  std::optional<std::size_t> cut;
  serving().async_stop(10s, [&](error_code, std::size_t n) { cut = n; });
  context.run_for(1s);
  BOOST_TEST(idle.sees_end());
  BOOST_TEST(subscriber.read_until("\x01never") == "0\r\n\r\n");
  auto const polled = poll.read_reply();
  BOOST_TEST(polled.status == 304);
  BOOST_TEST(polled.field("Connection") == "close");
  BOOST_TEST(!cut);
  sending.send("e");
  BOOST_TEST(sending.read_reply().status == 201);
  BOOST_TEST(sending.sees_end());
  context.run_until([&] { return cut.has_value(); });
  BOOST_TEST(*cut == 0u);
  BOOST_TEST(seconds() == 2);
  auto late = connect();
  BOOST_TEST(late.sees_end());
}

BOOST_AUTO_TEST_CASE(stopping_cuts_what_does_not_end) {
  auto stuck = connect();
  stuck.send("PUT /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: 3\r\n\r\non");
  context.run_for(1s);
  std::optional<std::size_t> cut;
  std::optional<error_code> second;
  serving().async_stop(5s, [&](error_code, std::size_t n) { cut = n; });
  serving().async_stop(5s, [&](error_code ec, std::size_t) { second = ec; });
  context.run_until([&] { return cut.has_value(); });
  BOOST_TEST(*cut == 1u);
  BOOST_TEST(seconds() == 6);
  BOOST_TEST((second == make_error_code(errc::shutting_down)));
}

BOOST_AUTO_TEST_CASE(listeners_of_a_simulated_network_are_served) {
  memory_network network;
  auto source = network.listen(endpoint("kv", 80), context.executor());
  serving().serve(std::move(*source));
  auto connected = context.run(network.connect(endpoint("kv", 80), context.executor()));
  raw_client c(context, std::move(connected.value()));
  BOOST_TEST(c.get("/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(with_tls_nobody_is_served_before_the_handshake) {
  chronicle::test::temporary_folder const folder;
  chronicle::test::certificate_authority const ours("our authority");
  auto const who = ours.issue("DNS:kv");
  options.tls_certificate_file = folder.write("server.pem", who.certificate);
  options.tls_key_file = folder.write("server.key", who.key);
  options.tls_client_ca_file = folder.write("ca.pem", ours.certificate());
  auto const network = std::make_shared<memory_network>();
  serving().serve(*network->listen(endpoint("kv", 443), context.executor()));
  auto const connect_by = [&](connector& way) {
    return raw_client(context, context.run(way.connect(endpoint("kv", 443), context.executor())).value());
  };
  auto silent = connect_by(*network);
  BOOST_TEST(silent.sees_end());
  BOOST_TEST(seconds() == 10);
  BOOST_TEST(connect_by(*network).get("/healthz").status == 0);
  tls_client_options trusting;
  trusting.ca_file = options.tls_client_ca_file;
  BOOST_TEST(connect_by(*make_tls_connector(network, trusting)).get("/healthz").status == 0);
  auto const known = ours.issue("DNS:game-server");
  trusting.certificate_file = folder.write("client.pem", known.certificate);
  trusting.key_file = folder.write("client.key", known.key);
  BOOST_TEST(connect_by(*make_tls_connector(network, trusting)).get("/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(options_that_cannot_work_are_named) {
  auto const refused = [&](auto change, std::string_view hint) {
    server_options changed = options;
    change(changed);
    BOOST_CHECK_EXCEPTION(server(context.executor(), changed), setup_error,
                          [&](setup_error const& e) { return contains(e.what(), hint); });
  };
  refused([](server_options& o) { o.versions = 0; }, "versions");
  refused([](server_options& o) { o.versions = std::numeric_limits<std::size_t>::max(); }, "versions");
  refused([](server_options& o) { o.keep_tombstones = std::chrono::hours::max(); }, "keep_tombstones");
  refused([](server_options& o) { o.idle_timeout = milliseconds::max(); }, "idle_timeout");
  refused([](server_options& o) { o.tls_key_file = "k"; }, "tls_certificate_file");
  refused([](server_options& o) { o.tls_certificate_file = o.tls_key_file = "/nonexistent"; },
          "/nonexistent");
  refused([](server_options& o) { o.tls_client_ca_file = "ca"; }, "tls_client_ca_file");
  refused([](server_options& o) { o.restored_from_backup = true; }, "restored_from_backup");
  refused([](server_options& o) { o.max_header_bytes = 10; }, "max_header_bytes");
  refused([](server_options& o) { o.heartbeat = 0ms; }, "heartbeat");
  refused([](server_options& o) { o.token = "two words"; }, "token");
  refused([](server_options& o) { o.database = "/nonexistent/file"; }, "/nonexistent/file");
  for (auto const* address : {"0.0.0.0", "::", "192.0.2.1", "kv.example.com"})
    BOOST_CHECK_THROW(serving().listen(address, 0), setup_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_server_can_be_destroyed_at_any_moment) {
  struct running {
    std::unique_ptr<byte_stream> client;
    std::unique_ptr<server> serving;
  };
  auto const events =
      chronicle::test::tear_down_at_every_event([](chronicle::test::virtual_context& context) {
        auto held = std::make_shared<running>();
        server_options options;
        options.time = context.shared_time();
        held->serving = std::make_unique<server>(context.executor(), options);
        auto [client_end, server_end] = make_memory_streams(context.executor(), context.executor());
        held->serving->serve(std::move(server_end));
        held->client = std::move(client_end);
        static std::string const requests =
            "PUT /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: 3\r\n\r\none"
            "GET /v1/kv/n/k HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"1\"\r\nPrefer: wait=5\r\n\r\n"
            "GET /v1/topics/t HTTP/1.1\r\nHost: h\r\n\r\n";
        held->client->write_some({asio::buffer(requests)}, [](error_code, std::size_t) {});
        held->serving->async_stop(20s, [](error_code, std::size_t) {});
        return held;
      });
  BOOST_TEST(events > 10u);
}

}  // namespace chronicle::kv::test
