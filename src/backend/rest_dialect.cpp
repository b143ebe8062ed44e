#include "backend/rest_dialect.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <charconv>
#include <chrono>

#include "backend/http_status.hpp"
#include "base/base64.hpp"
#include "transport/percent.hpp"

namespace chronicle::rest {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::string_view path_of_values = "/v1/kv/";

std::string path(std::string_view name_space, std::string_view key) {
  return std::string(path_of_values) + percent_encode(name_space) + "/" + percent_encode(key);
}

std::string clamp_limit(std::size_t limit) {
  return std::to_string(std::clamp<std::size_t>(limit, 1, 1000));
}

std::string quoted(version const& v) {
  return '"' + v.token + '"';
}

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number{};
  auto const parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || text.empty())
    return std::nullopt;
  return number;
}

/// The opaque part of a strong entity tag (RFC 9110, section 8.8.3).
std::optional<version> read_tag(std::optional<std::string_view> tag) {
  if (!tag || tag->size() < 3 || tag->front() != '"' || tag->back() != '"') return std::nullopt;
  version opaque(std::string(tag->substr(1, tag->size() - 2)));
  return is_sendable(opaque) ? std::optional(std::move(opaque)) : std::nullopt;
}

/// The revision that a write made: a value's, or a tombstone's, which stands there without quotes.
std::optional<version> read_new_revision(http_response const& response) {
  if (auto const tombstone = find_header(response.headers, "X-KV-Tombstone"))
    return read_tag('"' + std::string(*tombstone) + '"');
  return read_tag(find_header(response.headers, "ETag"));
}

/// Of a record. Clocks that count nanoseconds cannot tell much more than a century.
milliseconds make_age(std::uint64_t count) {
  constexpr std::uint64_t century = 100 * 365 * milliseconds(std::chrono::hours(24)).count();
  return milliseconds(std::min(count, century));
}

std::optional<milliseconds> read_age(http_response const& response) {
  auto const text = find_header(response.headers, "X-KV-Age-Ms");
  auto const age = text ? read_number<std::uint64_t>(*text) : std::nullopt;
  return age ? std::optional(make_age(*age)) : std::nullopt;
}

/// `Retry-After` in seconds; as a date it would need the server's clock and is passed over. No more than an
/// hour.
std::optional<milliseconds> read_retry_after(http_response const& response) {
  auto const text = find_header(response.headers, "Retry-After");
  auto const seconds = text ? read_number<std::uint32_t>(*text) : std::nullopt;
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(std::min<std::uint32_t>(*seconds, 3600));
}

bool has_type(http_response const& response, std::string_view type) {
  auto const has = find_header(response.headers, "Content-Type");
  return has && (*has == type || has->starts_with(std::string(type) + ";"));
}

std::optional<json::object> read_json(http_response const& response, std::string_view type) {
  if (!has_type(response, type)) return std::nullopt;
  error_code ec;
  auto parsed = json::parse(response.body, ec);
  if (ec || !parsed.is_object()) return std::nullopt;
  return std::move(parsed.get_object());
}

std::string const* find_text(json::object const& object, std::string_view name, std::string& keep) {
  auto const* const member = object.if_contains(name);
  auto const* const text = member ? member->if_string() : nullptr;
  if (!text) return nullptr;
  keep.assign(text->data(), text->size());
  return &keep;
}

/// What chronicle-kv calls the problem; empty when it is not its own.
std::string read_problem_type(http_response const& response) {
  auto const problem = read_json(response, "application/problem+json");
  std::string type;
  if (problem) find_text(*problem, "type", type);
  return type;
}

bool says_never_or_erased(http_response const& response) {
  if (find_header(response.headers, "X-KV-Tombstone")) return true;
  auto const type = read_problem_type(response);
  return type == "urn:chronicle-kv:never-written" || type == "urn:chronicle-kv:erased";
}

/// Whether a write that failed was definitely not carried out. With 408 or 499 an intermediary may have given
/// up waiting for the answer.
bool says_not_applied(http_response const& response) {
  if (find_header(response.headers, "X-KV-Applied") == "no") return true;
  if (response.status == 408) return read_problem_type(response) == "urn:chronicle-kv:too-slow";
  return response.status >= 400 && response.status < 500 && response.status != 499;
}

/// One version of a history, or of a conflict. Nothing when it is not one.
std::optional<entry> read_version(json::object const& object) {
  std::string rev, value;
  if (!find_text(object, "rev", rev) || !find_text(object, "value", value)) return std::nullopt;
  version opaque(std::move(rev));
  auto bytes = decode_base64(value);
  if (!bytes || !is_sendable(opaque)) return std::nullopt;
  entry out(std::move(*bytes), std::move(opaque));
  auto const* const age = object.if_contains("age_ms");
  if (age && age->is_int64() && age->get_int64() >= 0)
    out.age = make_age(static_cast<std::uint64_t>(age->get_int64()));
  return out;
}

std::optional<entry> read_current(http_response const& response) {
  auto const problem = read_json(response, "application/problem+json");
  auto const* const current = problem ? problem->if_contains("current") : nullptr;
  if (!current || !current->is_object()) return std::nullopt;
  return read_version(current->get_object());
}

bool is_success(unsigned status) {
  return status >= 200 && status < 300;
}

error_code protocol_error() {
  return make_error_code(errc::protocol_error);
}

