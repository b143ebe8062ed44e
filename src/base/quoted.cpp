#include "base/quoted.hpp"

#include "base/hex.hpp"
#include "base/utf8.hpp"

namespace chronicle {
namespace {

void append_byte(std::string& text, char c) {
  text += "\\x";
  append_hex(text, static_cast<unsigned char>(c));
}

void append_escaped(std::string& text, std::string_view well_formed) {
  for (char const c : well_formed) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      append_byte(text, c);
      continue;
    }
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
}

}  // namespace

void append_quoted(std::string& to, std::string_view text) {
  to += '"';
  while (!text.empty()) {
    std::size_t const valid = find_invalid_utf8(text);
    append_escaped(to, text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) break;
    append_byte(to, text.front());
    text.remove_prefix(1);
  }
  to += '"';
}

std::string quoted(std::string_view text) {
  std::string result;
  append_quoted(result, text.substr(0, longest_quoted));
  if (text.size() > longest_quoted) result.insert(result.size() - 1, "...");
  return result;
}

}  // namespace chronicle
