#include "integrity/storable.hpp"

#include <cmath>

#include "base/utf8.hpp"
#include "integrity/json_path.hpp"
#include "integrity/json_text.hpp"

namespace chronicle {
namespace {

using finding = std::optional<storable_problem>;

finding problem(json_path const& at, std::string reason) {
  return storable_problem{at.text(), std::move(reason)};
}

finding check_number(double number, json_path const& at) {
  if (std::isnan(number)) return problem(at, "is NaN, which JSON cannot express");
  if (std::isinf(number)) return problem(at, "is an infinity, which JSON cannot express");
  return std::nullopt;
}

// `room` is how many more levels may be opened.
finding check(json::value const& value, json_path const& at, std::size_t room);

finding check(json::array const& array, json_path const& at, std::size_t room) {
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (finding found = check(array[i], at.element(i), room)) return found;
  }
  return std::nullopt;
}

finding check(json::object const& object, json_path const& at, std::size_t room) {
  for (json::key_value_pair const& member : object) {
    json_path const here = at.member(member.key());
    if (!is_valid_utf8(member.key())) return problem(here, "has a name that is not UTF-8");
    if (finding found = check(member.value(), here, room)) return found;
  }
  return std::nullopt;
}

finding check(json::value const& value, json_path const& at, std::size_t room) {
  if (value.is_double()) return check_number(value.get_double(), at);
  if (value.is_string()) {
    return is_valid_utf8(value.get_string()) ? std::nullopt : problem(at, "is not UTF-8");
  }
  if (!value.is_structured()) return std::nullopt;
  if (room == 0)
    return problem(at, "is nested deeper than " + std::to_string(max_document_depth) + " levels");
  return value.is_array() ? check(value.get_array(), at, room - 1) : check(value.get_object(), at, room - 1);
}

}  // namespace

std::optional<storable_problem> check_storable(json::value const& document) {
  return check(document, json_path(), max_document_depth);
}

std::optional<storable_problem> check_storable(json::object const& document) {
  return check(document, json_path(), max_document_depth - 1);
}

}  // namespace chronicle
