#include "integrity/json_path.hpp"

#include <algorithm>

#include "base/quoted.hpp"

namespace chronicle {
namespace {

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_plain(std::string_view name) noexcept {
  return !name.empty() && name.size() <= longest_quoted && !is_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
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
    text += '[' + quoted(name_) + ']';
  }
  return text;
}

}  // namespace chronicle
