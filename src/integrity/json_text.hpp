// JSON text to documents and back without losing a bit. Boost.JSON reads three in ten doubles one unit off,
// which would make a healthy record fail its hash: read everything that holds a double with this.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "chronicle/error.hpp"

namespace chronicle {

namespace json = boost::json;

/// How many arrays and objects a document may have inside one another, itself included. Bounded because
/// parsers, and the destructors of what they build, recurse.
inline constexpr std::size_t max_document_depth = 64;

struct parse_limits {
  std::size_t max_depth = max_document_depth;  ///< how many arrays and objects may be open at once
};

/// Why a text was refused, for a message.
struct parse_problem {
  std::size_t offset = 0;  ///< in bytes: where the parser stopped
  std::string what;
};

/// Reads one JSON document (RFC 8259, nothing else around it but white space).
///
/// Whole numbers that fit `std::int64_t` or `std::uint64_t` keep their value exactly; every other number
/// becomes the nearest double, and one beyond the largest double is refused. The last of several members
/// with one name wins. Text that is not UTF-8, also by a lone surrogate in an escape, is refused.
///
/// Returns `errc::invalid_json` on failure and then fills `problem`, if given. Throws only
/// `std::bad_alloc`.
result<json::value> parse_json(std::string_view text, parse_limits limits = {},
                               parse_problem* problem = nullptr);

/// What writing a document has found out about it in passing.
struct written_document {
  std::uint64_t hash;  ///< `canonical_hash`
  bool storable;       ///< whether `check_storable` has nothing against it
};

/// JSON text that `parse_json` reads back as it was, if it is storable. The members of each object come in
/// canonical order.
std::string to_json_text(json::value const& document);
/// The same, appended to `text`: large documents are written once, where they belong.
written_document append_json_text(std::string& text, json::object const& document);

}  // namespace chronicle
