// What a document must not hold, because JSON cannot say it or nothing would read it back.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

namespace chronicle {

/// How many objects and arrays may be nested in a document, itself included. Leaves room for the record
/// around it.
inline constexpr std::size_t max_document_depth = 60;

struct storable_problem {
  std::string path;    ///< where, as "$.Stats.Kills[3]"
  std::string reason;  ///< what is there: "is NaN, which JSON cannot express"
};

/// The first of: NaN, an infinity, a string or member name that is not UTF-8, nesting deeper than
/// `max_document_depth`. Nothing when the document can be stored. Allocates only to name a problem.
std::optional<storable_problem> check_storable(boost::json::object const& document);

}  // namespace chronicle
