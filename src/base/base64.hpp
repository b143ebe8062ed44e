// Base64 with the standard alphabet and padding (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chronicle {

std::string encode_base64(std::string_view bytes);

/// Nothing when `text` is not what `encode_base64` writes: no line breaks, no missing padding.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace chronicle
