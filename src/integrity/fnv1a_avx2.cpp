#include "integrity/fnv1a_block.hpp"

#if defined(__SSE2__)

#include <immintrin.h>

#include <array>
#include <bit>

// Functions from here on are for processors with AVX2, whatever the rest is compiled for. Headers come
// before, but for templates of what is private to this file: others' inline functions may be those of all
// files.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

#include "integrity/fnv1a_bitsliced.hpp"

namespace chronicle {
namespace {

struct pack {
  __m256i bits;

  static pack in_every_row(int byte) { return {_mm256_set1_epi8(static_cast<char>(byte))}; }
  template <int count>
  pack bits_lower() const {
    return {_mm256_srli_epi16(bits, count)};
  }
  template <int count>
  pack bits_higher() const {
    return {_mm256_slli_epi16(bits, count)};
  }

  pack a_row_later() const { return {_mm256_alignr_epi8(bits, first_half_later(bits), 15)}; }
  pack doubled() const { return {_mm256_add_epi8(bits, bits)}; }
  pack last_row_everywhere() const {
    return {_mm256_shuffle_epi8(_mm256_permute4x64_epi64(bits, 0xff), _mm256_set1_epi8(7))};
  }
  // Each row with all before it.
  pack running_xor() const {
    __m256i upto = _mm256_xor_si256(bits, _mm256_slli_si256(bits, 1));  // of each half
    upto = _mm256_xor_si256(upto, _mm256_slli_si256(upto, 2));
    upto = _mm256_xor_si256(upto, _mm256_slli_si256(upto, 4));
    upto = _mm256_xor_si256(upto, _mm256_slli_si256(upto, 8));
    __m256i const last = _mm256_shuffle_epi8(upto, _mm256_set1_epi8(15));
    return {_mm256_xor_si256(upto, first_half_later(last))};
  }

  // Deals the bytes of a group out to its columns.
  static std::array<pack, 4> deal(char const* group) {
    __m256i const by_column =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    std::array<pack, 4> part, dealt;
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
      __m256i const loaded = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(group + 32 * i));
      part[i].bits = _mm256_shuffle_epi8(loaded, by_column);
    }
    // Four rows of a column at a time, 32 bits: those of the four parts together.
    __m256i const first_of_two = _mm256_unpacklo_epi32(part[0].bits, part[1].bits),
                  last_of_two = _mm256_unpackhi_epi32(part[0].bits, part[1].bits),
                  first_of_others = _mm256_unpacklo_epi32(part[2].bits, part[3].bits),
                  last_of_others = _mm256_unpackhi_epi32(part[2].bits, part[3].bits);
    dealt[0].bits = _mm256_unpacklo_epi64(first_of_two, first_of_others);
    dealt[1].bits = _mm256_unpackhi_epi64(first_of_two, first_of_others);
    dealt[2].bits = _mm256_unpacklo_epi64(last_of_two, last_of_others);
    dealt[3].bits = _mm256_unpackhi_epi64(last_of_two, last_of_others);
    __m256i const in_turn = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    for (pack& one : dealt) one.bits = _mm256_permutevar8x32_epi32(one.bits, in_turn);
    return dealt;
  }

  static pack first_differences(pack x, pack low) {
    return {_mm256_maddubs_epi16(_mm256_unpacklo_epi8(x.bits, low.bits), plus_and_minus())};
  }
  static pack last_differences(pack x, pack low) {
    return {_mm256_maddubs_epi16(_mm256_unpackhi_epi8(x.bits, low.bits), plus_and_minus())};
  }
  pack plus_products(pack differences, std::int16_t const* weights) const {
    __m256i const weight = _mm256_load_si256(reinterpret_cast<__m256i const*>(weights));
    return {_mm256_add_epi32(bits, _mm256_madd_epi16(differences.bits, weight))};
  }
  // The sums of neighbours, those of `a` and those of `b` in turn.
  static pack add_pairs_of_32(pack a, pack b) {
    return {_mm256_add_epi32(_mm256_unpacklo_epi32(a.bits, b.bits), _mm256_unpackhi_epi32(a.bits, b.bits))};
  }
  static pack add_pairs_of_64(pack a, pack b) {
    return {_mm256_add_epi32(_mm256_unpacklo_epi64(a.bits, b.bits), _mm256_unpackhi_epi64(a.bits, b.bits))};
  }

 private:
  static __m256i first_half_later(__m256i bits) {
    return _mm256_permute2x128_si256(bits, bits, 0x08);
  }
  static __m256i plus_and_minus() {
    return _mm256_set1_epi16(static_cast<short>(0xff01));
  }
};

pack operator^(pack a, pack b) {
  return {_mm256_xor_si256(a.bits, b.bits)};
}
pack operator&(pack a, pack b) {
  return {_mm256_and_si256(a.bits, b.bits)};
}

}  // namespace

std::uint64_t fnv1a_block_avx2(std::uint64_t state, char const* bytes) noexcept {
  return bitsliced_fnv1a<pack>::block(state, bytes);
}

}  // namespace chronicle

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
