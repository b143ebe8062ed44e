#include "kv_server/conditions.hpp"

#include <algorithm>

#include "kv_server/http_message.hpp"
#include "kv_server/target.hpp"

namespace chronicle::kv {
namespace {

void skip(std::string_view& text, std::string_view characters) {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
}

/// A revision as we write it: no leading zeros.
std::optional<std::uint64_t> to_revision(std::string_view opaque) {
  if (opaque.starts_with('0')) return std::nullopt;
  return parse_number(opaque, 1, largest_revision);
}

/// Takes one tag from the front of `text`; false when there is none.
bool take_tag(std::string_view& text, entity_tags& tags) {
  bool const weak = text.starts_with("W/");
  if (weak) text.remove_prefix(2);
  if (!text.starts_with('"')) return false;
  auto const close = text.find('"', 1);
  if (close == std::string_view::npos) return false;
  if (auto const revision = to_revision(text.substr(1, close - 1)))
    (weak ? tags.weak : tags.strong).push_back(*revision);
  text.remove_prefix(close + 1);
  return true;
}

std::string_view unquote(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

bool entity_tags::match_strongly(std::uint64_t revision) const {
  return any || std::ranges::find(strong, revision) != strong.end();
}

bool entity_tags::match_weakly(std::uint64_t revision) const {
  return match_strongly(revision) || std::ranges::find(weak, revision) != weak.end();
}

std::optional<entity_tags> parse_entity_tags(std::string_view field) {
  entity_tags tags;
  field = trim(field);
  if (field == "*") {
    tags.any = true;
    return tags;
  }
  bool found = false;
  while (!field.empty()) {
    if (!take_tag(field, tags)) return std::nullopt;
    found = true;
    skip(field, " \t");
    if (field.empty()) break;
    if (field.front() != ',') return std::nullopt;
    skip(field, ", \t");  // empty list members are allowed (RFC 9110, section 5.6.1)
  }
  if (!found) return std::nullopt;
  return tags;
}

std::string format_entity_tag(std::uint64_t revision) {
  return '"' + std::to_string(revision) + '"';
}

preferences parse_preferences(std::string_view field) {
  preferences found;
  while (!field.empty()) {
    auto const comma = std::min(field.find(','), field.size());
    auto const preference = field.substr(0, std::min(field.find(';'), comma));
    field.remove_prefix(std::min(comma + 1, field.size()));
    auto const equals = std::min(preference.find('='), preference.size());
    auto const name = trim(preference.substr(0, equals));
    auto const value =
        equals == preference.size() ? std::string_view{} : unquote(trim(preference.substr(equals + 1)));
    if (equal_ignoring_case(name, "wait")) {
      if (auto const seconds = parse_number(value, 0, 86'400)) found.wait = std::chrono::seconds(*seconds);
    } else if (equal_ignoring_case(name, "return")) {
      found.representation = value == "representation";
    }
  }
  return found;
}

}  // namespace chronicle::kv