/// The JSON of a 200, or what is wrong.
result<json::object> read_listing(http_outcome const& outcome) {
  if (outcome.ec) return outcome.ec;
  if (outcome.response.status != 200) return describe_status(outcome.response.status);
  auto body = read_json(outcome.response, "application/json");
  if (!body) return protocol_error();
  return std::move(*body);
}

json::array const* find_array(json::object const& object, std::string_view name) {
  auto const* const member = object.if_contains(name);
  return member ? member->if_array() : nullptr;
}

}  // namespace

bool is_sendable(version const& v) noexcept {
  return !v.token.empty() &&
         std::all_of(v.token.begin(), v.token.end(), [](char c) { return c > ' ' && c < 0x7f && c != '"'; });
}

http_request ask_value(std::string_view name_space, std::string_view key) {
  http_request request("GET", path(name_space, key));
  request.headers.emplace_back("Cache-Control", "no-cache");  // whatever stands in between
  return request;
}

http_request ask_put(std::string_view name_space, std::string_view key, shared_bytes value,
                     std::optional<version> const& expected, std::string_view write_id) {
  http_request request("PUT", path(name_space, key));
  request.headers.reserve(4);
  if (expected) {
    request.headers.emplace_back("If-Match", quoted(*expected));
  } else {
    request.headers.emplace_back("If-None-Match", "*");
  }
  if (!write_id.empty()) request.headers.emplace_back("Write-Id", std::string(write_id));
  request.headers.emplace_back("Prefer", "return=representation");
  request.headers.emplace_back("Content-Type", "application/octet-stream");
  request.body = std::move(value);
  return request;
}

http_request ask_erase(std::string_view name_space, std::string_view key, version const& expected) {
  http_request request("DELETE", path(name_space, key));
  request.headers.emplace_back("If-Match", quoted(expected));
  request.headers.emplace_back("Prefer", "return=representation");
  return request;
}

http_request ask_list(std::string_view name_space, std::string_view prefix, std::string_view cursor,
                      std::size_t limit) {
  auto target = std::string(path_of_values) + percent_encode(name_space) + "?limit=" + clamp_limit(limit);
  if (!prefix.empty()) target += "&prefix=" + percent_encode(prefix);
  auto const colon = cursor.find(':');
  if (colon != cursor.npos) {
    if (colon > 0) target += "&rev=" + percent_encode(cursor.substr(0, colon));
    target += "&after=" + percent_encode(cursor.substr(colon + 1));
  }
  return {"GET", std::move(target)};
}

http_request ask_history(std::string_view name_space, std::string_view key, std::string_view cursor,
                         std::size_t limit) {
  auto target = path(name_space, key) + "/versions?limit=" + clamp_limit(limit);
  if (!cursor.empty()) target += "&before=" + percent_encode(cursor);
  return {"GET", std::move(target)};
}

result<std::optional<entry>> read_value(http_outcome outcome) {
  if (outcome.ec) return outcome.ec;
  auto& response = outcome.response;
  if (response.status == 404 && says_never_or_erased(response)) return std::optional<entry>();
  if (response.status != 200) return describe_status(response.status);
  auto tag = read_tag(find_header(response.headers, "ETag"));
  if (!tag || has_type(response, "text/html")) return protocol_error();
  return std::optional(entry(std::move(response.body), std::move(*tag), read_age(response)));
}

put_result read_write(http_outcome const& outcome) {
  if (outcome.ec)
    return outcome.sent ? put_result(indeterminate(outcome.ec)) : put_result(rejected(outcome.ec));
  auto const& response = outcome.response;
  if (is_success(response.status)) {
    if (auto made = read_new_revision(response)) return applied(std::move(*made));
    return indeterminate(make_error_code(errc::protocol_error));  // it may well have been carried out
  }
  if (response.status == 409 || response.status == 412) return conflict(read_current(response));
  bool const never = says_not_applied(response);
  error_code const why = never && response.status == 408 ? errc::throttled : describe_status(response.status);
  if (never) return rejected(why, read_retry_after(response));
  return indeterminate(why);
}

result<page<key_info>> read_list(http_outcome const& outcome) {
  auto const listing = read_listing(outcome);
  if (!listing) return listing.error();
  auto const* const keys = find_array(*listing, "keys");
  std::string snapshot, next;
  if (!keys || !find_text(*listing, "rev", snapshot)) return protocol_error();
  page<key_info> out;
  for (auto const& item : *keys) {
    std::string key, rev;
    auto const* const object = item.if_object();
    if (!object || !find_text(*object, "key", key) || !find_text(*object, "rev", rev))
      return protocol_error();
    out.items.emplace_back(std::move(key), version(std::move(rev)));
  }
  if (find_text(*listing, "next", next)) out.next = snapshot + ":" + next;
  return out;
}

result<page<entry>> read_history(http_outcome const& outcome) {
  if (!outcome.ec && outcome.response.status == 404 && says_never_or_erased(outcome.response))
    return page<entry>();
  auto const listing = read_listing(outcome);
  if (!listing) return listing.error();
  auto const* const versions = find_array(*listing, "versions");
  if (!versions) return protocol_error();
  page<entry> out;
  for (auto const& item : *versions) {
    auto const* const object = item.if_object();
    if (!object) return protocol_error();
    if (object->contains("erased")) continue;
    auto version = read_version(*object);
    if (!version) return protocol_error();
    out.items.push_back(std::move(*version));
  }
  find_text(*listing, "next", out.next);
  return out;
}

}  // namespace chronicle::rest
