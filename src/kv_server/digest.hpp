// SHA-256 and the Content-Digest field (RFC 9530).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chronicle::kv {

/// 32 bytes.
std::string sha256(std::string_view bytes);

/// `sha-256=:<base64>:`
std::string format_content_digest(std::string_view sha256_bytes);

/// The SHA-256 in a Content-Digest field. Nothing if the field has none; other algorithms are ignored, as the
/// RFC asks. A `sha-256` member that cannot be read yields an empty text, which no digest equals.
std::optional<std::string> find_sha256(std::string_view content_digest);

/// Takes the same time wherever the two differ, and whatever their lengths.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace chronicle::kv
