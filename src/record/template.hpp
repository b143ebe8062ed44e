// Template reconciliation (rule R3): fills in what a stored document lacks, and changes nothing else.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

namespace chronicle::record {

/// What `reconcile` did.
struct reconciliation {
  std::optional<boost::json::object> before;  ///< the document as it was, if some member was missing
  /// Where document and template hold different kinds of values, as "$.Settings.Music"; the document's value
  /// stays.
  std::vector<std::string> type_mismatches;
};

/// Copies members of `defaults` that `data` lacks into it, object by object. Arrays are opaque, so that sold
/// starter items do not come back; existing values stay whatever their type.
reconciliation reconcile(boost::json::object& data, boost::json::object const& defaults);

}  // namespace chronicle::record
