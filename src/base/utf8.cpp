#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>

#include "base/few_bytes.hpp"

namespace chronicle {
namespace {

struct lead_byte {
  std::size_t length;       // of the whole sequence; 0 for a byte that cannot begin one
  unsigned char low, high;  // what the second byte may be
};

lead_byte classify(unsigned char byte) noexcept {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xc2) return {0, 0, 0};
  if (byte < 0xe0) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte < 0xf0) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte < 0xf4) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

// Most text is ASCII: skips it eight bytes at a time. May stop up to seven bytes before the first other byte.
std::size_t leading_ascii(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size() && (load_few_bytes(text.substr(at)) & 0x8080808080808080) == 0) at += 8;
  return std::min(at, text.size());
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) noexcept {
  auto const byte_at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t at = 0;
  while (at < text.size()) {
    at += leading_ascii(text.substr(at));
    if (at == text.size()) return at;
    lead_byte const lead = classify(byte_at(at));
    if (lead.length == 0 || lead.length > text.size() - at) return at;
    for (std::size_t i = 1; i < lead.length; ++i) {
      unsigned char const low = i == 1 ? lead.low : 0x80;
      unsigned char const high = i == 1 ? lead.high : 0xbf;
      if (byte_at(at + i) < low || byte_at(at + i) > high) return at;
    }
    at += lead.length;
  }
  return at;
}

}  // namespace chronicle
