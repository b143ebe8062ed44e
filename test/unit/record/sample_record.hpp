// A record with every member in use, for the tests of the codec.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "record/codec.hpp"

namespace chronicle::record {

inline constexpr std::string_view sample_key = "PlayerData/Player_123";

json::object sample_data();
/// Belongs to `data`.
header sample_header(json::object const& data);
/// Both, encoded.
std::string sample_text();

/// `text` as a document, to be taken apart.
json::object parsed(std::string_view text);
/// Gives `record` the envelope it should have, whatever was done to it.
std::string sealed(json::object record);

/// "<kind> <path>: <what>", or "nothing" for a good record.
std::string found_in(std::string_view text, std::string_view key = sample_key);

}  // namespace chronicle::record
