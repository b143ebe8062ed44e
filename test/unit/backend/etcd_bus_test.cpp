// The etcd bus against scripted members: what it sends, how it notices that a watch is dead, where it
// resumes.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "backend/etcd_bus.hpp"
#include "backend/etcd_watch.hpp"
#include "base/strand.hpp"
#include "bus_world.hpp"
#include "etcd_world.hpp"
#include "support/answer_case.hpp"

namespace chronicle {
namespace {

using namespace std::chrono_literals;
using test::close_after;
using test::etcd_fails;
using test::etcd_says;
using test::http_answer;
using test::kv;
using test::recorded_request;
using test::reset_after;
using test::scripted_reply;
using test::watch_head;
using test::watch_says;

using lines = std::vector<std::string>;

std::string const prefix = "game/bus/servers%2Fa/";
std::string const begun = watch_head + watch_says(R"("created":true)");
std::string begun_at(int revision) {
  return watch_head + watch_says(R"("created":true)", revision);
}
std::string const lease = etcd_says(R"("ID":"9041998814309968936","TTL":"60")");

std::string put_event(std::string const& name, std::string const& value, int modified) {
  return R"({"kv":)" + kv(prefix + name, value, modified) + "}";
}
std::string events(std::string const& all) {
  return watch_says("\"events\":[" + all + "]");
}

bool asks(recorded_request const& request, std::string const& path) {
  return request.line() == "POST " + path + " HTTP/1.1";
}

struct etcd_bus_world : test::bus_world<test::etcd_world> {
  etcd_bus_options options_of_bus;

  etcd_bus_world() { options.endpoints.resize(1); }
  std::shared_ptr<message_bus> make_bus() override {
    return make_etcd_bus_over(connecting, executor(), options, options_of_bus, shared_time(),
                              make_seeded_random_source(7));
  }
  std::string start_of(std::size_t request) const {
    auto const& body = server->requests().at(request).body;
    auto const at = body.find("start_revision");
    return at == body.npos ? "none" : body.substr(at + 17, body.find('"', at + 17) - at - 17);
  }
};

BOOST_FIXTURE_TEST_SUITE(etcd_bus_publishing, etcd_bus_world)

BOOST_AUTO_TEST_CASE(a_message_looks_like_this_on_the_wire) {
  server->reply(lease).reply(etcd_says()).reply(etcd_says());
  BOOST_TEST(!run(open_bus().publish("servers/a", "hello")));
  BOOST_TEST(!run(open_bus().publish("servers/a", "hello")));  // under the same lease
  auto const& seen = server->requests();
  BOOST_TEST_REQUIRE(seen.size() == 3u);
  BOOST_TEST(asks(seen[0], "/v3/lease/grant"));
  BOOST_TEST(seen[0].body == R"({"TTL":"60"})");
  BOOST_TEST(asks(seen[1], "/v3/kv/put"));
  std::string const begin = R"({"key":")" + encode_base64(prefix);  // 21 bytes: base64 without padding
  std::string const end = R"(","value":"aGVsbG8=","lease":"9041998814309968936"})";
  BOOST_TEST(seen[1].body.starts_with(begin), seen[1].body);
  BOOST_TEST(seen[1].body.ends_with(end), seen[1].body);
  BOOST_TEST(seen[1].body.size() == begin.size() + 44 + end.size());  // 32 bytes of name
  BOOST_TEST(seen[1].body != seen[2].body);                           // a name of its own for every message
}

