#include "kv_server/target.hpp"

#include <algorithm>
#include <charconv>

#include "base/quoted.hpp"
#include "chronicle/backend.hpp"
#include "kv_server/problem.hpp"
#include "transport/percent.hpp"

namespace chronicle::kv {
namespace {

/// Thrown by the parsing functions below, caught by `parse_target`.
struct refusal {
  response answer;
};

[[noreturn]] void malformed(std::string detail) {
  throw refusal{problem(400, "malformed-target", "Malformed request target", std::move(detail))};
}

[[noreturn]] void unknown_path() {
  throw refusal{
      problem(404, "no-such-resource", "No such resource",
              "paths are /v1/kv/{namespace}, /v1/kv/{namespace}/{key}, /v1/kv/{namespace}/{key}/versions, "
              "/v1/topics/{topic}, /healthz and /metrics")};
}

bool may_stand_raw(char c) noexcept {
  constexpr std::string_view others = "-._~!$&'()*+,;=:@%";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

std::string decode(std::string_view raw, std::string_view what) {
  auto decoded = percent_decode(raw);
  if (!decoded)
    malformed("in " + std::string(what) + ' ' + quoted(raw) +
              " a % is not followed by two hexadecimal digits; write %25 for a %");
  return std::move(*decoded);
}

std::string decode_name(std::string_view raw, std::string_view what, std::size_t max_bytes) {
  if (raw == "." || raw == "..")
    malformed("a " + std::string(what) + " that is '.' or '..' must be sent as %2E or %2E%2E");
  auto name = decode(raw, what);
  if (check_key(name, max_bytes))
    malformed("the " + std::string(what) + " must be 1 to " + std::to_string(max_bytes) +
              " bytes of UTF-8 without NUL; this one has " + std::to_string(name.size()) +
              " bytes: " + quoted(raw));
  return name;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    auto const end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// `http://host/path` is as good as `/path` (RFC 9112, section 3.2.2).
std::string_view without_authority(std::string_view target) {
  auto const scheme_end = target.find("://");
  if (target.starts_with('/') || scheme_end == std::string_view::npos) return target;
  auto const path = target.find_first_of("/?", scheme_end + 3);
  return path == std::string_view::npos || target[path] == '?' ? "/" : target.substr(path);
}

void parse_parameters(std::string_view query, route& r) {
  for (std::string_view const part : split(query, '&')) {
    if (part.empty()) continue;
    auto const equals = std::min(part.find('='), part.size());
    auto name = decode(part.substr(0, equals), "parameter name");
    auto value = equals == part.size() ? std::string()
                                       : decode(part.substr(equals + 1), "the value of parameter " + name);
    if (r.find(name)) malformed("parameter " + quoted(name) + " is given twice");
    r.parameters.emplace_back(std::move(name), std::move(value));
  }
}

std::string_view parameters_of(resource what) {
  switch (what) {
    case resource::key_list: return "prefix, after, limit, rev";
    case resource::record: return "rev";
    case resource::version_list: return "before, limit";
    default: return "";
  }
}

void check_parameters(route const& r) {
  auto const known = parameters_of(r.what);
  for (auto const& [name, value] : r.parameters) {
    if (is_listed(name, known)) continue;
    malformed("parameter " + quoted(name) +
              " is not known here; known are: " + (known.empty() ? "none" : std::string(known)));
  }
}

route parse_path(std::string_view path, std::size_t max_bytes) {
  route r;
  if (path == "/healthz") return r;
  if (path == "/metrics") {
    r.what = resource::metrics;
    return r;
  }
  auto const segments = split(path, '/');  // the first is empty
  auto const count = segments.size();
  if (count < 4 || segments[1] != "v1") unknown_path();
  if (segments[2] == "topics" && count == 4) {
    r.what = resource::topic;
    r.name = decode_name(segments[3], "topic", max_bytes);
    return r;
  }
  if (segments[2] != "kv" || count > 6 || (count == 6 && segments[5] != "versions")) unknown_path();
  r.what = count == 4 ? resource::key_list : count == 5 ? resource::record : resource::version_list;
  r.space = decode_name(segments[3], "namespace", max_bytes);
  if (count > 4) r.name = decode_name(segments[4], "key", max_bytes);
  return r;
}

}  // namespace

std::optional<std::string_view> route::find(std::string_view parameter) const {
  for (auto const& [known, value] : parameters)
    if (known == parameter) return value;
  return std::nullopt;
}

std::variant<route, response> parse_target(std::string_view target, std::size_t max_name_bytes) try {
  target = without_authority(target);
  if (!target.starts_with('/')) unknown_path();
  auto const question = std::min(target.find('?'), target.size());
  auto const path = target.substr(0, question);
  auto const query = question == target.size() ? std::string_view{} : target.substr(question + 1);
  auto const in_path = std::ranges::find_if_not(path, [](char c) { return c == '/' || may_stand_raw(c); });
  auto const in_query =
      std::ranges::find_if_not(query, [](char c) { return c == '/' || c == '?' || may_stand_raw(c); });
  if (in_path != path.end() || in_query != query.end())
    malformed(
        "the character " +
        quoted(in_path != path.end() ? std::string_view(&*in_path, 1) : std::string_view(&*in_query, 1)) +
        " must be percent-encoded");
  route r = parse_path(path, max_name_bytes);
  parse_parameters(query, r);
  check_parameters(r);
  return r;
} catch (refusal& refused) {
  return std::move(refused.answer);
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  auto const parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  if (number < least || number > most) return std::nullopt;
  return number;
}

}  // namespace chronicle::kv
