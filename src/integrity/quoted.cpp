#include "integrity/quoted.hpp"

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

std::string quoted(std::string_view text) {
  std::string result = "\"";
  std::string_view rest = text.substr(0, longest_quoted);
  while (!rest.empty()) {
    std::size_t const valid = find_invalid_utf8(rest);
    append_escaped(result, rest.substr(0, valid));
    rest.remove_prefix(valid);
    if (rest.empty()) break;
    append_byte(result, rest.front());
    rest.remove_prefix(1);
  }
  result += text.size() > longest_quoted ? "...\"" : "\"";
  return result;
}

}  // namespace chronicle
