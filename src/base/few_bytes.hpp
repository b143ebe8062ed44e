// Short texts as numbers: names and words are short, and a loop over their bytes is mostly mispredictions.
#pragma once

#include <boost/endian/conversion.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chronicle {

/// The first eight bytes of `text`, the first one lowest, padded with zeros.
inline std::uint64_t load_few_bytes(std::string_view text) noexcept {
  using namespace boost::endian;
  auto const* const bytes = reinterpret_cast<unsigned char const*>(text.data());
  std::size_t const size = text.size();
  if (size >= 8) return load_little_u64(bytes);
  if (size >= 4) {
    // The last four may overlap the first four, which changes nothing.
    return load_little_u32(bytes) | std::uint64_t{load_little_u32(bytes + size - 4)} << (8 * (size - 4));
  }
  if (size == 0) return 0;
  // Of one to three bytes the first, the middle and the last are all.
  return bytes[0] | std::uint64_t{bytes[size / 2]} << (8 * (size / 2)) |
         std::uint64_t{bytes[size - 1]} << (8 * (size - 1));
}

/// Eight bytes, the lowest first.
inline void store_eight_bytes(char* out, std::uint64_t bytes) noexcept {
  boost::endian::store_little_u64(reinterpret_cast<unsigned char*>(out), bytes);
}

}  // namespace chronicle