BOOST_AUTO_TEST_CASE(a_lease_serves_for_half_of_its_time_or_until_it_is_gone) {
  server->reply(lease).reply(etcd_says()).reply(etcd_says());
  BOOST_TEST(!run(open_bus().publish("t", "x")));
  run_for(29s);
  BOOST_TEST(!run(open_bus().publish("t", "x")));
  run_for(1s);
  server->reply(lease).reply(etcd_says());
  BOOST_TEST(!run(open_bus().publish("t", "x")));
  server->reply(etcd_fails(404, 5, "etcdserver: requested lease not found")).reply(lease).reply(etcd_says());
  BOOST_TEST(!run(open_bus().publish("t", "x")));
  auto const gone = etcd_fails(404, 5, "etcdserver: requested lease not found");
  server->reply(gone).reply(lease).reply(gone);
  BOOST_TEST(run(open_bus().publish("t", "x")) == make_error_code(errc::protocol_error));
  BOOST_TEST(server->requests().size() == 11u);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sent_is_refused_before_it_is) {
  for (auto const& topic : {std::string(), std::string(600, 't'), std::string("\xff")})
    BOOST_TEST(run(open_bus().publish(topic, "x")) == make_error_code(errc::invalid_key));
  BOOST_TEST(run(open_bus().publish("t", "")) == error_code(asio::error::invalid_argument));
  BOOST_TEST(run(open_bus().publish("t", std::string(64 * 1024 + 1, 'x'))) ==
             make_error_code(errc::value_too_large));
  BOOST_TEST(server->connections_accepted() == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_is_sent_once_whatever_comes_back) {
  server->reply(lease)
      .reply(etcd_fails(403, 7, "etcdserver: permission denied"))
      .reply(etcd_fails(503, 14, "etcdserver: request timed out"))
      .reply(reset_after(""));
  error_code const expected[] = {errc::unauthorized, errc::backend_unavailable, asio::error::connection_reset,
                                 errc::timeout};
  for (auto const& ec : expected) BOOST_TEST(run(open_bus().publish("t", "x")) == ec);
  BOOST_TEST(server->requests().size() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(etcd_bus_listening, etcd_bus_world)

BOOST_AUTO_TEST_CASE(messages_are_heard_as_they_come) {
  server->reply(scripted_reply(begun + events(put_event("1", "one", 10) + "," + put_event("2", "two", 10)) +
                               events(R"({"type":"DELETE","kv":{"key":")" + encode_base64(prefix + "1") +
                                      R"(","mod_revision":"11"}})") +
                               events(put_event("heartbeat", "", 12)) + watch_says("") +
                               events(put_event("3", "three", 13))));
  listen();
  run_for(1s);
  BOOST_TEST((heard->lines == lines{"0 subscribed", "0 <one>", "0 <two>", "0 <three>"}));
  auto const& request = server->requests().at(0);
  BOOST_TEST(request.head ==
             "POST /v3/watch HTTP/1.1\r\nHost: kv.test:8080\r\nUser-Agent: chronicle\r\n"
             "Content-Type: application/json\r\nGrpc-Metadata-hasleader: true\r\nContent-Length: " +
                 std::to_string(request.body.size()) + "\r\n");
  BOOST_TEST(request.body == R"({"create_request":{"key":")" + encode_base64(prefix) + R"(","range_end":")" +
                                 encode_base64("game/bus/servers%2Fa0") + R"(","progress_notify":true}})");
  stop_listening();
  BOOST_TEST(ended);
  BOOST_TEST(server->connections_open() == 0u);
}

BOOST_AUTO_TEST_CASE(an_interrupted_subscription_resumes_after_what_it_saw) {
  server->reply(close_after(begun))
      .reply(close_after(begun + events(put_event("1", "one", 12)) +
                         events(put_event("2", "half", 13)).substr(0, 90)))
      .reply(close_after(begun_at(12) + watch_says("", 99)))  // progress promises nothing
      .reply(scripted_reply(begun_at(13) + events(put_event("2", "half", 13))));
  listen();
  run_for(3s);
  auto const eof = error_code(asio::error::eof).message();
  BOOST_TEST((heard->lines == lines{"0 subscribed", "0 interrupted: " + eof, "0 subscribed", "0 <one>",
                                    "0 interrupted: " + eof, "0 subscribed", "0 interrupted: " + eof,
                                    "0 subscribed", "0 <half>"}));
  BOOST_TEST(start_of(0) == "none");
  BOOST_TEST(start_of(1) == "10");  // after the revision at which it began
  BOOST_TEST(start_of(2) == "13");
  BOOST_TEST(start_of(3) == "13");
}

BOOST_AUTO_TEST_CASE(a_store_that_went_back_in_time_is_watched_from_where_it_is) {
  server->reply(close_after(begun + events(put_event("1", "one", 12))))
      .reply(scripted_reply(begun))  // restored, or another member that lags behind
      .reply(scripted_reply(begun_at(10) + events(put_event("2", "two", 10))));
  listen();
  run_for(5s);
  BOOST_TEST(start_of(1) == "13");
  BOOST_TEST_REQUIRE(server->requests().size() == 3u);
  BOOST_TEST(start_of(2) == "10");
  BOOST_TEST(heard->lines.size() == 5u);
  BOOST_TEST(heard->lines.back().ends_with("<two>"));
}

BOOST_AUTO_TEST_CASE(where_history_was_compacted_it_goes_on_with_what_is_still_there) {
  server->reply(close_after(begun + events(put_event("1", "one", 12))))
      .reply(scripted_reply(begun_at(25) + watch_says(R"("canceled":true,"compact_revision":"20")")))
      .reply(etcd_says("\"kvs\":[" + kv(prefix + "2", "two", 15) + "," + kv(prefix + "heartbeat", "", 16) +
                       "," + kv(prefix + "3", "three", 18) + "]"))
      .reply(scripted_reply(begun + events(put_event("4", "four", 30))));
  listen();
  run_for(3s);
  BOOST_TEST((lines(heard->lines.end() - 4, heard->lines.end()) ==
              lines{"0 <two>", "0 <three>", "0 subscribed", "0 <four>"}));
  BOOST_TEST(server->requests().at(2).body ==
             R"({"key":")" + encode_base64(prefix) + R"(","range_end":")" +
                 encode_base64("game/bus/servers%2Fa0") +
                 R"(","sort_order":"ASCEND","sort_target":"MOD","min_mod_revision":"13"})");
  BOOST_TEST(start_of(3) == "10");  // after the revision of what was still there
  BOOST_TEST(server->connections_open() ==
             2u);  // the watch and a kept-alive one: not the watch that went silent
}

