// What requests ask for, and which are refused before anything is done.
#include "kv_server/request_plan.hpp"

#include <boost/test/unit_test.hpp>

#include "kv_server/digest.hpp"
#include "kv_server/target.hpp"
#include "unit/kv_server/request_fixture.hpp"

namespace chronicle::kv::test {
namespace {

using namespace std::chrono_literals;

request_planner make_planner(std::string token = {}) {
  plan_options options;
  options.token = std::move(token);
  options.max_name_bytes = 20;
  options.max_value_bytes = 1000;
  options.max_message_bytes = 100;
  return request_planner(options);
}

action plan(request const& r) {
  return make_planner().plan(r);
}

template <class T>
T plan_task(request const& r) {
  auto const planned = plan(r);
  if (auto const* const refused = std::get_if<response>(&planned)) BOOST_FAIL(refused->body);
  return std::get<T>(std::get<task>(planned));
}

/// "405 method-not-allowed", or "accepted".
std::string verdict_on(action const& planned) {
  auto const* const refused = std::get_if<response>(&planned);
  return refused == nullptr ? "accepted" : std::to_string(refused->status) + " " + slug_of(*refused);
}
std::string verdict_on(request const& r) {
  return verdict_on(plan(r));
}

struct refused_case {
  request asked;
  char const* verdict;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(request_plans)

BOOST_AUTO_TEST_CASE(targets_name_resources) {
  auto const read = plan_task<read_action>(make_request("GET", "/v1/kv/my%20game/Player%2F1%2E%2E%25"));
  BOOST_TEST(read.query.key.space == "my game");
  BOOST_TEST(read.query.key.name == "Player/1..%");
  BOOST_TEST(plan_task<read_action>(make_request("GET", "/v1/kv/n/%2E%2E")).query.key.name == "..");
  BOOST_TEST(
      plan_task<read_action>(make_request("GET", "http://host:1/v1/kv/n/k?rev=7")).query.as_of.value() == 7u);
  auto const list =
      plan_task<list_query>(make_request("GET", "/v1/kv/n?prefix=a%26&after=a%2Bb+c&limit=7&rev=0"));
  BOOST_TEST(list.prefix == "a&");
  BOOST_TEST(list.after == "a+b+c");
  BOOST_TEST(list.limit == 7u);
  BOOST_TEST(list.as_of.value() == 0u);
  auto const versions = plan_task<versions_query>(make_request("HEAD", "/v1/kv/n/k/versions?before=9"));
  BOOST_TEST(versions.before.value() == 9u);
  BOOST_TEST(plan_task<publish_action>(make_request("POST", "/v1/topics/t%2F1")).topic == "t/1");
  plan_task<health_action>(make_request("GET", "/healthz"));
  plan_task<metrics_action>(make_request("HEAD", "/metrics?"));
}

BOOST_AUTO_TEST_CASE(malformed_targets_are_refused) {
  refused_case const cases[] = {
      {make_request("GET", "*"), "404 no-such-resource"},
      {make_request("GET", "/"), "404 no-such-resource"},
      {make_request("GET", "/v2/kv/n/k"), "404 no-such-resource"},
      {make_request("GET", "/v1/kw/n/k"), "404 no-such-resource"},
      {make_request("GET", "/v1/kv"), "404 no-such-resource"},
      {make_request("GET", "/v1/kv/n/k/other"), "404 no-such-resource"},
      {make_request("GET", "/v1/kv/n/k/versions/1"), "404 no-such-resource"},
      {make_request("GET", "/healthz/"), "404 no-such-resource"},
      {make_request("GET", "/v1/kv/n/"), "400 malformed-target"},
      {make_request("GET", "/v1/kv//k"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/.."), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/."), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/%zz"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/%4"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/%00"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/%ff"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/\xc3\xa9"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/k#x"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/123456789012345678901"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/k?revision=1"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/k?rev=1&rev=2"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/k?rev=%"), "400 malformed-target"},
      {make_request("GET", "/healthz?x=1"), "400 malformed-target"},
      {make_request("GET", "/v1/kv/n/k?rev=x"), "400 bad-parameter"},
      {make_request("GET", "/v1/kv/n/k?rev=0"), "400 bad-parameter"},
      {make_request("GET", "/v1/kv/n/k?rev=99999999999999999999"), "400 bad-parameter"},
      {make_request("GET", "/v1/kv/n?limit=0"), "400 bad-parameter"},
      {make_request("GET", "/v1/kv/n?limit=1001"), "400 bad-parameter"},
      {make_request("GET", "/v1/kv/n?limit="), "400 bad-parameter"},
      {make_request("GET", "/v1/kv/n/k/versions?before=-1"), "400 bad-parameter"},
      {make_request("PUT", "/v1/kv/n/k?rev=1", {{"If-None-Match", "*"}}), "400 bad-parameter"},
  };
  for (auto const& c : cases)
    BOOST_TEST(verdict_on(c.asked) == c.verdict, c.asked.target << " -> " << c.verdict);
}

BOOST_AUTO_TEST_CASE(methods_are_those_of_the_resource) {
  BOOST_TEST(verdict_on(make_request("POST", "/v1/kv/n/k")) == "405 method-not-allowed");
  BOOST_TEST(verdict_on(make_request("PUT", "/v1/kv/n")) == "405 method-not-allowed");
  BOOST_TEST(verdict_on(make_request("DELETE", "/v1/kv/n/k/versions")) == "405 method-not-allowed");
  BOOST_TEST(verdict_on(make_request("GET, HEAD", "/healthz")) == "405 method-not-allowed");
  auto const refused = std::get<response>(plan(make_request("BREW", "/v1/topics/t")));
  BOOST_TEST(field_of(refused, "Allow") == "GET, POST");
}

BOOST_AUTO_TEST_CASE(writes_need_a_precondition_that_protects_others) {
  auto const put = [](field_list fields) { return verdict_on(make_request("PUT", "/v1/kv/n/k", fields)); };
  auto const erase = [](field_list fields) {
    return verdict_on(make_request("DELETE", "/v1/kv/n/k", fields));
  };
  BOOST_TEST(put({}) == "428 precondition-required");
  BOOST_TEST(put({{"If-Match", "*"}}) == "428 precondition-required");
  BOOST_TEST(put({{"If-None-Match", "\"1\""}}) == "428 precondition-required");
  BOOST_TEST(put({{"If-Match", "\"1\""}, {"If-None-Match", "*"}}) == "400 bad-header");
  BOOST_TEST(put({{"If-Match", "1"}}) == "400 bad-header");
  BOOST_TEST(put({{"If-Match", "\"1"}}) == "400 bad-header");
  BOOST_TEST(put({{"If-Match", "\"1\" \"2\""}}) == "400 bad-header");
  BOOST_TEST(put({{"If-Match", ""}}) == "400 bad-header");
  BOOST_TEST(put({{"If-Match", "\"1\""}}) == "accepted");
  BOOST_TEST(erase({}) == "428 precondition-required");
  BOOST_TEST(erase({{"If-None-Match", "*"}}) == "428 precondition-required");
  BOOST_TEST(erase({{"If-Match", "\"1\""}}) == "accepted");
}

BOOST_AUTO_TEST_CASE(preconditions_become_revisions) {
  auto const expected = [](field_list fields) {
    return plan_task<write_action>(make_request("PUT", "/v1/kv/n/k", fields)).command.expected;
  };
  using revisions = std::vector<std::uint64_t>;
  BOOST_TEST(expected({{"if-none-match", "*"}}).absent);
  BOOST_TEST((expected({{"If-Match", "\"7\""}}).revisions == revisions{7}));
  BOOST_TEST(
      (expected({{"If-Match", "\"7\", ,\"8\""}, {"If-Match", "\"9\""}}).revisions == revisions{7, 8, 9}));
  // Weak tags never match here, others are not revisions of ours: false, not malformed.
  for (auto const* tag : {"W/\"7\"", "\"abc\"", "\"07\"", "\"\"", "\"99999999999999999999\""}) {
    auto const e = expected({{"If-Match", tag}});
    BOOST_TEST(!e.absent);
    BOOST_TEST(e.revisions.empty(), tag);
  }
}

BOOST_AUTO_TEST_CASE(write_ids_preferences_and_digests_are_taken_along) {
  auto const put =
      plan_task<write_action>(make_request("PUT", "/v1/kv/n/k",
                                           {{"If-None-Match", "*"},
                                            {"Write-Id", "s:1"},
                                            {"Prefer", "respond-async, RETURN=representation; x=1"}}));
  BOOST_TEST(put.command.write_id == "s:1");
  BOOST_TEST(put.command.want_current);
  BOOST_TEST(put.command.value.has_value());
  auto const erase = plan_task<write_action>(make_request("DELETE", "/v1/kv/n/k", {{"If-Match", "\"1\""}}));
  BOOST_TEST(!erase.command.value.has_value());
  BOOST_TEST(!erase.command.want_current);
  auto const id = [](char const* text) {
    return verdict_on(make_request("PUT", "/v1/kv/n/k", {{"If-None-Match", "*"}, {"Write-Id", text}}));
  };
  BOOST_TEST(id("") == "400 bad-header");
  BOOST_TEST(id("two words") == "400 bad-header");
  BOOST_TEST(id(std::string(257, 'x').c_str()) == "400 bad-header");
  BOOST_TEST(id(std::string(256, 'x').c_str()) == "accepted");
}

BOOST_AUTO_TEST_CASE(bodies_are_checked_before_they_are_read) {
  auto const put = [](field_list fields, std::optional<std::uint64_t> length, bool chunked = false) {
    auto r = make_request("PUT", "/v1/kv/n/k", fields);
    r.fields.add("If-None-Match", "*");
    r.content_length = length;
    r.chunked = chunked;
    return verdict_on(r);
  };
  BOOST_TEST(put({}, 0) == "accepted");
  BOOST_TEST(put({}, 1000) == "accepted");
  BOOST_TEST(put({}, 1001) == "413 too-large");
  BOOST_TEST(put({}, std::nullopt) == "411 length-required");
  BOOST_TEST(put({}, std::nullopt, true) == "accepted");
  BOOST_TEST(put({{"Content-Type", "application/json; charset=utf-8"}}, 1) == "accepted");
  BOOST_TEST(put({{"Content-Type", "Application/Octet-Stream"}}, 1) == "accepted");
  BOOST_TEST(put({{"Content-Type", "text/plain"}}, 1) == "415 unsupported-media-type");
  BOOST_TEST(put({{"Content-Type", "application/x-www-form-urlencoded"}}, 1) == "415 unsupported-media-type");
  BOOST_TEST(put({{"Content-Encoding", "gzip"}}, 1) == "415 unsupported-media-type");
  BOOST_TEST(put({{"Content-Encoding", "identity"}}, 1) == "accepted");
  auto get = make_request("GET", "/v1/kv/n/k");
  get.content_length = 5;
  BOOST_TEST(verdict_on(get) == "400 unexpected-body");
  get.content_length = 0;
  BOOST_TEST(verdict_on(get) == "accepted");
  auto erase = make_request("DELETE", "/v1/kv/n/k", {{"If-Match", "\"1\""}});
  erase.chunked = true;
  BOOST_TEST(verdict_on(erase) == "400 unexpected-body");
  BOOST_TEST(make_planner().max_body(task(health_action())) == 0u);
  BOOST_TEST(make_planner().max_body(task(write_action())) == 1000u);
  BOOST_TEST(make_planner().max_body(task(publish_action())) == 100u);
}

BOOST_AUTO_TEST_CASE(bodies_complete_the_plan) {
  auto const planner = make_planner();
  auto const put = [&](char const* digest_field) {
    return std::get<task>(planner.plan(
        make_request("PUT", "/v1/kv/n/k", {{"If-None-Match", "*"}, {"Content-Digest", digest_field}})));
  };
  std::string const good = format_content_digest(sha256("hello"));
  auto planned = put(good.c_str());
  BOOST_TEST(!planner.take_body(planned, "hello"));
  BOOST_TEST(std::get<write_action>(planned).command.value.value() == "hello");
  BOOST_TEST(std::get<write_action>(planned).command.digest == sha256("hello"));
  for (auto const& bad : {std::string("sha-256=:AAAA:"), std::string("sha-256=?"), "md5=:AA==:, " + good}) {
    planned = put(bad.c_str());
    auto const refused = planner.take_body(planned, "hallo");
    BOOST_TEST(refused.value().status == 400);
  }
  planned = put("md5=:AA==:");
  BOOST_TEST(!planner.take_body(planned, "hello"));
  auto publish = std::get<task>(planner.plan(make_request("POST", "/v1/topics/t")));
  for (auto const& bad : {std::string(), std::string("a\rb"), std::string("a\0b", 3), std::string("\xff")})
    BOOST_TEST(planner.take_body(publish, bad).value().status == 400);
  BOOST_TEST(!planner.take_body(publish, "two\nlines"));
}

BOOST_AUTO_TEST_CASE(waiting_needs_something_to_wait_for) {
  auto const wait = [](std::string target, field_list fields) {
    return plan_task<read_action>(make_request("GET", std::move(target), fields)).wait;
  };
  BOOST_TEST((wait("/v1/kv/n/k", {{"If-None-Match", "\"1\""}, {"Prefer", "wait=25"}}) == 25s));
  BOOST_TEST((wait("/v1/kv/n/k", {{"If-None-Match", "\"1\""}, {"Prefer", "wait=\"5\""}}) == 5s));
  BOOST_TEST((wait("/v1/kv/n/k", {{"If-None-Match", "\"1\""}, {"Prefer", "wait=1000"}}) == 60s));
  BOOST_TEST((wait("/v1/kv/n/k", {{"If-None-Match", "\"1\""}, {"Prefer", "wait=-1, wait=x"}}) == 0s));
  BOOST_TEST((wait("/v1/kv/n/k", {{"Prefer", "wait=25"}}) == 0s));
  BOOST_TEST((wait("/v1/kv/n/k?rev=1", {{"If-None-Match", "\"1\""}, {"Prefer", "wait=25"}}) == 0s));
}

BOOST_AUTO_TEST_CASE(a_token_is_asked_for_everywhere_but_at_the_health_check) {
  auto const planner = make_planner("s3cret");
  auto const ask = [&](std::string target, field_list fields) {
    return planner.plan(make_request("GET", std::move(target), fields));
  };
  BOOST_TEST(verdict_on(ask("/healthz", {})) == "accepted");
  for (auto const* target : {"/v1/kv/n/k", "/v1/topics/t", "/metrics", "/nowhere"}) {
    BOOST_TEST(verdict_on(ask(target, {})) == "401 unauthorized", target);
    BOOST_TEST(verdict_on(ask(target, {{"Authorization", "Bearer wrong"}})) == "401 unauthorized", target);
  }
  for (auto const* method : {"GET", "HEAD", "PUT", "POST", "DELETE"})
    for (auto const* target : {"/v1/kv/n", "/v1/kv/n/k", "/v1/kv/n/k/versions", "/v1/topics/t"})
      BOOST_TEST(verdict_on(planner.plan(make_request(method, target, {{"If-Match", "\"1\""}}))) ==
                     "401 unauthorized",
                 method << ' ' << target);
  for (auto const* bad : {"", "s3cret", "Basic s3cret", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret2",
                          "Bearer  s3cret"})
    BOOST_TEST(verdict_on(ask("/v1/kv/n/k", {{"Authorization", bad}})) == "401 unauthorized", bad);
  field_list const twice = {{"Authorization", "Bearer s3cret"}, {"Authorization", "Bearer s3cret"}};
  BOOST_TEST(verdict_on(ask("/v1/kv/n/k", twice)) == "401 unauthorized");
  BOOST_TEST(verdict_on(ask("/v1/kv/n/k", {{"authorization", "bearer s3cret"}})) == "accepted");
  BOOST_TEST(verdict_on(ask("/nowhere", {{"Authorization", "Bearer s3cret"}})) == "404 no-such-resource");
  auto const refused = std::get<response>(ask("/v1/kv/n/k", {{"Authorization", "Bearer wrong"}}));
  BOOST_TEST(field_of(refused, "WWW-Authenticate") ==
             "Bearer realm=\"chronicle-kv\", error=\"invalid_token\"");
  BOOST_TEST(refused.body.find("s3cret") == std::string::npos);
  BOOST_TEST(refused.body.find("wrong") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(web_pages_are_refused) {
  BOOST_TEST(verdict_on(make_request("GET", "/v1/kv/n/k", {{"Origin", "http://evil.example"}})) ==
             "403 web-page");
}

BOOST_AUTO_TEST_CASE(topics_are_read_as_event_streams) {
  auto const subscribe = std::get<subscribe_action>(
      plan(make_request("GET", "/v1/topics/t", {{"Accept", "text/event-stream"}, {"Last-Event-ID", "1-2"}})));
  BOOST_TEST(subscribe.topic == "t");
  BOOST_TEST(subscribe.last_event_id.value() == "1-2");
  BOOST_TEST(verdict_on(make_request("GET", "/v1/topics/t")) == "accepted");
  BOOST_TEST(verdict_on(make_request("GET", "/v1/topics/t", {{"Accept", "application/json"}})) ==
             "406 not-acceptable");
  auto old = make_request("GET", "/v1/topics/t");
  old.old_version = true;
  BOOST_TEST(verdict_on(old) == "505 version");
  auto post = make_request("POST", "/v1/topics/t");
  post.content_length = 101;
  BOOST_TEST(verdict_on(post) == "413 too-large");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::kv::test
