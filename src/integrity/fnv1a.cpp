#include "integrity/fnv1a.hpp"

#include <algorithm>
#include <array>

#include "base/hex.hpp"

namespace chronicle {
namespace {

// The odd numbers modulo 2^64 are a group whose orders divide 2^62.
constexpr std::uint64_t inverse_prime = power_of(fnv_prime, (std::uint64_t{1} << 62) - 1);
static_assert(inverse_prime * fnv_prime == 1);

// Of less than a block. A zero at the end only multiplies by the prime, which can be undone.
std::uint64_t fnv1a_padded(std::uint64_t state, std::string_view bytes) noexcept {
  std::array<char, fnv_block_size> padded;
  auto const end = std::copy(bytes.begin(), bytes.end(), padded.begin());
  std::fill(end, padded.end(), '\0');
  return fnv1a_block(state, padded.data()) * power_of(inverse_prime, fnv_block_size - bytes.size());
}

}  // namespace

void fnv1a64::update_in_blocks(std::string_view bytes) noexcept {
  for (; bytes.size() >= fnv_block_size; bytes.remove_prefix(fnv_block_size))
    state_ = fnv1a_block(state_, bytes.data());
  if (fnv_blocks_are_fast && bytes.size() >= worth_a_block) {
    state_ = fnv1a_padded(state_, bytes);
  } else {
    for (char const byte : bytes) update(byte);
  }
}

void buffered_fnv1a64::update_in_blocks(std::string_view bytes) noexcept {
  if (size_ > 0) {
    std::size_t const missing = held_.size() - size_;
    std::memcpy(held_.data() + size_, bytes.data(), missing);
    hash_.update(std::string_view(held_.data(), held_.size()));
    bytes.remove_prefix(missing);
  }
  size_ = bytes.size() % fnv_block_size;
  hash_.update(bytes.substr(0, bytes.size() - size_));
  std::memcpy(held_.data(), bytes.data() + bytes.size() - size_, size_);
}

std::string format_hash(std::uint64_t hash) {
  std::string text(hash_length, '0');
  for (std::size_t i = hash_length; i-- > 0; hash >>= 4) text[i] = hex_digits[hash & 15];
  return text;
}

std::optional<std::uint64_t> parse_hash(std::string_view text) noexcept {
  if (text.size() != hash_length) return std::nullopt;
  std::uint64_t hash = 0;
  for (char const c : text) {
    auto const digit = hex_digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    hash = hash << 4 | digit;
  }
  return hash;
}

}  // namespace chronicle
