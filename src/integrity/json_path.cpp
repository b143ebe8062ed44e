#include "integrity/json_path.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace chronicle {
namespace {

constexpr std::size_t longest_name = 64;

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_plain(std::string_view name) noexcept {
  return !name.empty() && name.size() <= longest_name && !is_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

void append_hex(std::string& text, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  text += "\\x";
  text += digits[static_cast<unsigned char>(c) >> 4];
  text += digits[c & 15];
}

// As much of `name` as is well-formed is shown as it is, control characters and ill-formed bytes as \xNN.
void append_quoted(std::string& text, std::string_view name) {
  std::string_view rest = name.substr(0, longest_name);
  text += '"';
  while (!rest.empty()) {
    std::size_t const valid = find_invalid_utf8(rest);
    for (char const c : rest.substr(0, valid)) {
      if (c == '"' || c == '\\') text += '\\';
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        append_hex(text, c);
      } else {
        text += c;
      }
    }
    rest.remove_prefix(valid);
    if (rest.empty()) break;
    append_hex(text, rest.front());
    rest.remove_prefix(1);
  }
  text += name.size() > longest_name ? "...\"" : "\"";
}

}  // namespace

std::string json_path::text() const {
  if (parent_ == nullptr) return "$";
  std::string text = parent_->text();
  if (index_ != no_index) {
    text += '[' + std::to_string(index_) + ']';
  } else if (is_plain(name_)) {
    text += '.';
    text += name_;
  } else {
    text += '[';
    append_quoted(text, name_);
    text += ']';
  }
  return text;
}

}  // namespace chronicle
