#include "record/member_reader.hpp"

#include <algorithm>
#include <utility>

#include "base/timestamp.hpp"
#include "integrity/fnv1a.hpp"

namespace chronicle::record {
namespace {

char const* kind_of(json::value const& v) {
  switch (v.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
      return "a whole number";
    case json::kind::double_:
      return "a fraction";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
  }
  return "something else";
}

// What a reader reads that has nothing to read from.
json::object& nothing() {
  thread_local json::object empty;
  empty.clear();
  return empty;
}

}  // namespace

void member_reader::fail(std::string_view name, std::string what) {
  if (failed()) return;
  failure_->emplace(problem_kind::malformed, path_ + "." + std::string(name), std::move(what));
}

void member_reader::fail_type(std::string_view name, char const* expected, json::value const& got) {
  fail(name, std::string("expected ") + expected + ", got " + kind_of(got));
}

json::value* member_reader::find(std::string_view name, bool required) {
  asked_.push_back(name);
  json::value* const found = from_->if_contains(name);
  if (!found && required) fail(name, "is missing");
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
  if (from_->contains(name)) return text(name);
  asked_.push_back(name);
  return {};
}

std::string member_reader::hash(std::string_view name) {
  std::string digits = text(name);
  if (!failed() && !parse_hash(digits)) fail(name, "expected 16 hexadecimal digits, got \"" + digits + "\"");
  return digits;
}

std::uint64_t member_reader::whole_number(std::string_view name, std::uint64_t low, std::uint64_t high) {
  json::value const* const v = find(name, true);
  if (!v) return low;
  std::string const expected = "expected a whole number of at least " + std::to_string(low);
  if (!v->is_uint64() && !v->is_int64()) {
    fail(name, expected + ", got " + kind_of(*v));
    return low;
  }
  if (v->is_int64() && v->get_int64() < 0) {
    fail(name, expected + ", got " + std::to_string(v->get_int64()));
    return low;
  }
  std::uint64_t const n = v->is_int64() ? static_cast<std::uint64_t>(v->get_int64()) : v->get_uint64();
  if (n < low) fail(name, expected + ", got " + std::to_string(n));
  if (n > high) fail(name, "expected at most " + std::to_string(high) + ", got " + std::to_string(n));
  return n;
}

wall_time_point member_reader::time(std::string_view name) {
  std::string const written = text(name);
  if (failed()) return {};
  auto const t = parse_timestamp(written);
  if (!t) fail(name, "expected a time like 2026-02-01T12:00:00.000Z, got \"" + written + "\"");
  return t.value_or(wall_time_point{});
}

json::object member_reader::object(std::string_view name) {
  json::value* const v = find(name, true);
  if (!v) return {};
  if (v->is_object()) return std::move(v->get_object());
  fail_type(name, "an object", *v);
  return {};
}

json::array member_reader::array(std::string_view name) {
  json::value const* const v = find(name, true);
  if (!v) return {};
  if (v->is_array()) return v->get_array();
  fail_type(name, "an array", *v);
  return {};
}

member_reader member_reader::child(std::string_view name) {
  json::value* const v = find(name, true);
  std::string path = path_ + "." + std::string(name);
  if (v && v->is_object()) return member_reader(std::move(path), v->get_object(), *failure_);
  if (v) fail_type(name, "an object", *v);
  return member_reader(std::move(path), nothing(), *failure_);
}

member_reader member_reader::element(std::string_view array, std::size_t index, json::value& of) {
  std::string const name = std::string(array) + "[" + std::to_string(index) + "]";
  if (of.is_object()) return member_reader(path_ + "." + name, of.get_object(), *failure_);
  fail_type(name, "an object", of);
  return member_reader(path_ + "." + name, nothing(), *failure_);
}

json::object member_reader::rest() const {
  json::object unknown;
  for (auto const& member : *from_)
    if (std::find(asked_.begin(), asked_.end(), std::string_view(member.key())) == asked_.end())
      unknown.emplace(member.key(), member.value());
  return unknown;
}

}  // namespace chronicle::record
