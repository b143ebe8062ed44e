// FNV-1a, 64 bits: detects accidents (a torn write, a flipped bit), not tampering.
// Fowler, Noll, Vo, Eastlake: The FNV Non-Cryptographic Hash Algorithm (RFC 9923).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chronicle {

/// The hash of all bytes given to `update` so far, in order. Eight bytes and trivially copyable: pass it by
/// value and the state stays in a register.
class fnv1a64 {
 public:
  constexpr void update(char byte) noexcept {
    state_ = (state_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  constexpr void update(std::string_view bytes) noexcept {
    for (char const byte : bytes) update(byte);
  }
  constexpr std::uint64_t value() const noexcept { return state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

/// 16 lower-case hexadecimal digits, as records hold a hash: a JSON number would lose bits in other
/// languages.
std::string format_hash(std::uint64_t hash);
/// The reverse; nothing unless `text` is exactly 16 lower-case hexadecimal digits.
std::optional<std::uint64_t> parse_hash(std::string_view text) noexcept;

}  // namespace chronicle
