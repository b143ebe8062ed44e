// The HTTP client against a scripted server over streams in memory, on virtual time: what goes over the wire,
// what is never sent twice, limits, time-outs, and answers no server should give. Run twice: with
// callers on a strand and elsewhere.
#include "transport/http_client.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <optional>
#include <ostream>

#include "base/strand.hpp"
#include "support/answer_case.hpp"
#include "support/http_world.hpp"
#include "support/odd_connectors.hpp"
#include "support/stream_io.hpp"
#include "support/teardown.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;
using test::close_after;
using test::http_answer;
using test::reset_after;
using test::scripted_reply;

error_code const aborted = asio::error::operation_aborted;
error_code const eof = asio::error::eof;
error_code const reset = asio::error::connection_reset;

/// Answers the first connection before it has read the request, and hangs up.
asio::awaitable<void> refuse_early(listener& at, std::string answer) {
  auto const executor = co_await asio::this_coro::executor;
  auto stream = co_await at.accept(executor);
  co_await test::read(**stream, 100);
  co_await test::write(**stream, answer);
}

http_request get(std::string target) {
  return {"GET", std::move(target)};
}
http_request put(std::string target, std::string body) {
  http_request request("PUT", std::move(target));
  request.body = std::move(body);
  return request;
}

/// The client carries out what comes from a strand there, and all else on a strand of its own.
struct http_world : test::http_world {
  http_world() { put_callers_on_strand(*this, *this); }

  static void put_callers_on_strand(test::http_peers& peers, test::virtual_context& world) {
    if (std::getenv("CHRONICLE_CALLERS_ON_STRAND")) peers.callers = strand_type(world.executor());
  }
};

BOOST_FIXTURE_TEST_SUITE(http_clients, http_world)

BOOST_AUTO_TEST_CASE(requests_look_like_this) {
  options.server = parse_url("http://kv.test:8080/base");
  options.headers.emplace_back("Authorization", "Bearer secret");
  auto request = put("/v1/kv/default/a%2Fb", "value");
  request.headers.emplace_back("If-None-Match", "*");
  server->reply(http_answer(201, "ETag: \"7\"\r\n", ""))
      .reply(http_answer(200, "", "read"))
      .reply(http_answer(204));
  auto const written = send(request);
  BOOST_TEST(!written.ec);
  BOOST_TEST(written.response.status == 201u);
  BOOST_TEST(find_header(written.response.headers, "etag").value() == "\"7\"");
  BOOST_TEST(send(get("/x?limit=1")).response.body == "read");
  send(http_request("DELETE", "/y"));
  BOOST_TEST(server->requests()[0].head ==
             "PUT /base/v1/kv/default/a%2Fb HTTP/1.1\r\nHost: kv.test:8080\r\nUser-Agent: chronicle\r\n"
             "Authorization: Bearer secret\r\nIf-None-Match: *\r\nContent-Length: 5\r\n");
  BOOST_TEST(server->requests()[0].body == "value");
  BOOST_TEST(server->requests()[1].head ==
             "GET /base/x?limit=1 HTTP/1.1\r\nHost: kv.test:8080\r\nUser-Agent: chronicle\r\n"
             "Authorization: Bearer secret\r\n");
  BOOST_TEST(server->requests()[2].head ==
             "DELETE /base/y HTTP/1.1\r\nHost: kv.test:8080\r\nUser-Agent: chronicle\r\n"
             "Authorization: Bearer secret\r\nContent-Length: 0\r\n");
}

BOOST_AUTO_TEST_CASE(one_connection_serves_many_requests) {
  server->otherwise([](auto const&) { return http_answer(200, "", "ok"); });
  for (int i = 0; i < 5; ++i) BOOST_TEST(send(get("/")).response.body == "ok");
  BOOST_TEST(server->connections_accepted() == 1u);
}

BOOST_AUTO_TEST_CASE(a_strand_has_connections_of_its_own) {
  server->otherwise([](auto const&) { return http_answer(200); });
  strand_type const a(executor()), b(executor());
  for (auto const& strand : {a, b, a, b}) BOOST_TEST(!run_on(strand, open_client().send(get("/"))).ec);
  BOOST_TEST(server->connections_accepted() == 2u);
}

