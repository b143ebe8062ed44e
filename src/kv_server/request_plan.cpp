#include "kv_server/request_plan.hpp"

#include <algorithm>
#include <boost/json/value.hpp>

#include "base/quoted.hpp"
#include "base/utf8.hpp"
#include "kv_server/digest.hpp"
#include "kv_server/problem.hpp"
#include "kv_server/request_checks.hpp"

namespace chronicle::kv {
namespace {

response bad_parameter(std::string_view name, std::string_view what) {
  return problem(400, "bad-parameter", "Bad parameter",
                 "parameter " + quoted(name) + " must be " + std::string(what), {{"parameter", name}});
}

/// Reads an optional number; false, with `refusal` filled in, when it is there and is none.
template <class Number>
bool read_number(route const& target, std::string_view name, std::uint64_t least, std::uint64_t most,
                 Number& into, action& refusal) {
  auto const text = target.find(name);
  if (!text) return true;
  auto const number = parse_number(*text, least, most);
  if (!number) {
    refusal = bad_parameter(name, "a number from " + std::to_string(least) + " to " + std::to_string(most));
    return false;
  }
  into = *number;
  return true;
}

std::optional<std::string> find_claimed_digest(request const& head) {
  auto const field = head.fields.joined("Content-Digest");
  return field ? find_sha256(*field) : std::nullopt;
}

bool accepts_event_stream(request const& head) {
  std::string const accept = head.fields.joined("Accept").value_or("*/*");
  for (auto const* wanted : {"text/event-stream", "text/*", "*/*"})
    if (accept.find(wanted) != std::string::npos) return true;
  return false;
}

std::optional<response> check_message(std::string_view message) {
  bool const good = !message.empty() && is_valid_utf8(message) &&
                    message.find_first_of(std::string_view("\r\0", 2)) == std::string_view::npos;
  if (good) return std::nullopt;
  return problem(400, "bad-message", "Bad message",
                 "a message is UTF-8 of at least one byte, without CR and NUL");
}

}  // namespace

action request_planner::plan(request const& head) const {
  auto target = parse_target(head.target, options_.max_name_bytes);
  route* const found = std::get_if<route>(&target);
  if (found == nullptr || found->what != resource::health)
    if (auto refused = check_token(head, options_.token)) return std::move(*refused);
  if (auto refused = check_origin(head)) return std::move(*refused);
  if (found == nullptr) return std::get<response>(std::move(target));
  if (auto refused = check_method(head, found->what)) return std::move(*refused);
  if (head.method != "PUT" && head.method != "POST")
    if (auto refused = check_no_body(head)) return std::move(*refused);
  switch (found->what) {
    case resource::key_list: return plan_list(*found);
    case resource::record: return plan_record(head, *found);
    case resource::version_list: return plan_versions(*found);
    case resource::topic: return plan_topic(head, *found);
    case resource::metrics: return metrics_action{};
    case resource::health: break;
  }
  return health_action{};
}

action request_planner::plan_record(request const& head, route& target) const {
  bool const reads = head.method == "GET" || head.method == "HEAD";
  return reads ? plan_read(head, target) : plan_write(head, target);
}

action request_planner::plan_read(request const& head, route& target) const {
  read_action read;
  read.query.key = record_key(std::move(target.space), std::move(target.name));
  action refusal;
  if (!read_number(target, "rev", 1, largest_revision, read.query.as_of, refusal)) return refusal;
  for (auto const* field : {"If-Match", "If-None-Match"}) {
    auto const value = head.fields.joined(field);
    if (!value) continue;
    auto tags = parse_entity_tags(*value);
    if (!tags) return bad_header(field, "send '*' or quoted entity tags, such as \"17\"");
    (field == std::string_view("If-Match") ? read.if_match : read.if_none_match) = std::move(tags);
  }
  auto const wanted = parse_preferences(head.fields.joined("Prefer").value_or("")).wait;
  if (wanted && read.if_none_match && !read.query.as_of) read.wait = std::min(*wanted, options_.max_wait);
  return read;
}

action request_planner::plan_write(request const& head, route& target) const {
  if (target.find("rev")) return bad_parameter("rev", "left out: only what is current can be written");
  if (head.method == "PUT")
    if (auto refused = check_body(head, options_.max_value_bytes)) return std::move(*refused);
  if (auto refused = check_write_id(head)) return std::move(*refused);
  auto expected = find_precondition(head);
  if (auto* const refused = std::get_if<response>(&expected)) return std::move(*refused);
  write_action write;
  write.command.key = record_key(std::move(target.space), std::move(target.name));
  write.command.expected = std::get<precondition>(std::move(expected));
  write.command.write_id = head.fields.find("Write-Id").value_or("");
  write.command.want_current = parse_preferences(head.fields.joined("Prefer").value_or("")).representation;
  if (head.method == "PUT") {
    write.command.value.emplace();
    write.claimed_digest = find_claimed_digest(head);
  }
  return write;
}

action request_planner::plan_list(route& target) const {
  list_query query;
  action refusal;
  if (!read_number(target, "limit", 1, 1000, query.limit, refusal)) return refusal;
  if (!read_number(target, "rev", 0, largest_revision, query.as_of, refusal)) return refusal;
  query.space = std::move(target.space);
  query.prefix = target.find("prefix").value_or("");
  query.after = target.find("after").value_or("");
  return query;
}

action request_planner::plan_versions(route& target) const {
  versions_query query;
  action refusal;
  if (!read_number(target, "limit", 1, 1000, query.limit, refusal)) return refusal;
  if (!read_number(target, "before", 1, largest_revision, query.before, refusal)) return refusal;
  query.key = record_key(std::move(target.space), std::move(target.name));
  return query;
}

action request_planner::plan_topic(request const& head, route& target) const {
  if (head.method == "POST") {
    if (auto refused = check_body(head, options_.max_message_bytes)) return std::move(*refused);
    publish_action publish;
    publish.topic = std::move(target.name);
    publish.claimed_digest = find_claimed_digest(head);
    return publish;
  }
  if (!accepts_event_stream(head))
    return problem(406, "not-acceptable", "Not acceptable",
                   "a topic is read as server-sent events; send 'Accept: text/event-stream'");
  if (head.old_version)
    return problem(505, "version", "HTTP version not supported", "event streams need HTTP/1.1");
  subscribe_action subscribe;
  subscribe.topic = std::move(target.name);
  if (auto const id = head.fields.find("Last-Event-ID")) subscribe.last_event_id = std::string(*id);
  return subscribe;
}

std::size_t request_planner::max_body(task const& planned) const {
  if (std::holds_alternative<write_action>(planned)) return options_.max_value_bytes;
  if (std::holds_alternative<publish_action>(planned)) return options_.max_message_bytes;
  return 0;
}

std::optional<response> request_planner::take_body(task& planned, std::string body) const {
  auto const matches = [](std::optional<std::string> const& claimed, std::string const& computed) {
    return !claimed || *claimed == computed;
  };
  auto const damaged = [] {
    return bad_header("Content-Digest", "the body does not have this SHA-256; it was damaged on its way");
  };
  if (auto* const write = std::get_if<write_action>(&planned); write != nullptr && write->command.value) {
    write->command.digest = sha256(body);
    if (!matches(write->claimed_digest, write->command.digest)) return damaged();
    write->command.value = std::move(body);
  } else if (auto* const publish = std::get_if<publish_action>(&planned)) {
    if (publish->claimed_digest && !matches(publish->claimed_digest, sha256(body))) return damaged();
    if (auto refused = check_message(body)) return refused;
    publish->message = std::move(body);
  }
  return std::nullopt;
}

}  // namespace chronicle::kv
