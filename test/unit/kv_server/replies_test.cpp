// How outcomes are worded.
#include "kv_server/replies.hpp"

#include <boost/test/unit_test.hpp>

#include "base/base64.hpp"
#include "kv_server/digest.hpp"
#include "unit/kv_server/request_fixture.hpp"

namespace chronicle::kv::test {
namespace {

using namespace std::chrono_literals;
using kind = storage_failure::kind;

stored_version make_version(std::uint64_t revision, std::string value) {
  stored_version v;
  v.revision = revision;
  v.digest = sha256(value);
  v.value = std::move(value);
  v.write_id = "s:1";
  v.written =
      wall_time_point{std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h + 49min + 37s + 5ms};
  v.age = 1234ms;
  return v;
}

stored_version make_tombstone(std::uint64_t revision) {
  auto v = make_version(revision, "");
  v.erased = true;
  v.digest.clear();
  return v;
}

read_action asking(std::optional<entity_tags> if_none_match = {}, std::optional<entity_tags> if_match = {}) {
  read_action a;
  a.if_none_match = std::move(if_none_match);
  a.if_match = std::move(if_match);
  return a;
}

write_manner manner(bool creates, bool erases, bool wants_current) {
  write_command c;
  c.expected.absent = creates;
  if (!erases) c.value = "x";
  c.want_current = wants_current;
  return write_manner(c);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replies)

BOOST_AUTO_TEST_CASE(a_value_comes_with_all_that_describes_it) {
  auto const r = reply_to_read(asking(), make_version(7, "hello"));
  BOOST_TEST(r.status == 200);
  BOOST_TEST(r.body == "hello");
  BOOST_TEST(field_of(r, "ETag") == "\"7\"");
  BOOST_TEST(field_of(r, "Last-Modified") == "Sun, 06 Nov 1994 08:49:37 GMT");
  BOOST_TEST(field_of(r, "X-KV-Age-Ms") == "1234");
  BOOST_TEST(field_of(r, "Content-Type") == "application/octet-stream");
  BOOST_TEST(field_of(r, "Content-Digest") == "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:");
  BOOST_TEST(field_of(r, "Write-Id") == "s:1");
  BOOST_TEST(field_of(r, "Preference-Applied") == "(absent)");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_told_apart) {
  auto const never = reply_to_read(asking(), never_written());
  BOOST_TEST(never.status == 404);
  BOOST_TEST(field_of(never, "X-KV-Tombstone") == "(absent)");
  auto const erased = reply_to_read(asking(), make_tombstone(8));
  BOOST_TEST(erased.status == 404);
  BOOST_TEST(field_of(erased, "X-KV-Tombstone") == "8");
  BOOST_TEST(field_of(erased, "ETag") == "(absent)");
  BOOST_TEST(reply_to_read(asking(), compacted()).status == 410);
  BOOST_TEST(reply_to_read(asking(), not_yet_written(9)).status == 400);
  BOOST_TEST(reply_to_read(asking(), storage_failure(kind::unavailable, "x")).status == 500);
}

BOOST_AUTO_TEST_CASE(conditional_reads) {
  auto const status = [](char const* none, char const* match) {
    auto const tags = [](char const* text) { return text ? parse_entity_tags(text) : std::nullopt; };
    return reply_to_read(asking(tags(none), tags(match)), make_version(7, "hello")).status;
  };
  BOOST_TEST(status("\"7\"", nullptr) == 304);
  BOOST_TEST(status("W/\"7\"", nullptr) == 304);
  BOOST_TEST(status("*", nullptr) == 304);
  BOOST_TEST(status("\"6\"", nullptr) == 200);
  BOOST_TEST(status(nullptr, "\"7\"") == 200);
  BOOST_TEST(status(nullptr, "W/\"7\"") == 412);
  BOOST_TEST(status(nullptr, "\"6\"") == 412);
  BOOST_TEST(reply_to_read(asking(parse_entity_tags("\"7\"")), make_version(7, "hello")).body.empty());
}

BOOST_AUTO_TEST_CASE(only_a_key_at_the_known_revision_is_unchanged) {
  auto const asked = asking(parse_entity_tags("\"7\""));
  BOOST_TEST(is_unchanged(asked, make_version(7, "x")));
  BOOST_TEST(!is_unchanged(asked, make_version(8, "x")));
  BOOST_TEST(!is_unchanged(asked, make_tombstone(7)));
  BOOST_TEST(!is_unchanged(asked, never_written()));
  BOOST_TEST(!is_unchanged(asking(), make_version(7, "x")));
}

BOOST_AUTO_TEST_CASE(writes_are_acknowledged) {
  auto const created = reply_to_write(manner(true, false, false), written(5, false));
  BOOST_TEST(created.status == 201);
  BOOST_TEST(field_of(created, "ETag") == "\"5\"");
  BOOST_TEST(field_of(created, "X-KV-Replayed") == "(absent)");
  auto const changed = reply_to_write(manner(false, false, false), written(6, true));
  BOOST_TEST(changed.status == 204);
  BOOST_TEST(field_of(changed, "X-KV-Replayed") == "yes");
  auto const erased = reply_to_write(manner(false, true, false), written(7, false));
  BOOST_TEST(erased.status == 204);
  BOOST_TEST(field_of(erased, "X-KV-Tombstone") == "7");
  BOOST_TEST(field_of(erased, "ETag") == "(absent)");
}

BOOST_AUTO_TEST_CASE(a_false_precondition_shows_what_is_there) {
  auto const bare = reply_to_write(manner(false, false, false), mismatch(make_version(7, "hello")));
  BOOST_TEST(bare.status == 412);
  BOOST_TEST(field_of(bare, "ETag") == "\"7\"");
  BOOST_TEST(field_of(bare, "Content-Type") == "application/problem+json");
  BOOST_TEST(bare.body.find("current") == std::string::npos);
  auto const full = reply_to_write(manner(false, false, true), mismatch(make_version(7, "hello")));
  BOOST_TEST(field_of(full, "Preference-Applied") == "return=representation");
  BOOST_TEST(full.body ==
             R"({"type":"urn:chronicle-kv:precondition-failed","title":"Precondition failed","status":412,)"
             R"("detail":"the key has another revision, see ETag","current":{"rev":"7",)"
             R"("mtime":"1994-11-06T08:49:37.005Z","age_ms":1234,"write_id":"s:1","value":"aGVsbG8="}})");
  auto const erased = reply_to_write(manner(false, false, true), mismatch(make_tombstone(8)));
  BOOST_TEST(field_of(erased, "X-KV-Tombstone") == "8");
  BOOST_TEST(erased.body.find("current") == std::string::npos);
  auto const never = reply_to_write(manner(false, false, true), mismatch());
  BOOST_TEST(never.status == 412);
  BOOST_TEST(field_of(never, "ETag") == "(absent)");
}

BOOST_AUTO_TEST_CASE(failed_writes_say_whether_they_were_applied) {
  auto const reply = [](kind what) {
    return reply_to_write(manner(false, false, false), storage_failure(what, "why"));
  };
  BOOST_TEST(reply(kind::full).status == 507);
  BOOST_TEST(field_of(reply(kind::full), "X-KV-Applied") == "no");
  BOOST_TEST(reply(kind::indeterminate).status == 500);
  BOOST_TEST(field_of(reply(kind::indeterminate), "X-KV-Applied") == "unknown");
  for (auto const what : {kind::overloaded, kind::unavailable}) {
    BOOST_TEST(reply(what).status == 503);
    BOOST_TEST(field_of(reply(what), "X-KV-Applied") == "no");
    BOOST_TEST(field_of(reply(what), "Retry-After") != "(absent)");
  }
}

BOOST_AUTO_TEST_CASE(listings_are_json) {
  key_page page;
  page.as_of = 812;
  page.keys.emplace_back("Player \"1\"\x01", 17);
  page.more = true;
  BOOST_TEST(reply_to_list(page).body ==
             R"({"rev":"812","keys":[{"key":"Player \"1\"\u0001","rev":"17"}],"next":"Player \"1\"\u0001"})");
  page.more = false;
  page.keys.clear();
  BOOST_TEST(reply_to_list(page).body == R"({"rev":"812","keys":[]})");
  BOOST_TEST(reply_to_list(compacted()).status == 410);
  BOOST_TEST(reply_to_list(not_yet_written(5)).status == 400);
  BOOST_TEST(reply_to_list(storage_failure(kind::unavailable, "x")).status == 500);
  version_page versions;
  BOOST_TEST(reply_to_versions(versions).status == 404);
  versions.known = true;
  versions.versions = {make_version(7, std::string("\0\xff", 2)), make_tombstone(5)};
  versions.more = true;
  BOOST_TEST(
      reply_to_versions(versions).body ==
      R"({"versions":[{"rev":"7","mtime":"1994-11-06T08:49:37.005Z","age_ms":1234,"write_id":"s:1","value":"AP8="},)"
      R"({"rev":"5","mtime":"1994-11-06T08:49:37.005Z","age_ms":1234,"write_id":"s:1","erased":true}],"next":"5"})");
  BOOST_TEST(reply_to_versions(storage_failure(kind::unavailable, "x")).status == 500);
}

BOOST_AUTO_TEST_CASE(heads_are_formatted) {
  response r(204);
  r.with("ETag", "\"1\"");
  wall_time_point const now{std::chrono::sys_days{std::chrono::year{2026} / 2 / 28} + 23h + 59min + 59s};
  BOOST_TEST(format_head(r, now, false) ==
             "HTTP/1.1 204 No Content\r\nDate: Sat, 28 Feb 2026 23:59:59 GMT\r\nServer: chronicle-kv\r\n"
             "Cache-Control: no-store\r\nETag: \"1\"\r\n\r\n");
  r = response(200);
  r.body = "four";
  auto const head = format_head(r, now, true);
  BOOST_TEST(head.ends_with("Content-Length: 4\r\nConnection: close\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(base64_has_the_vectors_of_its_rfc) {
  BOOST_TEST(encode_base64("") == "");
  BOOST_TEST(encode_base64("f") == "Zg==");
  BOOST_TEST(encode_base64("fo") == "Zm8=");
  BOOST_TEST(encode_base64("foo") == "Zm9v");
  BOOST_TEST(encode_base64("foobar") == "Zm9vYmFy");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::kv::test
