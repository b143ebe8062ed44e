#include "integrity/fnv1a.hpp"

namespace chronicle {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t hash_length = 16;

}  // namespace

std::string format_hash(std::uint64_t hash) {
  std::string text(hash_length, '0');
  for (std::size_t i = hash_length; i-- > 0; hash >>= 4) text[i] = digits[hash & 15];
  return text;
}

std::optional<std::uint64_t> parse_hash(std::string_view text) noexcept {
  if (text.size() != hash_length) return std::nullopt;
  std::uint64_t hash = 0;
  for (char const c : text) {
    auto const digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    hash = hash << 4 | digit;
  }
  return hash;
}

}  // namespace chronicle
