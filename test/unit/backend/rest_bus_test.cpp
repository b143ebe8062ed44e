// The REST bus against a scripted server: what it sends, how it notices that a subscription is dead, how it
// comes back.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "backend/rest_bus.hpp"
#include "bus_world.hpp"
#include "rest_world.hpp"
#include "support/answer_case.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;
using test::close_after;
using test::http_answer;
using test::reset_after;
using test::scripted_reply;

std::string const stream_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
std::string const subscribed = ": subscribed\nid: x-0\n\n";

using lines = std::vector<std::string>;

struct rest_bus_world : test::bus_world<test::rest_world> {
  rest_bus_options options_of_bus;

  std::shared_ptr<message_bus> make_bus() override {
    return make_rest_bus_over(connecting, executor(), rest, options_of_bus, shared_time(),
                              make_seeded_random_source(7));
  }
};

BOOST_FIXTURE_TEST_SUITE(rest_bus_publishing, rest_bus_world)

BOOST_AUTO_TEST_CASE(a_message_looks_like_this_on_the_wire) {
  rest.bearer_token = "s3cret";
  server->reply(http_answer(202, "Content-Type: application/json\r\n", R"({"id": "x-1", "subscribers": 0})"));
  BOOST_TEST(!run(open_bus().publish("servers/a b", "{\"hello\": 1}\n")));
  BOOST_TEST(
      server->requests().at(0).head ==
      "POST /v1/topics/servers%2Fa%20b HTTP/1.1\r\nHost: kv.test:8080\r\nUser-Agent: chronicle\r\n"
      "Authorization: Bearer s3cret\r\nContent-Type: application/octet-stream\r\nContent-Length: 13\r\n");
  BOOST_TEST(server->requests().at(0).body == "{\"hello\": 1}\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sent_is_refused_before_it_is) {
  for (auto const& topic : {std::string(), std::string(600, 't'), std::string("\xff")})
    BOOST_TEST(run(open_bus().publish(topic, "x")) == make_error_code(errc::invalid_key));
  for (auto const& payload :
       {std::string(), std::string("a\0b", 3), std::string("a\rb"), std::string("\xff")})
    BOOST_TEST(run(open_bus().publish("t", payload)) == error_code(asio::error::invalid_argument));
  BOOST_TEST(server->connections_accepted() == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_is_sent_once_whatever_comes_back) {
  server->reply(http_answer(200))
      .reply(http_answer(401))
      .reply(http_answer(413))
      .reply(http_answer(429))
      .reply(http_answer(500))
      .reply(reset_after(""));
  error_code const expected[] = {errc::protocol_error, errc::unauthorized,    errc::value_too_large,
                                 errc::throttled,      errc::backend_failure, asio::error::connection_reset,
                                 errc::timeout};
  for (auto const& ec : expected) BOOST_TEST(run(open_bus().publish("t", "x")) == ec);
  BOOST_TEST(server->requests().size() == 7u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(rest_bus_listening, rest_bus_world)

BOOST_AUTO_TEST_CASE(messages_are_heard_as_they_come) {
  server->reply(
      scripted_reply(stream_head + subscribed + "id: x-1\ndata: one\n\nid: x-2\ndata: two\ndata: lines\n\n"));
  listen();
  run_for(1s);
  BOOST_TEST((heard->lines == lines{"0 subscribed", "0 <one>", "0 <two\nlines>"}));
  BOOST_TEST(server->requests().at(0).head ==
             "GET /v1/topics/servers%2Fa HTTP/1.1\r\nHost: kv.test:8080\r\n"
             "User-Agent: chronicle\r\nAccept: text/event-stream\r\n");
  stop_listening();
  BOOST_TEST(ended);
  BOOST_TEST(server->connections_open() == 0u);
}

BOOST_AUTO_TEST_CASE(an_interrupted_subscription_resumes_after_the_last_message) {
  server->reply(close_after(stream_head + subscribed))
      .reply(close_after(stream_head + subscribed + "id: x-1\ndata: one\n\nid: x-2\ndata: half"))
      .reply(scripted_reply(stream_head + ": gap\n\n" + subscribed + "id: y-9\ndata: two\n\n"));
  listen();
  run_for(2s);
  auto const eof = error_code(asio::error::eof).message();
  BOOST_TEST((heard->lines == lines{"0 subscribed", "0 interrupted: " + eof, "0 subscribed", "0 <one>",
                                    "0 interrupted: " + eof, "0 subscribed", "0 <two>"}));
  auto const resumes = [&](std::size_t request, std::string const& id) {
    return server->requests().at(request).head.find("Last-Event-ID: " + id + "\r\n") != std::string::npos;
  };
  BOOST_TEST(resumes(1, "x-0"));
  BOOST_TEST(resumes(2, "x-1"));
}

BOOST_AUTO_TEST_CASE(silence_means_death_and_a_sign_of_life_does_not) {
  server->reply(scripted_reply(stream_head + subscribed)).reply(scripted_reply(stream_head + subscribed));
  listen();
  run_for(24s);
  BOOST_TEST(heard->lines.size() == 1u);
  run_for(2s);
  BOOST_TEST((heard->lines == lines{"0 subscribed", "25 interrupted: " + error_code(errc::timeout).message(),
                                    "25 subscribed"}));
  BOOST_TEST(server->connections_open() == 1u);
}

BOOST_AUTO_TEST_CASE(heartbeats_keep_a_subscription_alive) {
  server->reply(scripted_reply(stream_head + subscribed).repeating(":\n\n", 10s));
  listen();
  run_for(10min);
  BOOST_TEST((heard->lines == lines{"0 subscribed"}));
  BOOST_TEST(server->connections_accepted() == 1u);
}

BOOST_AUTO_TEST_CASE(an_outage_is_told_once_and_pauses_grow_to_their_ceiling) {
  server->otherwise([](auto const&) { return http_answer(503); });
  listen();
  run_for(1h);
  BOOST_TEST((heard->lines == lines{"0 interrupted: " + error_code(errc::backend_unavailable).message()}));
  // Pauses are uniform in [0, 5 s) after the first few: one every 2.5 s on average.
  auto const attempts = server->requests().size();
  BOOST_TEST(attempts > 1300u);
  BOOST_TEST(attempts < 1600u);
  server->otherwise([](auto const&) { return scripted_reply(stream_head + subscribed); });
  run_for(6s);
  BOOST_TEST(heard->lines.size() == 2u);
  BOOST_TEST(heard->lines.back().find("subscribed") != std::string::npos);
  server->close_connections();  // after a success the pauses are short again
  run_for(100ms);
  BOOST_TEST(heard->lines.size() == 4u);
}

test::answer_case<error_code> const bad_streams[] = {
    {"HTML", http_answer(200, "Content-Type: text/html\r\n", "<html>"), errc::protocol_error},
    {"no type", http_answer(200), errc::protocol_error},
    {"401", http_answer(401), errc::unauthorized},
    {"404", http_answer(404), errc::protocol_error},
    {"406", http_answer(406), errc::protocol_error},
    {"429", http_answer(429), errc::throttled},
    {"500", http_answer(500), errc::backend_failure},
    {"nothing", close_after(""), asio::error::eof},
    {"half a head", close_after("HTTP/1.1 200 OK\r\nConte"), asio::error::eof},
    {"a reset", reset_after(stream_head), asio::error::connection_reset},
    {"an endless line", scripted_reply(stream_head + std::string(1'100'000, 'x')), errc::protocol_error},
    {"no HTTP", close_after("<html><body>It works!</body></html>"), errc::protocol_error},
};

BOOST_DATA_TEST_CASE(a_bad_answer_is_an_interruption_and_the_next_one_may_be_good,
                     boost::unit_test::data::make(bad_streams)) {
  server->reply(sample.reply).reply(scripted_reply(stream_head + subscribed));
  listen();
  run_for(2s);
  BOOST_TEST((heard->lines == lines{"0 interrupted: " + sample.meaning.message(), "0 subscribed"}));
}

BOOST_AUTO_TEST_CASE(a_listener_may_end_it_from_within) {
  check_that_a_listener_may_end_it(stream_head + subscribed);
}

BOOST_AUTO_TEST_CASE(the_bus_may_be_destroyed_while_somebody_listens) {
  check_that_listening_outlives_the_bus(stream_head + subscribed);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_program_may_end_at_any_point_of_a_subscription) {
  test::tear_down_a_subscription(close_after(stream_head + subscribed + "data: x\n\n"),
                                 [](test::virtual_context& world, test::http_peers& at) {
                                   rest_options where;
                                   where.url = "http://kv.test:8080";
                                   return make_rest_bus_over(at.network, world.executor(), where,
                                                             rest_bus_options(), world.shared_time(),
                                                             make_seeded_random_source(7));
                                 });
}

BOOST_AUTO_TEST_CASE(options_of_the_bus_are_judged_by_name) {
  rest_bus_options options;
  BOOST_TEST(find_problem(options) == "");
  options.silence_limit = 500ms;
  BOOST_TEST(find_problem(options).starts_with("silence_limit: must be"));
  options = {};
  options.backoff_base = 0ms;
  BOOST_TEST(find_problem(options).starts_with("backoff_base: must be"));
  options.backoff_base = 10s;
  BOOST_TEST(find_problem(options).starts_with("backoff_cap: must be"));
}

}  // namespace
}  // namespace chronicle