BOOST_AUTO_TEST_CASE(a_silent_watch_is_given_something_to_hear) {
  server->otherwise([&](recorded_request const& request) {
    if (asks(request, "/v3/watch"))
      return scripted_reply(begun).repeating(events(put_event("heartbeat", "", 12)), 10100ms);
    return scripted_reply(asks(request, "/v3/lease/grant") ? lease : etcd_says());
  });
  listen();
  run_for(10min);
  BOOST_TEST((heard->lines == lines{"0 subscribed"}));
  std::size_t watches = 0, beats = 0;
  for (auto const& request : server->requests()) {
    watches += asks(request, "/v3/watch");
    beats += asks(request, "/v3/kv/put") &&
             request.body.find(encode_base64(prefix + "heartbeat")) != std::string::npos;
  }
  BOOST_TEST(watches == 1u);
  BOOST_TEST(beats >= 50u);
  BOOST_TEST(beats <= 60u);
}

BOOST_AUTO_TEST_CASE(a_half_open_watch_is_dead_though_writes_succeed) {
  server->otherwise([&](recorded_request const& request) {
    if (asks(request, "/v3/watch")) return scripted_reply(begun);
    return scripted_reply(asks(request, "/v3/lease/grant") ? lease : etcd_says());
  });
  listen();
  run_for(24s);
  BOOST_TEST(heard->lines.size() == 1u);
  run_for(2s);
  BOOST_TEST((heard->lines == lines{"0 subscribed", "25 interrupted: " + error_code(errc::timeout).message(),
                                    "25 subscribed"}));
}

