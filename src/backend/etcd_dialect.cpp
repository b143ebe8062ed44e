#include "backend/etcd_dialect.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <utility>

#include "backend/http_status.hpp"
#include "base/base64.hpp"

namespace chronicle::etcd {
namespace {

namespace json = boost::json;

/// gRPC's status codes (github.com/grpc/grpc/blob/master/doc/statuscodes.md), those that matter here.
enum grpc_code {
  no_code = -1,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  out_of_range = 11,
  unavailable = 14,
  unauthenticated = 16
};

http_request post(std::string path, std::string body, bool repeatable) {
  http_request request("POST", std::move(path));
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  request.repeatable = repeatable;
  return request;
}

/// `"name":"value"`, for values that need no escapes.
std::string member(std::string_view name, std::string_view value) {
  std::string out;
  out.reserve(name.size() + value.size() + 5);
  return out.append("\"").append(name).append("\":\"").append(value).append("\"");
}

std::string bytes_member(std::string_view name, std::string_view bytes) {
  return member(name, encode_base64(bytes));
}

std::string text_member(std::string_view name, std::string_view text) {
  return "\"" + std::string(name) + "\":" + json::serialize(json::string(text));
}

/// A transaction that does `then` if `key` has the expected version, or is absent, and else brings its record
/// along. A version that is not one of etcd's compares with -1, which no key has: never with 0, which means
/// absent.
http_request ask_transaction(std::string_view key, std::optional<version> const& expected,
                             std::string const& then) {
  auto const modified = expected ? parse_revision(expected->token) : 0;
  auto const compared = expected && modified == 0 ? -1 : modified;
  auto const name = bytes_member("key", key);
  return post("/v3/kv/txn",
              R"({"compare":[{)" + name + R"(,"target":"MOD","result":"EQUAL",)" +
                  member("mod_revision", std::to_string(compared)) + R"(}],"success":[{)" + then +
                  R"(}],"failure":[{"request_range":{)" + name + "}}]}",
              false);
}

std::string revision_member(revision at) {
  return at > 0 ? "," + member("revision", std::to_string(at)) : std::string();
}

std::optional<json::object> read_json(http_response const& response) {
  error_code ec;
  auto parsed = json::parse(response.body, ec);
  if (ec || !parsed.is_object()) return std::nullopt;
  return std::move(parsed.get_object());
}

json::object const* find_object(json::object const& object, std::string_view name) noexcept {
  auto const* const found = object.if_contains(name);
  return found ? found->if_object() : nullptr;
}

/// The first object of an array.
json::object const* find_first(json::object const& object, std::string_view name) noexcept {
  auto const* const found = object.if_contains(name);
  auto const* const array = found ? found->if_array() : nullptr;
  return array && !array->empty() ? array->front().if_object() : nullptr;
}

bool is_true(json::object const& object, std::string_view name) noexcept {
  auto const* const found = object.if_contains(name);
  return found && found->is_bool() && found->get_bool();
}

/// What etcd says went wrong: 3.4 has `error`, `message` and `code`, newer ones leave `error` out.
struct failure {
  int code = no_code;
  std::string message;

