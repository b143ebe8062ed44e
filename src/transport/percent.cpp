#include "transport/percent.hpp"

#include <algorithm>
#include <charconv>

namespace chronicle {
namespace {

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_encoded(std::string& out, char c) {
  constexpr char digits[] = "0123456789ABCDEF";
  auto const byte = static_cast<unsigned char>(c);
  out += '%';
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

}  // namespace

std::string percent_encode(std::string_view bytes) {
  bool const names_a_folder = bytes == "." || bytes == "..";
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 4);
  for (char const c : bytes) {
    if (is_unreserved(c) && !names_a_folder) {
      out += c;
    } else {
      append_encoded(out, c);
    }
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    auto const hex = text.substr(i + 1, 2);
    unsigned char byte = 0;
    auto const parsed = std::from_chars(hex.data(), hex.data() + hex.size(), byte, 16);
    if (hex.size() != 2 || parsed.ec != std::errc{} || parsed.ptr != hex.data() + 2) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

}  // namespace chronicle
