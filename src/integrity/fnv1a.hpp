// FNV-1a, 64 bits: detects accidents (a torn write, a flipped bit), not tampering.
// Fowler, Noll, Vo, Eastlake: The FNV Non-Cryptographic Hash Algorithm (RFC 9923).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "integrity/fnv1a_block.hpp"

namespace chronicle {

/// The hash of all bytes given to `update` so far, in order. Eight bytes and trivially copyable: pass it by
/// value and the state stays in a register.
class fnv1a64 {
 public:
  constexpr void update(char byte) noexcept {
    state_ = (state_ ^ static_cast<unsigned char>(byte)) * fnv_prime;
  }
  /// Many bytes at once are faster by far than one by one.
  void update(std::string_view bytes) noexcept {
    if (bytes.size() >= worth_a_block) return update_in_blocks(bytes);
    for (char const byte : bytes) update(byte);
  }
  constexpr std::uint64_t value() const noexcept { return state_; }

 private:
  // From here on even a block that is filled up with zeros costs less than the bytes one by one.
  static constexpr std::size_t worth_a_block = 384;
  void update_in_blocks(std::string_view bytes) noexcept;

  std::uint64_t state_ = fnv_offset;
};

/// The same for bytes that come in small pieces: they are hashed when there is a block of them.
class buffered_fnv1a64 {
 public:
  void update(std::string_view bytes) noexcept {
    if (bytes.size() >= held_.size() - size_) return update_in_blocks(bytes);
    std::memcpy(held_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  std::uint64_t value() const noexcept {
    fnv1a64 whole = hash_;
    whole.update(std::string_view(held_.data(), size_));
    return whole.value();
  }

 private:
  void update_in_blocks(std::string_view bytes) noexcept;

  fnv1a64 hash_;
  std::size_t size_ = 0;
  std::array<char, fnv_block_size> held_;
};

inline constexpr std::size_t hash_length = 16;
/// 16 lower-case hexadecimal digits, as records hold a hash: a JSON number would lose bits in other
/// languages.
std::string format_hash(std::uint64_t hash);
/// The reverse; nothing unless `text` is exactly 16 lower-case hexadecimal digits.
std::optional<std::uint64_t> parse_hash(std::string_view text) noexcept;

}  // namespace chronicle
