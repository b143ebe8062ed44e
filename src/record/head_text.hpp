// The head of a record, which is all of it but the data, as text. It is written with every save and every
// renewal, so no document is made of it first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "integrity/json_text.hpp"
#include "record/record.hpp"

namespace chronicle::record {

inline constexpr std::uint64_t schema = 1;
/// The record is a level around the document.
inline constexpr parse_limits record_limits{max_document_depth + 1};
inline constexpr std::string_view hash_algorithm = "fnv1a64-jcs";

/// Appends the object that a record is without its data, with its own hash in it.
void append_envelope(std::string& text, header const& head);

}  // namespace chronicle::record
