// Which characters a JSON string cannot hold as they are: as few as RFC 8785 (section 3.2.2.2) allows.
#pragma once

namespace chronicle {

constexpr bool needs_escape(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

}  // namespace chronicle