BOOST_AUTO_TEST_CASE(the_next_member_is_watched_where_one_fails) {
  options.endpoints.push_back("http://b.test:2379");
  server->reply(close_after(begun +
                            R"({"error":{"grpc_code":14,"http_code":503,"message":"etcdserver: no leader"}})"
                            "\n"));
  second->reply(scripted_reply(begun));
  listen();
  run_for(1s);
  BOOST_TEST((heard->lines == lines{"0 subscribed",
                                    "0 interrupted: " + error_code(errc::backend_unavailable).message(),
                                    "0 subscribed"}));
  BOOST_TEST(second->requests().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_token_that_is_not_known_is_renewed) {
  options.user = options.password = "app";
  auto const token = [](std::string const& text) { return etcd_says("\"token\":\"" + text + "\""); };
  std::string const refusal =
      R"("watch_id":"-1","created":true,"canceled":true,"cancel_reason":"rpc error: code = )";
  server->reply(token("t.1"))
      .reply(
          scripted_reply(watch_head + watch_says(refusal + R"(Unauthenticated desc = invalid auth token")")))
      .reply(token("t.2"))
      .reply(scripted_reply(
          watch_head + watch_says(refusal + R"(InvalidArgument desc = etcdserver: user name is empty")")))
      .reply(token("t.3"))
      .reply(etcd_fails(401, 16, "etcdserver: invalid auth token"))
      .reply(token("t.4"))
      .reply(scripted_reply(  // 3.5.5 and older, whatever is wrong with the token
          watch_head + watch_says(refusal + R"(PermissionDenied desc = etcdserver: permission denied")")))
      .reply(token("t.5"))
      .reply(scripted_reply(begun));
  listen();
  run_for(5s);
  BOOST_TEST((heard->lines ==
              lines{"0 interrupted: " + error_code(errc::unauthorized).message(), heard->lines.back()}));
  BOOST_TEST(heard->lines.back().ends_with("subscribed"));
  BOOST_TEST(server->requests().back().head.find("Authorization: t.5\r\n") != std::string::npos);
}

test::answer_case<error_code> const bad_streams[] = {
    {"HTML", close_after(watch_head + "<html>\n"), errc::protocol_error},
    {"a line that is no message", scripted_reply(watch_head + "{\"result\":7}\n"), errc::protocol_error},
    {"events that are none", scripted_reply(watch_head + events("3")), errc::protocol_error},
    {"404", http_answer(404, "", "Not Found\n"), errc::protocol_error},
    {"503", etcd_fails(503, 14, "etcdserver: request timed out"), errc::backend_unavailable},
    {"no token", etcd_fails(400, 3, "etcdserver: user name is empty"), errc::unauthorized},
    {"nothing", close_after(""), asio::error::eof},
    {"half a head", close_after("HTTP/1.1 200 OK\r\nConte"), asio::error::eof},
    {"a reset", reset_after(watch_head), asio::error::connection_reset},
    {"an endless line", scripted_reply(watch_head + std::string(2'000'000, 'x')), errc::response_too_large},
};

BOOST_DATA_TEST_CASE(a_bad_answer_is_an_interruption_and_the_next_one_may_be_good,
                     boost::unit_test::data::make(bad_streams)) {
  options.max_value_bytes = 1'000'000;
  options.max_response_bytes = 1'500'000;
  server->reply(sample.reply).reply(scripted_reply(begun));
  listen();
  run_for(2s);
  BOOST_TEST((heard->lines == lines{"0 interrupted: " + sample.meaning.message(), "0 subscribed"}));
}

/// Another source's time. Remembers whether everybody who waited was on a strand.
class watchful_time final : public time_source {
 public:
  explicit watchful_time(std::shared_ptr<time_source> inner) : inner_(std::move(inner)) {}
  time_point now() const noexcept override { return inner_->now(); }
  wall_time_point wall_now() const noexcept override { return inner_->wall_now(); }
  void wait_until(time_point deadline, asio::any_io_executor executor,
                  asio::any_completion_handler<void(error_code)> handler) override {
    ++(strand_type::from(executor) ? on_strands : elsewhere);
    inner_->wait_until(deadline, std::move(executor), std::move(handler));
  }
  unsigned on_strands = 0;
  unsigned elsewhere = 0;

 private:
  std::shared_ptr<time_source> inner_;
};

BOOST_AUTO_TEST_CASE(who_listens_on_no_strand_is_given_one) {
  auto const watched = std::make_shared<watchful_time>(shared_time());
  bus = make_etcd_bus_over(connecting, executor(), options, options_of_bus, watched,
                           make_seeded_random_source(7));
  server->reply(scripted_reply(begun));
  listen();
  run_for(1min);
  BOOST_TEST(watched->on_strands > 0u);
  BOOST_TEST(watched->elsewhere == 0u);
}

BOOST_AUTO_TEST_CASE(who_listens_after_being_cancelled_does_not_begin) {
  asio::co_spawn(
      executor(),
      [this]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        cancel.emit(asio::cancellation_type::terminal);
        auto listening = open_bus().listen("servers/a", heard);
        co_await std::move(listening);
      },
      asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr) { ended = true; }));
  run_for(1s);
  BOOST_TEST(ended);
  BOOST_TEST(heard->lines.empty());
}

BOOST_AUTO_TEST_CASE(a_listener_may_end_it_from_within) {
  check_that_a_listener_may_end_it(begun);
}

BOOST_AUTO_TEST_CASE(the_bus_may_be_destroyed_while_somebody_listens) {
  check_that_listening_outlives_the_bus(scripted_reply(begun).repeating(events(put_event("1", "x", 12)), 5s));
  BOOST_TEST(heard->lines.size() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_program_may_end_at_any_point_of_an_etcd_subscription) {
  test::tear_down_a_subscription(close_after(begun + events(put_event("1", "x", 12))),
                                 [](test::virtual_context& world, test::http_peers& at) {
                                   etcd_options where;
                                   where.endpoints = {"http://kv.test:8080"};
                                   return make_etcd_bus_over(at.network, world.executor(), where,
                                                             etcd_bus_options(), world.shared_time(),
                                                             make_seeded_random_source(7));
                                 });
}

BOOST_AUTO_TEST_CASE(messages_of_a_watch_may_be_cut_anywhere) {
  auto const text =
      watch_says(R"("created":true)") + events(put_event("1", "one", 10)) + "\r\n" + watch_says("", 12);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    etcd::watch_parser parser;
    std::vector<etcd::watch_message> messages;
    BOOST_TEST(!parser.feed(text.substr(0, cut), messages));
    BOOST_TEST(!parser.feed(text.substr(cut), messages));
    BOOST_TEST_REQUIRE(messages.size() == 3u);
    BOOST_TEST(messages[0].created);
    BOOST_TEST(messages[1].events.at(0).what.value == "one");
    BOOST_TEST(messages[2].at == 12);
  }
}

BOOST_AUTO_TEST_CASE(options_of_the_etcd_bus_are_judged_by_name) {
  etcd_bus_options options;
  BOOST_TEST(find_problem(options) == "");
  options.heartbeat = 25s;
  BOOST_TEST(find_problem(options).starts_with("silence_limit: must be more than heartbeat"));
  options = {};
  options.backoff_base = 10s;
  BOOST_TEST(find_problem(options).starts_with("backoff_cap: must be"));
  options = {};
  options.message_lifetime = 5s;
  BOOST_TEST(find_problem(options).starts_with("message_lifetime: must be"));
}

}  // namespace
}  // namespace chronicle