// What it opened would not outlive its context.
BOOST_AUTO_TEST_CASE(a_strand_of_another_context_has_none) {
  server->otherwise([](auto const&) { return http_answer(200); });
  run_on(executor(), open_client().send(get("/")));
  auto other = std::make_unique<asio::io_context>();
  auto const request = test::start(strand_type(other->get_executor()), open_client().send(get("/")));
  while (!request->outcome) {
    other->restart();
    other->poll();
    run_for(1ms);
  }
  BOOST_TEST(!request->outcome->ec);
  BOOST_TEST(server->connections_accepted() == 1u);
}

BOOST_AUTO_TEST_CASE(bodies_may_be_chunked_or_last_until_the_connection_ends) {
  server->reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
      .reply(close_after("HTTP/1.1 200 OK\r\n\r\nuntil the end"))
      .reply("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + http_answer(200, "", "after a hint"));
  BOOST_TEST(send(get("/")).response.body == "abcde");
  BOOST_TEST(send(get("/")).response.body == "until the end");
  BOOST_TEST(send(get("/")).response.body == "after a hint");
  BOOST_TEST(server->connections_accepted() == 2u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_will_not_last_is_not_used_again) {
  server->reply(http_answer(200, "Connection: close\r\n"))
      .reply("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
      .reply(http_answer(200, "", "short") + "and bytes nobody asked for")
      .reply(http_answer(200));
  for (int i = 0; i < 4; ++i) BOOST_TEST(!send(get("/")).ec);
  BOOST_TEST(server->connections_accepted() == 4u);
}

BOOST_AUTO_TEST_CASE(requests_beyond_the_cap_wait_their_turn_in_order) {
  options.max_connections = 2;
  std::string order;
  server->otherwise([&](test::recorded_request const& r) {
    order += r.line().substr(5, 1);
    return scripted_reply(http_answer(200)).after(1s);
  });
  auto const a = start(get("/a")), b = start(get("/b")), c = start(get("/c")), d = start(get("/d"));
  run_for(500ms);
  BOOST_TEST(order == "ab");
  auto const e = start(get("/e"));
  run_for(600ms);
  BOOST_TEST(order == "abcd");
  run_for(5s);
  BOOST_TEST(order == "abcde");
  BOOST_TEST(server->connections_accepted() == 2u);
  BOOST_TEST(!e->outcome->ec);
}

BOOST_AUTO_TEST_CASE(the_cap_is_of_each_strand_that_calls) {
  options.max_connections = 1;
  server->otherwise([](auto const&) { return scripted_reply(http_answer(200)).after(1s); });
  callers = strand_type(executor());
  auto const a = start(get("/a")), b = start(get("/b"));
  callers = strand_type(executor());
  auto const c = start(get("/c"));
  run_for(1500ms);
  BOOST_TEST(server->connections_accepted() == 2u);
  BOOST_TEST(a->outcome.has_value());
  BOOST_TEST(!b->outcome.has_value());
  BOOST_TEST(c->outcome.has_value());
  run_for(1s);
  BOOST_TEST(!b->outcome->ec);
  BOOST_TEST(server->connections_accepted() == 2u);
}

BOOST_AUTO_TEST_CASE(who_gives_up_waiting_was_never_sent_and_holds_up_nobody) {
  options.max_connections = 1;
  server->otherwise([](auto const&) { return scripted_reply(http_answer(200)).after(1s); });
  auto const a = start(put("/a", "")), b = start(put("/b", "")), c = start(put("/c", ""));
  run_for(500ms);
  b->cancel.emit(asio::cancellation_type::terminal);
  run_for(10ms);
  BOOST_REQUIRE(b->outcome);
  BOOST_TEST(b->outcome->ec == aborted);
  BOOST_TEST(!b->outcome->sent);
  run_for(5s);
  BOOST_TEST(!c->outcome->ec);
  BOOST_TEST(server->requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_unused_connection_is_closed_after_a_while) {
  server->otherwise([](auto const&) { return http_answer(200); });
  send(get("/"));
  run_for(29s);
  BOOST_TEST(server->connections_open() == 1u);
  send(get("/"));
  run_for(29s);
  BOOST_TEST(server->connections_open() == 1u);
  run_for(2s);
  BOOST_TEST(server->connections_open() == 0u);
  send(get("/"));
  BOOST_TEST(server->connections_accepted() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(stale_connections, http_world)

BOOST_AUTO_TEST_CASE(an_ended_connection_is_noticed_before_a_request_is_lost_on_it) {
  server->otherwise([](auto const&) { return http_answer(200); });
  send(get("/"));
  server->close_connections();
  run_for(1s);
  auto const written = send(put("/", "v"));
  BOOST_TEST(!written.ec);
  BOOST_TEST(server->connections_accepted() == 2u);
  BOOST_TEST(server->requests().size() == 2u);
}

// The server hangs up while the request is on its way: it may or may not have read it.
BOOST_AUTO_TEST_CASE(a_write_that_met_a_dying_connection_is_never_sent_again) {
  server->reply(http_answer(200)).reply(reset_after(""));
  send(get("/"));
  auto const written = send(put("/", "v"));
  BOOST_TEST(written.ec == reset);
  BOOST_TEST(written.sent);
  BOOST_TEST(server->requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_read_that_met_a_dying_connection_is_sent_once_more_on_a_new_one) {
  server->reply(http_answer(200)).reply(reset_after("")).reply(close_after(""));
  send(get("/"));
  BOOST_TEST(send(get("/")).ec == eof);
  BOOST_TEST(server->requests().size() == 3u);
  BOOST_TEST(server->connections_accepted() == 2u);
}

BOOST_AUTO_TEST_CASE(a_read_that_got_part_of_an_answer_or_a_new_connection_is_not_repeated) {
  server->reply(reset_after(""));
  BOOST_TEST(send(get("/")).ec == reset);
  server->reply(http_answer(200)).reply(reset_after("HTTP/1.1 200 OK\r\n"));
  send(get("/"));
  BOOST_TEST(send(get("/")).ec == reset);
  BOOST_TEST(server->requests().size() == 3u);
}

// A kept-alive connection that refuses the first byte has sent nothing: the write goes out on a new one.
BOOST_AUTO_TEST_CASE(a_write_goes_to_a_new_connection_when_the_old_one_took_nothing) {
  auto const fragile = std::make_shared<test::fragile_connector>(network);
  connecting = fragile;
  server->otherwise([](auto const&) { return http_answer(200); });
  send(get("/"));
  fragile->break_all();
  auto const written = send(put("/", "v"));
  BOOST_TEST(!written.ec);
  BOOST_TEST(server->connections_accepted() == 2u);
  BOOST_TEST(server->requests().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(time_outs, http_world)

BOOST_AUTO_TEST_CASE(nobody_listens) {
  options.server = parse_url("http://elsewhere.test");
  auto const outcome = send(put("/", "v"));
  BOOST_TEST(outcome.ec == error_code(asio::error::connection_refused));
  BOOST_TEST(!outcome.sent);
}

BOOST_AUTO_TEST_CASE(connecting_takes_too_long) {
  link.connect_delay = 5s;
  auto const outcome = send(put("/", "v"));
  BOOST_TEST(outcome.ec == make_error_code(errc::backend_unavailable));
  BOOST_TEST(!outcome.sent);
  BOOST_TEST((time().now().time_since_epoch() == 3s));
}

BOOST_AUTO_TEST_CASE(connecting_takes_too_long_between_two_steps) {
  connecting = std::make_shared<test::two_step_connector>(network, shared_time());
  auto const outcome = send(put("/", "v"));
  BOOST_TEST(outcome.ec == make_error_code(errc::backend_unavailable));
  BOOST_TEST(!outcome.sent);
}

BOOST_AUTO_TEST_CASE(the_answer_does_not_come) {
  auto const outcome = send(put("/", "v"));
  BOOST_TEST(outcome.ec == make_error_code(errc::timeout));
  BOOST_TEST(outcome.sent);
  BOOST_TEST((time().now().time_since_epoch() == 10s));
  run_for(1ms);
  BOOST_TEST(server->connections_open() == 0u);
}

BOOST_AUTO_TEST_CASE(the_answer_comes_in_drops_for_ever) {
  server->reply(scripted_reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"));
  auto const outcome = send(get("/"));
  BOOST_TEST(outcome.ec == make_error_code(errc::timeout));
  BOOST_TEST((time().now().time_since_epoch() == 10s));
}

BOOST_AUTO_TEST_CASE(a_request_that_never_got_its_turn_was_not_sent) {
  options.max_connections = 1;
  auto const first = start(put("/1", "v"));
  run_for(0ms);
  auto const second = start(put("/2", "v"));
  run_for(10s);
  BOOST_TEST(second->outcome->ec == make_error_code(errc::backend_unavailable));
  BOOST_TEST(!second->outcome->sent);
  BOOST_TEST(server->requests().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

test::answer_case<error_code> const bad_answers[] = {
    {"nothing", close_after(""), eof},
    {"half a status line", close_after("HTTP/1.1 20"), eof},
    {"half a head", close_after("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nCont"), eof},
    {"half a body", close_after("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"), eof},
    {"half a chunk", close_after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"), eof},
    {"no last chunk", close_after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), eof},
    {"half a body, then a reset", reset_after("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"), reset},
    {"HTML without a head", close_after("<!DOCTYPE html><html><body>It works!</body></html>"),
     errc::protocol_error},
    {"another protocol", close_after("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), errc::protocol_error},
    {"a status that is none", close_after("HTTP/1.1 abc OK\r\n\r\n"), errc::protocol_error},
    {"a Content-Length that is none", close_after("HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n"),
     errc::protocol_error},
    {"two different Content-Lengths",
     close_after("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
     errc::protocol_error},
    {"a chunk size that is none",
     close_after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n"),
     errc::protocol_error},
    {"500 MB, announced", scripted_reply("HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n"),
     errc::response_too_large},
    {"a body of one byte too many", scripted_reply(http_answer(200, "", std::string(1001, 'x'))),
     errc::response_too_large},
    {"500 MB in a chunk",
     scripted_reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1DCD6500\r\nabc"),
     errc::response_too_large},
    {"an endless head", scripted_reply("HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x')),
     errc::response_too_large},
    {"an endless line between chunks",
     scripted_reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(200'000, 'x')),
     errc::response_too_large},
    {"more bytes than it announced", scripted_reply(http_answer(200, "", "12345") + "67890"), error_code()},
};

BOOST_DATA_TEST_CASE_F(http_world, bad_answers_are_clean_errors, boost::unit_test::data::make(bad_answers)) {
  options.max_response_bytes = 1000;
  server->reply(sample.reply).reply(http_answer(200, "", "fine again"));
  auto const outcome = send(put("/", "v"));
  BOOST_TEST(outcome.ec == sample.meaning);
  if (outcome.ec) BOOST_TEST(outcome.sent);
  BOOST_TEST((time().now().time_since_epoch() == 0s));
  BOOST_TEST(send(get("/")).response.body == "fine again");
  BOOST_TEST(server->connections_accepted() == 2u);
}

BOOST_FIXTURE_TEST_SUITE(large_messages, http_world)

// Each piece ends one byte into the next field: the parser has taken all fields before it by then.
BOOST_AUTO_TEST_CASE(a_head_that_comes_field_by_field_is_cut_off_at_the_limit) {
  link.capacity = 18;
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 200'000; ++i) head += "a: bbbbbbbbbbbbb\r\n";
  server->reply(std::move(head));
  auto const outcome = send(get("/"));
  BOOST_TEST(outcome.ec == make_error_code(errc::response_too_large));
  BOOST_TEST(bytes_to_client < 70'000u);
}

// 500 MB that come in pieces are not taken in: the server's writes end when the limit is reached.
BOOST_AUTO_TEST_CASE(a_flood_is_cut_off_at_the_limit) {
  options.max_response_bytes = 1'000'000;
  link.capacity = 64 * 1024;
  server->reply("HTTP/1.1 200 OK\r\n\r\n" + std::string(20'000'000, 'x'));
  auto const outcome = send(get("/"));
  BOOST_TEST(outcome.ec == make_error_code(errc::response_too_large));
  BOOST_TEST(bytes_to_client < 1'200'000u);
}

BOOST_AUTO_TEST_CASE(a_value_larger_than_any_buffer_goes_there_and_back) {
  std::string const value(5'000'000, 'v');
  server->otherwise([](test::recorded_request const& r) { return http_answer(200, "", r.body); });
  BOOST_TEST((send(put("/", value)).response.body == value));
}

// A server may refuse a request before it has taken it in, and hang up.
BOOST_AUTO_TEST_CASE(a_refusal_in_the_middle_of_a_request_is_heard) {
  options.server = parse_url("http://early.test");
  auto const hasty = network->listen({"early.test", 80}, executor()).value();
  asio::co_spawn(executor(), refuse_early(*hasty, http_answer(413, "", "too large")), asio::detached);
  auto const outcome = send(put("/", std::string(1'000'000, 'v')));
  BOOST_TEST(!outcome.ec);
  BOOST_TEST(outcome.response.status == 413u);
  BOOST_TEST(outcome.response.body == "too large");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(cancelling_and_closing, http_world)

BOOST_AUTO_TEST_CASE(a_cancelled_request_ends_at_once_wherever_it_is) {
  link.connect_delay = 1ms;
  server->otherwise([](auto const&) { return scripted_reply(http_answer(201)).after(1ms); });
  for (std::size_t events = 0; events < 200; ++events) {
    client.reset();
    auto const sent_before = bytes_to_server;
    auto const request = start(put("/", "v"));
    for (std::size_t i = 0; i < events; ++i) time().step(context());
    bool const ended_by_itself = request->outcome.has_value();
    auto const before = time().now();
    request->cancel.emit(asio::cancellation_type::terminal);
    run_until([&] { return request->outcome.has_value(); });
    BOOST_TEST((time().now() == before));
    run_for(1s);
    auto const& outcome = *request->outcome;
    BOOST_TEST((!outcome.ec || outcome.ec == aborted));
    if (outcome.ec) BOOST_TEST(outcome.sent == (bytes_to_server > sent_before));
    if (!ended_by_itself) continue;
    BOOST_TEST(events > 8u);
    return;
  }
  BOOST_ERROR("the request never ends by itself");
}

BOOST_AUTO_TEST_CASE(closing_ends_everything_and_waits_for_it) {
  options.max_connections = 1;
  auto const busy = start(put("/1", "v")), waiting = start(put("/2", "v"));
  run_for(1s);
  run(open_client().close());
  BOOST_TEST(busy->outcome->ec == aborted);
  BOOST_TEST(busy->outcome->sent);
  BOOST_TEST(waiting->outcome->ec == aborted);
  BOOST_TEST(!waiting->outcome->sent);
  auto const late = send(put("/3", "v"));
  BOOST_TEST(late.ec == aborted);
  BOOST_TEST(!late.sent);
  run_for(1ms);
  BOOST_TEST(server->connections_open() == 0u);
  BOOST_TEST((time().now().time_since_epoch() < 2s));
}

BOOST_AUTO_TEST_CASE(destroying_the_client_ends_everything) {
  server->reply(http_answer(200));
  send(get("/"));
  auto const busy = start(put("/1", "v"));
  run_for(1s);
  client.reset();
  run_for(1ms);
  BOOST_TEST(busy->outcome->ec == aborted);
  BOOST_TEST(server->connections_open() == 0u);
}

BOOST_AUTO_TEST_CASE(destroying_an_idle_client_leaves_nothing_that_keeps_a_program_running) {
  server->reply(http_answer(200));
  send(get("/"));
  client.reset();
  run_for(1ms);
  BOOST_TEST(server->connections_open() == 0u);
  BOOST_TEST(time().pending_waits() == 0u);
}

BOOST_AUTO_TEST_CASE(nor_does_one_whose_connections_have_all_ended) {
  server->reply(http_answer(200, "Connection: close\r\n"));
  send(get("/"));
  client.reset();
  run_for(1ms);
  BOOST_TEST(time().pending_waits() == 0u);
}

BOOST_AUTO_TEST_CASE(a_program_may_end_at_any_point) {
  auto const events =
      test::tear_down_at_every_event([](test::virtual_context& world) -> std::shared_ptr<void> {
        auto const at = std::make_shared<test::http_peers>(world);
        http_world::put_callers_on_strand(*at, world);
        at->options.max_connections = 1;
        at->link.connect_delay = 1ms;
        at->server->otherwise([](auto const&) { return scripted_reply(http_answer(200)).after(1ms); });
        at->start(put("/1", "v"));
        at->start(get("/2"));
        at->start_stream(get("/3"));
        return at;
      });
  BOOST_TEST(events > 30u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(streams, http_world)

BOOST_AUTO_TEST_CASE(a_stream_hands_out_what_comes_until_its_end) {
  server->reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  auto const opened = open_stream(get("/"));
  BOOST_TEST(!opened.ec);
  BOOST_TEST(opened.response.status == 200u);
  auto const deadline = time().now() + 25s;
  BOOST_TEST(run(opened.stream->read_some(deadline)).value() == "abc");
  auto const silence = run(opened.stream->read_some(deadline));
  BOOST_TEST(silence.error() == make_error_code(errc::timeout));
  BOOST_TEST((time().now() == deadline));

  server->reply(close_after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
  auto const again = open_stream(get("/"));
  BOOST_TEST(run(again.stream->read_some(time().now() + 1s)).value() == "abc");
  BOOST_TEST(run(again.stream->read_some(time().now() + 1s)).value() == "");

  server->reply(close_after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
  auto const cut = open_stream(get("/"));
  BOOST_TEST(run(cut.stream->read_some(time().now() + 1s)).value() == "abc");
  BOOST_TEST(run(cut.stream->read_some(time().now() + 1s)).error() == eof);
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_longer_than_an_answer_and_takes_no_place_in_the_pool) {
  options.max_connections = 1;
  options.max_response_bytes = 1000;
  server->reply("HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'))
      .reply(http_answer(200, "", "meanwhile"));
  auto const opened = open_stream(get("/"));
  BOOST_TEST(send(get("/")).response.body == "meanwhile");
  std::size_t size = 0;
  while (size < 100'000) size += run(opened.stream->read_some(time().now() + 1s)).value().size();
  BOOST_TEST(size == 100'000u);
}

BOOST_AUTO_TEST_CASE(a_refused_stream_tells_its_status_and_a_dead_server_its_error) {
  server->reply(http_answer(404, "", "no such topic")).reply(close_after(""));
  BOOST_TEST(open_stream(get("/")).response.status == 404u);
  BOOST_TEST(open_stream(get("/")).ec == eof);
  auto const silent = open_stream(get("/"));
  BOOST_TEST(silent.ec == make_error_code(errc::timeout));
}

BOOST_AUTO_TEST_CASE(a_cancelled_or_closed_stream_ends_at_once) {
  server->reply("HTTP/1.1 200 OK\r\n\r\n").reply("HTTP/1.1 200 OK\r\n\r\n");
  auto const first = open_stream(get("/"));
  auto const second = open_stream(get("/"));
  asio::cancellation_signal cancel;
  error_code first_saw, second_saw;
  asio::co_spawn(executor(), first.stream->read_some(time().now() + 1h),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, auto const& bytes) {
                   first_saw = bytes.error();
                 }));
  asio::co_spawn(executor(), second.stream->read_some(time().now() + 1h),
                 [&](std::exception_ptr, auto const& bytes) { second_saw = bytes.error(); });
  run_for(1s);
  cancel.emit(asio::cancellation_type::terminal);
  run_for(1s);
  BOOST_TEST(first_saw == aborted);
  BOOST_TEST(!second_saw);
  client.reset();
  run_for(1s);
  BOOST_TEST(second_saw == aborted);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
