#include "kv_server/replies.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/base64.hpp"
#include "base/timestamp.hpp"
#include "kv_server/digest.hpp"
#include "kv_server/problem.hpp"

namespace chronicle::kv {
namespace {

namespace json = boost::json;

template <class... Cases>
struct overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
overloaded(Cases...) -> overloaded<Cases...>;

std::string count_of(milliseconds age) {
  return std::to_string(age.count());
}

/// The fields that describe a revision, value or tombstone.
void describe(response& r, stored_version const& v) {
  if (v.erased) {
    r.with("X-KV-Tombstone", std::to_string(v.revision));
    return;
  }
  r.with("ETag", format_entity_tag(v.revision));
  r.with("Last-Modified", format_http_date(v.written));
  r.with("X-KV-Age-Ms", count_of(v.age));
}

response json_response(json::object const& body) {
  response r(200);
  r.body = json::serialize(body);
  r.with("Content-Type", "application/json");
  return r;
}

json::object to_json(stored_version const& v) {
  json::object o;
  o["rev"] = std::to_string(v.revision);
  o["mtime"] = format_timestamp(v.written);
  o["age_ms"] = v.age.count();
  if (!v.write_id.empty()) o["write_id"] = v.write_id;
  if (v.erased) {
    o["erased"] = true;
  } else {
    o["value"] = encode_base64(v.value);
  }
  return o;
}

response reply_to_compaction(std::string detail) {
  return problem(410, "compacted", "No longer kept", std::move(detail));
}

response reply_to_future(not_yet_written const& future) {
  return problem(
      400, "future-revision", "Revision not yet written",
      "parameter 'rev' is beyond " + std::to_string(future.newest) + ", the newest revision of this store",
      {{"parameter", "rev"}, {"newest", std::to_string(future.newest)}});
}

response reply_to_read_failure(storage_failure const& failure) {
  return problem(500, "storage-failure", "Storage failure", failure.text);
}

response reply_to_value(read_action const& asked, stored_version v) {
  if (v.erased) {
    auto r = problem(404, "erased", "Erased", "the key was erased");
    describe(r, v);
    return r;
  }
  if (asked.if_match && !asked.if_match->match_strongly(v.revision)) {
    auto r = problem(412, "precondition-failed", "Precondition failed", "the key has another revision");
    describe(r, v);
    return r;
  }
  bool const same = asked.if_none_match && asked.if_none_match->match_weakly(v.revision);
  response r(same ? 304 : 200);
  describe(r, v);
  if (asked.wait.count() > 0) r.with("Preference-Applied", "wait=" + std::to_string(asked.wait.count()));
  if (same) return r;
  r.with("Content-Type", "application/octet-stream");
  r.with("Content-Digest", format_content_digest(v.digest));
  if (!v.write_id.empty()) r.with("Write-Id", v.write_id);
  r.body = std::move(v.value);
  return r;
}

response reply_to_written(write_manner asked, written const& done) {
  response r(asked.creates ? 201 : 204);
  if (asked.erases) {
    r.with("X-KV-Tombstone", std::to_string(done.revision));
  } else {
    r.with("ETag", format_entity_tag(done.revision));
  }
  if (done.replayed) r.with("X-KV-Replayed", "yes");
  return r;
}

response reply_to_mismatch(write_manner asked, mismatch const& m) {
  bool const exists = m.current && !m.current->erased;
  std::string detail = exists      ? "the key has another revision, see ETag"
                       : m.current ? "the key was erased"
                                   : "the key was never written";
  if (asked.creates) detail = "the key exists, see ETag";
  json::object members;
  if (exists && asked.wants_current) members["current"] = to_json(*m.current);
  auto r = problem(412, "precondition-failed", "Precondition failed", std::move(detail), std::move(members));
  if (m.current) describe(r, *m.current);
  if (exists && asked.wants_current) r.with("Preference-Applied", "return=representation");
  return r;
}

response reply_to_write_failure(storage_failure const& failure) {
  switch (failure.what) {
    case storage_failure::kind::full:
      return problem(507, "full", "Insufficient storage", failure.text).with("X-KV-Applied", "no");
    case storage_failure::kind::indeterminate:
      return problem(500, "indeterminate", "Outcome unknown",
                     failure.text + "; the write may or may not have been carried out: read the key")
          .with("X-KV-Applied", "unknown");
    case storage_failure::kind::overloaded: return not_now(failure.text, std::chrono::seconds(1));
    case storage_failure::kind::unavailable: break;
  }
  return not_now(failure.text, std::chrono::seconds(5));
}

}  // namespace

response too_many_topics() {
  return problem(429, "too-many-topics", "Too many topics", "this server keeps no more topics at a time")
      .with("Retry-After", "5")
      .with("X-KV-Applied", "no");
}

response not_now(std::string detail, std::chrono::seconds retry_after) {
  return problem(503, "unavailable", "Service unavailable", std::move(detail))
      .with("Retry-After", std::to_string(retry_after.count()))
      .with("X-KV-Applied", "no");
}

bool is_unchanged(read_action const& asked, read_outcome const& outcome) {
  auto const* const v = std::get_if<stored_version>(&outcome);
  return v != nullptr && !v->erased && asked.if_none_match &&
         asked.if_none_match->match_weakly(v->revision) &&
         (!asked.if_match || asked.if_match->match_strongly(v->revision));
}

response reply_to_read(read_action const& asked, read_outcome outcome) {
  return std::visit(
      overloaded{
          [](never_written) {
            return problem(404, "never-written", "Not found", "the key was never written");
          },
          [&](stored_version& v) { return reply_to_value(asked, std::move(v)); },
          [](compacted) { return reply_to_compaction("this revision of the key is no longer kept"); },
          [](not_yet_written future) { return reply_to_future(future); },
          [](storage_failure& failure) { return reply_to_read_failure(failure); },
      },
      outcome);
}

response reply_to_write(write_manner asked, write_outcome outcome) {
  return std::visit(overloaded{
                        [](storage_failure& failure) { return reply_to_write_failure(failure); },
                        [&](written& done) { return reply_to_written(asked, done); },
                        [&](mismatch& m) { return reply_to_mismatch(asked, m); },
                    },
                    outcome);
}

response reply_to_list(list_outcome outcome) {
  return std::visit(
      overloaded{
          [](storage_failure& failure) { return reply_to_read_failure(failure); },
          [](key_page& page) {
            json::array keys;
            for (auto const& key : page.keys)
              keys.push_back(json::object{{"key", key.name}, {"rev", std::to_string(key.revision)}});
            json::object body{{"rev", std::to_string(page.as_of)}, {"keys", std::move(keys)}};
            if (page.more) body["next"] = page.keys.back().name;
            return json_response(body);
          },
          [](compacted) {
            return reply_to_compaction(
                "a key was written too often since this revision; list anew, or without 'rev'");
          },
          [](not_yet_written& future) { return reply_to_future(future); },
      },
      outcome);
}

response reply_to_versions(versions_outcome outcome) {
  return std::visit(overloaded{
                        [](storage_failure& failure) { return reply_to_read_failure(failure); },
                        [](version_page& page) {
                          if (!page.known)
                            return problem(404, "never-written", "Not found", "the key was never written");
                          json::array versions;
                          for (auto const& v : page.versions) versions.push_back(to_json(v));
                          json::object body{{"versions", std::move(versions)}};
                          if (page.more) body["next"] = std::to_string(page.versions.back().revision);
                          return json_response(body);
                        },
                    },
                    outcome);
}

}  // namespace chronicle::kv