  explicit failure(http_response const& response) : message(response.body) {
    auto const body = read_json(response);
    if (!body) return;  // plain text, of the gateway or of somebody in between
    code = body->contains("code") ? static_cast<int>(read_number(*body, "code")) : no_code;
    message = find_text(*body, "message");
  }
};

bool has(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != text.npos;
}

error_code protocol_error() {
  return make_error_code(errc::protocol_error);
}

/// The JSON of a 200 that came from etcd, or what is wrong.
result<json::object> read_answer(http_outcome const& outcome) {
  if (outcome.ec) return outcome.ec;
  if (outcome.response.status != 200) return describe(outcome.response);
  auto body = read_json(outcome.response);
  auto const* const header = body ? find_object(*body, "header") : nullptr;
  if (!header || !header->contains("cluster_id")) return protocol_error();
  return std::move(*body);
}

revision revision_of(json::object const& answer) {
  auto const* const header = find_object(answer, "header");
  return header ? read_number(*header, "revision") : 0;
}

/// The values of a range, alone or in a transaction.
std::optional<std::vector<stored>> read_values(json::object const& range) {
  std::vector<stored> out;
  auto const* const found = range.if_contains("kvs");
  if (!found) return out;
  auto const* const values = found->if_array();
  if (!values) return std::nullopt;
  for (auto const& value : *values) {
    auto const* const kv = value.if_object();
    auto one = kv ? read_stored(*kv) : std::nullopt;
    if (!one) return std::nullopt;
    out.push_back(std::move(*one));
  }
  return out;
}

/// The record of `key` in a range that asked for no other.
result<std::optional<stored>> read_only_value(json::object const& range, std::string_view key) {
  auto values = read_values(range);
  if (!values || values->size() > 1 || (values->size() == 1 && values->front().key != key))
    return protocol_error();
  if (values->empty()) return std::optional<stored>();
  return std::optional(std::move(values->front()));
}

put_result read_transaction(json::object const& answer, std::string_view key) {
  auto const* const first = find_first(answer, "responses");
  auto const doubt = put_result(indeterminate(protocol_error()));
  if (!first) return doubt;
  if (is_true(answer, "succeeded")) {
    auto const made = revision_of(answer);
    bool const done = first->contains("response_put") || first->contains("response_delete_range");
    return done && made > 0 ? put_result(applied(version(std::to_string(made)))) : doubt;
  }
  auto const* const range = find_object(*first, "response_range");
  if (!range) return doubt;
  auto current = read_only_value(*range, key);
  if (!current) return doubt;
  if (!*current) return conflict();
  return conflict(entry(std::move((*current)->value), version(std::to_string((*current)->modified))));
}

/// Whether an answer is one to a request that was not carried out and never will be. Unknown, aborted,
/// internal, unavailable and data loss promise nothing, nor do deadlines and cancellations.
bool says_not_applied(http_response const& response) {
  auto const [code, message] = failure(response);
  switch (code) {
    // A write that passed the check of the quota when it came is carried out even when there is no more room
    // by then, and answered like those that did not pass (etcd issue 16659).
    case resource_exhausted: return !has(message, "space exceeded");
    case invalid_argument:
    case not_found:
    case permission_denied:
    case out_of_range:
    case unauthenticated: return true;
    default: break;
  }
  auto const status = response.status;
  bool const refused = status >= 400 && status < 500;  // by somebody in between
  return code == no_code && refused && status != 408 && status != 409 && status != 412 && status != 499;
}

}  // namespace

revision parse_revision(std::string_view text) noexcept {
  revision out = 0;
  auto const parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  bool const whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return whole && out > 0 && text.front() != '0' ? out : 0;
}

std::string end_of_prefix(std::string prefix) {
  while (static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  ++prefix.back();
  return prefix;
}

http_request ask_value(std::string_view key, revision at) {
  return post("/v3/kv/range", "{" + bytes_member("key", key) + revision_member(at) + "}", true);
}

http_request ask_put_if(std::string_view key, std::string_view value,
                        std::optional<version> const& expected) {
  return ask_transaction(
      key, expected,
      R"("request_put":{)" + bytes_member("key", key) + "," + bytes_member("value", value) + "}");
}

http_request ask_erase_if(std::string_view key, version const& expected) {
  return ask_transaction(key, expected, R"("request_delete_range":{)" + bytes_member("key", key) + "}");
}

http_request ask_keys(std::string_view prefix, std::string_view from, revision at, std::size_t limit) {
  return post("/v3/kv/range",
              "{" + bytes_member("key", std::max(prefix, from)) + "," +
                  bytes_member("range_end", end_of_prefix(std::string(prefix))) + "," +
                  member("limit", std::to_string(limit)) + R"(,"keys_only":true)" + revision_member(at) + "}",
              true);
}

http_request ask_values_since(std::string_view prefix, revision after) {
  return post("/v3/kv/range",
              "{" + bytes_member("key", prefix) + "," +
                  bytes_member("range_end", end_of_prefix(std::string(prefix))) +
                  R"(,"sort_order":"ASCEND","sort_target":"MOD",)" +
                  member("min_mod_revision", std::to_string(after + 1)) + "}",
              true);
}

http_request ask_authenticate(std::string_view user, std::string_view password) {
  return post("/v3/auth/authenticate",
              "{" + text_member("name", user) + "," + text_member("password", password) + "}", true);
}

http_request ask_lease(std::int64_t seconds) {
  return post("/v3/lease/grant", "{" + member("TTL", std::to_string(seconds)) + "}", true);
}

http_request ask_put(std::string_view key, std::string_view value, std::string_view lease) {
  return post("/v3/kv/put",
              "{" + bytes_member("key", key) + "," + bytes_member("value", value) + "," +
                  member("lease", lease) + "}",
              false);
}

result<std::optional<stored>> read_value(http_outcome const& outcome, std::string_view key) {
  auto const answer = read_answer(outcome);
  if (!answer) return answer.error();
  return read_only_value(*answer, key);
}

put_result read_write(http_outcome const& outcome, std::string_view key) {
  if (outcome.ec)
    return outcome.sent ? put_result(indeterminate(outcome.ec)) : put_result(rejected(outcome.ec));
  auto const answer = read_answer(outcome);
  if (answer) return read_transaction(*answer, key);
  if (says_not_applied(outcome.response)) return rejected(answer.error());
  return indeterminate(answer.error());
}

result<range> read_range(http_outcome const& outcome) {
  auto const answer = read_answer(outcome);
  if (!answer) return answer.error();
  auto values = read_values(*answer);
  range out;
  out.at = revision_of(*answer);
  if (!values || out.at == 0) return protocol_error();
  out.items = std::move(*values);
  out.more = is_true(*answer, "more");
  return out;
}

result<std::string> read_text(http_outcome const& outcome, std::string_view name) {
  auto const answer = read_answer(outcome);
  if (!answer) return answer.error();
  auto const text = find_text(*answer, name);
  if (text.empty()) return protocol_error();
  return std::string(text);
}

error_code read_success(http_outcome const& outcome) {
  auto const answer = read_answer(outcome);
  return answer ? error_code() : answer.error();
}

error_code describe(int code, std::string_view message) noexcept {
  switch (code) {
    case unauthenticated:
    case permission_denied: return errc::unauthorized;
    case invalid_argument:
      if (has(message, "request is too large")) return errc::value_too_large;
      return has(message, "user name is empty") || has(message, "authentication failed")
                 ? errc::unauthorized
                 : errc::protocol_error;
    case resource_exhausted:
      if (has(message, "larger than max")) return errc::value_too_large;
      return has(message, "space exceeded") ? errc::backend_failure : errc::throttled;
    case unavailable: return errc::backend_unavailable;
    case deadline_exceeded: return errc::timeout;
    case not_found:
    case failed_precondition:
    case out_of_range: return errc::protocol_error;
    default: return errc::backend_failure;
  }
}

error_code describe(http_response const& response) {
  failure const why(response);
  if (why.code != no_code) return describe(why.code, why.message);
  // The gateway on a client certificate with a common name, where authentication is enabled.
  if (response.status == 400 && has(why.message, "CommonName")) return errc::unauthorized;
  return describe_status(response.status);
}

bool says_compacted(http_outcome const& outcome) {
  if (outcome.ec || outcome.response.status == 200) return false;
  failure const why(outcome.response);
  return why.code == out_of_range && has(why.message, "compacted");
}

bool asks_for_token(int code, std::string_view message) noexcept {
  if (code == unauthenticated) return true;
  return code == invalid_argument &&
         (has(message, "user name is empty") || has(message, "auth store is old"));
}

bool asks_for_token(http_outcome const& outcome) {
  if (outcome.ec || outcome.response.status == 200) return false;
  failure const why(outcome.response);
  return asks_for_token(why.code, why.message);
}

bool says_no_authentication(http_outcome const& outcome) {
  if (outcome.ec || outcome.response.status == 200) return false;
  return has(failure(outcome.response).message, "authentication is not enabled");
}

bool says_no_such_lease(http_outcome const& outcome) {
  if (outcome.ec || outcome.response.status == 200) return false;
  failure const why(outcome.response);
  return why.code == not_found && has(why.message, "lease not found");
}

std::int64_t read_number(json::object const& object, std::string_view name) noexcept {
  auto const* const found = object.if_contains(name);
  if (!found) return 0;
  if (found->is_int64()) return found->get_int64();
  auto const* const text = found->if_string();
  std::int64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

std::string_view find_text(json::object const& object, std::string_view name) noexcept {
  auto const* const found = object.if_contains(name);
  auto const* const text = found ? found->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

std::optional<stored> read_stored(json::object const& kv) {
  auto key = decode_base64(find_text(kv, "key"));
  auto value = decode_base64(find_text(kv, "value"));  // absent when empty
  stored out;
  out.modified = read_number(kv, "mod_revision");
  if (!key || key->empty() || !value || out.modified <= 0) return std::nullopt;
  out.key = std::move(*key);
  out.value = std::move(*value);
  return out;
}

}  // namespace chronicle::etcd
