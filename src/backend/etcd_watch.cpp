#include "backend/etcd_watch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <utility>

#include "base/base64.hpp"

namespace chronicle::etcd {
namespace {

namespace json = boost::json;

http_request ask_watch(std::string const& keys, revision start) {
  http_request request("POST", "/v3/watch");
  request.headers.emplace_back("Content-Type", "application/json");
  // A member that lost its leader is to end the watch instead of keeping it silent.
  request.headers.emplace_back("Grpc-Metadata-hasleader", "true");
  auto const from = start > 0 ? R"(,"start_revision":")" + std::to_string(start) + "\"" : std::string();
  request.body = R"({"create_request":{)" + keys + from + R"(,"progress_notify":true}})";
  request.repeatable = true;
  return request;
}

/// The gRPC status that a cancellation's reason spells.
int code_in(std::string_view reason) noexcept {
  if (reason.find("code = Unauthenticated") != reason.npos) return 16;
  if (reason.find("code = PermissionDenied") != reason.npos) return 7;
  if (reason.find("code = InvalidArgument") != reason.npos) return 3;
  return 14;  // whatever it is, another watch may fare better
}

void end(watch_message& message, int code, std::string_view why) {
  message.ended = describe(code, why);
  // 3.5.5 and older call everything that is wrong with a token a lack of permission.
  message.wants_token = message.ended == errc::unauthorized || asks_for_token(code, why);
}

bool read_events(json::object const& from, std::vector<watch_event>& into) {
  auto const* const found = from.if_contains("events");
  if (!found) return true;
  auto const* const events = found->if_array();
  if (!events) return false;
  for (auto const& item : *events) {
    auto const* const object = item.if_object();
    auto const* const kv = object ? object->if_contains("kv") : nullptr;
    auto what = kv && kv->is_object() ? read_stored(kv->get_object()) : std::nullopt;
    if (!what) return false;
    watch_event event;
    event.what = std::move(*what);
    event.erased = find_text(*object, "type") == "DELETE";
    into.push_back(std::move(event));
  }
  return true;
}

std::optional<watch_message> read_result(json::object const& from) {
  watch_message message;
  auto const* const header = from.if_contains("header");
  auto const* const created = from.if_contains("created");
  auto const* const canceled = from.if_contains("canceled");
  if (header && header->is_object()) message.at = read_number(header->get_object(), "revision");
  message.created = created && created->is_bool() && created->get_bool();
  if (!read_events(from, message.events)) return std::nullopt;
  if (!canceled || !canceled->is_bool() || !canceled->get_bool()) return message;
  message.created = false;  // a refused one says both
  message.compacted = read_number(from, "compact_revision");
  auto const reason = find_text(from, "cancel_reason");
  end(message, code_in(reason), reason);
  return message;
}

/// The gateway's own words for a stream that failed; 3.4 says `grpc_code`, newer ones `code`.
watch_message read_error(json::object const& from) {
  watch_message message;
  auto const code = read_number(from, from.contains("grpc_code") ? "grpc_code" : "code");
  end(message, static_cast<int>(code), find_text(from, "message"));
  return message;
}

std::optional<watch_message> read_line(std::string_view line) {
  error_code ec;
  auto const parsed = json::parse(line, ec);
  auto const* const object = ec ? nullptr : parsed.if_object();
  if (!object) return std::nullopt;
  auto const* const result = object->if_contains("result");
  if (result && result->is_object()) return read_result(result->get_object());
  auto const* const error = object->if_contains("error");
  if (error && error->is_object()) return read_error(error->get_object());
  if (error && error->is_string()) return read_error(*object);
  return std::nullopt;
}

}  // namespace

http_request ask_watch_prefix(std::string_view prefix, revision start) {
  auto const end_of_range = end_of_prefix(std::string(prefix));
  return ask_watch(
      R"("key":")" + encode_base64(prefix) + R"(","range_end":")" + encode_base64(end_of_range) + "\"",
      start);
}

http_request ask_watch_key(std::string_view key, revision start) {
  return ask_watch(R"("key":")" + encode_base64(key) + "\"", start);
}

error_code watch_parser::feed(std::string_view bytes, std::vector<watch_message>& completed) {
  while (!bytes.empty()) {
    auto const end_of_line = bytes.find('\n');
    line_ += bytes.substr(0, end_of_line);
    if (line_.size() > max_bytes_) return errc::response_too_large;
    if (end_of_line == bytes.npos) break;
    bytes.remove_prefix(end_of_line + 1);
    if (line_.find_first_not_of(" \t\r") != line_.npos) {
      auto message = read_line(line_);
      if (!message) return errc::protocol_error;
      completed.push_back(std::move(*message));
    }
    line_.clear();
  }
  return {};
}

}  // namespace chronicle::etcd
