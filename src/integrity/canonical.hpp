// The canonical form of a JSON document, and the hash of it: two documents that mean the same hash alike,
// whatever the order of their members and whoever wrote them.
//
// RFC 8785 (JSON Canonicalization Scheme): no white space, members sorted by UTF-16 code units, the fewest
// escapes, numbers as ECMAScript prints them, so 1.0 is 1 and -0 is 0. Beyond it, whole numbers outside
// +-(2^53 - 1) that fit `std::int64_t` or `std::uint64_t` are written exactly, where ECMAScript would round
// them.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>

namespace chronicle {

namespace json = boost::json;

/// FNV-1a 64 of the canonical form, which is never built as a whole: it is hashed as it is produced.
/// Allocates only until the calling thread has seen its largest document (32 bytes for each member of the
/// objects that are open at once) and its kinds of objects (at most 64 KiB).
///
/// Recurses as deep as the document is nested. What `check_storable` refuses has a hash too: NaN and the
/// infinities each count as a value of their own, ill-formed UTF-8 as the bytes it is, so that such an edit
/// is noticed as a change.
std::uint64_t canonical_hash(json::value const& document);
std::uint64_t canonical_hash(json::object const& document);

/// The canonical form itself, for tests and for people.
std::string to_canonical_text(json::value const& document);

}  // namespace chronicle
