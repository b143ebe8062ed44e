#include "integrity/fnv1a_block.hpp"

#if defined(__SSE2__)

#include <emmintrin.h>

#include "integrity/fnv1a_bitsliced.hpp"

namespace chronicle {
namespace {

struct pack {
  __m128i bits;

  static pack in_every_row(int byte) { return {_mm_set1_epi8(static_cast<char>(byte))}; }
  template <int count>
  pack bits_lower() const {
    return {_mm_srli_epi16(bits, count)};
  }
  template <int count>
  pack bits_higher() const {
    return {_mm_slli_epi16(bits, count)};
  }

  pack a_row_later() const { return {_mm_slli_si128(bits, 1)}; }
  pack doubled() const { return {_mm_add_epi8(bits, bits)}; }
  pack last_row_everywhere() const { return in_every_row(_mm_extract_epi16(bits, 7) >> 8); }
  // Each row with all before it.
  pack running_xor() const {
    __m128i upto = _mm_xor_si128(bits, _mm_slli_si128(bits, 1));
    upto = _mm_xor_si128(upto, _mm_slli_si128(upto, 2));
    upto = _mm_xor_si128(upto, _mm_slli_si128(upto, 4));
    return {_mm_xor_si128(upto, _mm_slli_si128(upto, 8))};
  }

  // Deals the bytes of a group out to its columns.
  static std::array<pack, 8> deal(char const* group) {
    std::array<pack, 8> part, next;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 8; ++i)
      part[i].bits = _mm_loadu_si128(reinterpret_cast<__m128i const*>(group + 16 * i));
#pragma GCC unroll 4
    for (int round = 0; round < 4; ++round) {
      // Rotates the seven bits of a byte's place (register, byte in it) by one.
#pragma GCC unroll 4
      for (std::size_t i = 0; i < 4; ++i) {
        next[2 * i].bits = _mm_unpacklo_epi8(part[i].bits, part[i + 4].bits);
        next[2 * i + 1].bits = _mm_unpackhi_epi8(part[i].bits, part[i + 4].bits);
      }
      part = next;
    }
    return part;
  }

  static pack first_differences(pack x, pack low) {
    __m128i const zero = _mm_setzero_si128();
    return {_mm_sub_epi16(_mm_unpacklo_epi8(x.bits, zero), _mm_unpacklo_epi8(low.bits, zero))};
  }
  static pack last_differences(pack x, pack low) {
    __m128i const zero = _mm_setzero_si128();
    return {_mm_sub_epi16(_mm_unpackhi_epi8(x.bits, zero), _mm_unpackhi_epi8(low.bits, zero))};
  }
  pack plus_products(pack differences, std::int16_t const* weights) const {
    __m128i const weight = _mm_load_si128(reinterpret_cast<__m128i const*>(weights));
    return {_mm_add_epi32(bits, _mm_madd_epi16(differences.bits, weight))};
  }
  // The sums of neighbours, those of `a` and those of `b` in turn.
  static pack add_pairs_of_32(pack a, pack b) {
    return {_mm_add_epi32(_mm_unpacklo_epi32(a.bits, b.bits), _mm_unpackhi_epi32(a.bits, b.bits))};
  }
  static pack add_pairs_of_64(pack a, pack b) {
    return {_mm_add_epi32(_mm_unpacklo_epi64(a.bits, b.bits), _mm_unpackhi_epi64(a.bits, b.bits))};
  }
};

pack operator^(pack a, pack b) {
  return {_mm_xor_si128(a.bits, b.bits)};
}
pack operator&(pack a, pack b) {
  return {_mm_and_si128(a.bits, b.bits)};
}

}  // namespace

std::uint64_t fnv1a_block_sse2(std::uint64_t state, char const* bytes) noexcept {
  return bitsliced_fnv1a<pack>::block(state, bytes);
}

}  // namespace chronicle

#endif
