// Refuses documents that could be written but not read back, before anything is sent.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

namespace chronicle {

namespace json = boost::json;

struct storable_problem {
  std::string path;    ///< where, as `$.Stats.Kills[3]`
  std::string reason;  ///< what is wrong there, as "is NaN, which JSON cannot express"
};

/// The first thing in `document` that JSON cannot express or `parse_json` would not read back: NaN or an
/// infinity, text or a member's name that is not UTF-8, more than `max_document_depth` arrays and objects
/// inside one another. Nothing when it can be stored.
std::optional<storable_problem> check_storable(json::value const& document);
std::optional<storable_problem> check_storable(json::object const& document);

}  // namespace chronicle
