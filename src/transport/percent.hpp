// Percent-encoding (RFC 3986, section 2.1): how arbitrary bytes travel inside a URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chronicle {

/// `bytes` as one path segment or one query value: everything but unreserved characters (letters, digits,
/// `-._~`) is encoded, and so are the dots of `.` and `..`, which would otherwise name other folders.
std::string percent_encode(std::string_view bytes);

/// The bytes that `text` stands for. Nothing when a `%` is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace chronicle
