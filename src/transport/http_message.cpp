#include "transport/http_message.hpp"

#include <algorithm>

namespace chronicle {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<std::string_view> find_header(http_headers const& headers, std::string_view name) noexcept {
  auto const found = std::find_if(headers.begin(), headers.end(),
                                  [&](http_header const& h) { return same_name(h.name, name); });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

}  // namespace chronicle
