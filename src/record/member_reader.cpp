#include "record/member_reader.hpp"

#include <algorithm>
#include <utility>

#include "base/quoted.hpp"
#include "base/timestamp.hpp"
#include "chronicle/error.hpp"
#include "integrity/fnv1a.hpp"
#include "integrity/json_text.hpp"

namespace chronicle::record {
namespace {

// What is there instead of what should be: a number as it is, anything else by its type.
std::string describe(json::value const& got) {
  switch (got.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
    default: return to_json_text(got);
  }
}

std::string describe_range(std::uint64_t low, std::uint64_t high) {
  if (high == std::numeric_limits<std::uint64_t>::max()) return "of at least " + std::to_string(low);
  return "from " + std::to_string(low) + " to " + std::to_string(high);
}

// What a reader reads that has nothing to read from.
json::object& nothing() {
  thread_local json::object empty;
  empty.clear();
  return empty;
}

}  // namespace

void member_reader::fail(std::string_view name, std::string what, problem_kind kind) {
  if (failed()) return;
  failure_->emplace(kind, path_ + "." + std::string(name), std::move(what));
}

void member_reader::fail_type(std::string_view name, std::string_view expected, json::value const& got) {
  fail(name, "expected " + std::string(expected) + ", got " + describe(got));
}

json::value* member_reader::find(std::string_view name, bool required) {
  asked_.push_back(name);
  json::value* const found = from_->if_contains(name);
  if (found == nullptr && required) fail(name, "is missing");
  return found;
}

std::string member_reader::text(std::string_view name) {
  json::value const* const v = find(name, true);
  if (!v) return {};
  if (v->is_string()) return std::string(v->get_string());
  fail_type(name, "a string", *v);
  return {};
}

std::string member_reader::optional_text(std::string_view name) {
  return find(name, false) == nullptr ? std::string() : text(name);
}

std::string member_reader::hash(std::string_view name) {
  std::string digits = text(name);
  if (!failed() && !parse_hash(digits)) {
    fail(name, "expected 16 lower-case hexadecimal digits, got " + quoted(digits));
  }
  return digits;
}

std::string member_reader::optional_hash(std::string_view name) {
  json::value const* const v = find(name, false);
  if (v == nullptr || (v->is_string() && v->get_string().empty())) return {};
  return hash(name);
}

std::uint64_t member_reader::whole_number(std::string_view name, std::uint64_t low, std::uint64_t high) {
  json::value const* const v = find(name, true);
  if (v == nullptr) return low;
  // 17.0 is 17, as in the hashes: a tool may have written the record anew.
  error_code not_whole;
  std::uint64_t const number = v->to_number<std::uint64_t>(not_whole);
  if (!not_whole && low <= number && number <= high) return number;
  fail_type(name, "a whole number " + describe_range(low, high), *v);
  return low;
}

wall_time_point member_reader::time(std::string_view name) {
  std::string const written = text(name);
  if (failed()) return {};
  auto const t = parse_timestamp(written);
  if (!t) fail(name, "expected a time like 2026-02-01T12:00:00.000Z, got " + quoted(written));
  return t.value_or(wall_time_point{});
}

json::object member_reader::object(std::string_view name) {
  json::value* const v = find(name, true);
  if (!v) return {};
  if (v->is_object()) return std::move(v->get_object());
  fail_type(name, "an object", *v);
  return {};
}

member_reader member_reader::child(std::string_view name) {
  return reader_of(std::string(name), find(name, true));
}

std::vector<member_reader> member_reader::children(std::string_view name) {
  json::value* const v = find(name, true);
  std::vector<member_reader> all;
  if (v == nullptr) return all;
  if (!v->is_array()) {
    fail_type(name, "an array", *v);
    return all;
  }
  json::array& elements = v->get_array();
  for (std::size_t i = 0; i < elements.size(); ++i) {
    all.push_back(reader_of(std::string(name) + "[" + std::to_string(i) + "]", &elements[i]));
  }
  return all;
}

member_reader member_reader::reader_of(std::string const& name, json::value* value) {
  std::string path = path_ + "." + name;
  if (value != nullptr && value->is_object()) {
    return member_reader(std::move(path), value->get_object(), *failure_);
  }
  if (value != nullptr) fail_type(name, "an object", *value);
  return member_reader(std::move(path), nothing(), *failure_);
}

json::object member_reader::rest() const {
  json::object unknown;
  for (auto const& member : *from_)
    if (std::find(asked_.begin(), asked_.end(), std::string_view(member.key())) == asked_.end())
      unknown.emplace(member.key(), member.value());
  return unknown;
}

}  // namespace chronicle::record
