#include "kv_server/request_checks.hpp"

#include <algorithm>
#include <boost/json/value.hpp>

#include "base/quoted.hpp"
#include "kv_server/conditions.hpp"
#include "kv_server/digest.hpp"
#include "kv_server/problem.hpp"

namespace chronicle::kv {
namespace {

std::string_view methods_of(resource what) {
  switch (what) {
    case resource::record: return "GET, HEAD, PUT, DELETE";
    case resource::topic: return "GET, POST";
    default: return "GET, HEAD";
  }
}

std::string_view media_type(std::string_view content_type) {
  auto const type = content_type.substr(0, content_type.find(';'));
  auto const last = type.find_last_not_of(" \t");
  return last == std::string_view::npos ? std::string_view{} : type.substr(0, last + 1);
}

response unsupported(std::string_view field, std::string detail) {
  return problem(415, "unsupported-media-type", "Unsupported media type", std::move(detail),
                 {{"header", field}});
}

response precondition_required(std::string detail) {
  return problem(428, "precondition-required", "Precondition required", std::move(detail));
}

}  // namespace

response bad_header(std::string_view field, std::string detail) {
  return problem(400, "bad-header", "Bad header field", std::move(detail), {{"header", field}});
}

std::optional<response> check_token(request const& head, std::string const& token) {
  if (token.empty()) return std::nullopt;
  auto const refuse = [](std::string detail, std::string challenge) {
    return problem(401, "unauthorized", "Unauthorized", std::move(detail))
        .with("WWW-Authenticate", "Bearer realm=\"chronicle-kv\"" + challenge);
  };
  if (head.fields.count("Authorization") != 1)
    return refuse("send one header field 'Authorization: Bearer <token>'", "");
  constexpr std::string_view scheme = "Bearer ";
  std::string_view const value = *head.fields.find("Authorization");
  bool const is_bearer = equal_ignoring_case(value.substr(0, scheme.size()), scheme);
  if (!is_bearer) return refuse("the scheme of 'Authorization' must be Bearer", "");
  if (!equal_in_constant_time(value.substr(scheme.size()), token))
    return refuse("the token is not the one this server was started with", ", error=\"invalid_token\"");
  return std::nullopt;
}

std::optional<response> check_origin(request const& head) {
  if (head.fields.count("Origin") == 0) return std::nullopt;
  return problem(403, "web-page", "Forbidden",
                 "requests made by web pages (header field 'Origin') are not served", {{"header", "Origin"}});
}

std::optional<response> check_method(request const& head, resource what) {
  auto const allowed = methods_of(what);
  if (is_listed(head.method, allowed)) return std::nullopt;
  return problem(405, "method-not-allowed", "Method not allowed",
                 quoted(head.method) + " is not possible here; possible are " + std::string(allowed))
      .with("Allow", std::string(allowed));
}

std::optional<response> check_no_body(request const& head) {
  if (!head.has_body()) return std::nullopt;
  return problem(400, "unexpected-body", "Unexpected body", "a " + head.method + " request has no body here");
}

std::optional<response> check_body(request const& head, std::size_t max_bytes) {
  if (!head.chunked && !head.content_length)
    return problem(411, "length-required", "Length required",
                   "send Content-Length (0 for an empty value) or Transfer-Encoding: chunked");
  if (head.content_length.value_or(0) > max_bytes)
    return problem(413, "too-large", "Content too large",
                   "the body has " + std::to_string(*head.content_length) + " bytes, at most " +
                       std::to_string(max_bytes) + " are taken",
                   {{"limit", max_bytes}});
  auto const encoding = head.fields.joined("Content-Encoding").value_or("identity");
  if (!equal_ignoring_case(encoding, "identity"))
    return unsupported("Content-Encoding", "send the body as it is, without Content-Encoding");
  auto const type = media_type(head.fields.find("Content-Type").value_or("application/octet-stream"));
  if (!equal_ignoring_case(type, "application/octet-stream") &&
      !equal_ignoring_case(type, "application/json"))
    return unsupported("Content-Type",
                       "send application/octet-stream or application/json, or no Content-Type");
  return std::nullopt;
}

std::variant<precondition, response> find_precondition(request const& head) {
  auto const if_match = head.fields.joined("If-Match");
  auto const if_none_match = head.fields.joined("If-None-Match");
  if (if_match && if_none_match)
    return bad_header("If-None-Match", "If-Match and If-None-Match exclude each other; send one of them");
  auto const tags = parse_entity_tags(if_match ? *if_match : if_none_match.value_or("*"));
  if (!tags)
    return bad_header(if_match ? "If-Match" : "If-None-Match",
                      "send '*' or quoted entity tags, such as \"17\"");
  if (if_match && !tags->any) {
    precondition expected;
    expected.revisions = tags->strong;
    return expected;
  }
  if (if_none_match && tags->any && head.method == "PUT") return precondition::must_be_absent();
  return precondition_required(
      head.method == "PUT"
          ? "send If-Match: \"<revision>\" with the revision you have seen, or If-None-Match: * for a new key"
          : "send If-Match: \"<revision>\" with the revision you have seen");
}

std::optional<response> check_write_id(request const& head) {
  auto const count = head.fields.count("Write-Id");
  if (count == 0) return std::nullopt;
  auto const id = *head.fields.find("Write-Id");
  bool const visible = std::ranges::all_of(id, [](char c) { return c > ' ' && c <= '~'; });
  if (count == 1 && !id.empty() && id.size() <= 256 && visible) return std::nullopt;
  return bad_header("Write-Id", "send one Write-Id of 1 to 256 visible ASCII characters, or none");
}

}  // namespace chronicle::kv
