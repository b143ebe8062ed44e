#include "integrity/fnv1a_block.hpp"

#if defined(__SSE2__)  // fnv_blocks_are_fast

#include <emmintrin.h>

#include <array>

namespace chronicle {
namespace {

// A block is seen as eight groups of 16 rows of eight columns: byte 128 g + 8 r + c. A register holds one
// column of a group, or of all groups one bit of it: then bit g of byte r. So a running XOR is one
// instruction a column within the rows, and what has to be done across a register is done once for all
// columns.
constexpr std::size_t groups = 8, columns = 8, rows = 16;
constexpr std::size_t group_size = rows * columns;
static_assert(groups * group_size == fnv_block_size);

struct pack {
  __m128i bits;
  friend pack operator^(pack a, pack b) { return {_mm_xor_si128(a.bits, b.bits)}; }
  friend pack operator&(pack a, pack b) { return {_mm_and_si128(a.bits, b.bits)}; }
};
pack zeros() {
  return {_mm_setzero_si128()};
}
pack in_every_row(int byte) {
  return {_mm_set1_epi8(static_cast<char>(byte))};
}
pack majority(pack a, pack b, pack c) {
  return ((a ^ c) & (b ^ c)) ^ c;
}
template <int count>
pack rows_later(pack a) {
  return {_mm_slli_si128(a.bits, count)};
}
using column = std::array<pack, groups>;  // by group; or by bit, when those of all groups are together
using block = std::array<column, columns>;

//--- rearrangement

// Deals the bytes of each group out to its columns.
block load(char const* bytes) {
  block all;
  for (std::size_t g = 0; g < groups; ++g) {
    std::array<pack, 8> part, next;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 8; ++i)
      part[i].bits = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes + g * group_size + 16 * i));
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
#pragma GCC unroll 8
    for (std::size_t c = 0; c < columns; ++c) all[c][g] = part[c];
  }
  return all;
}

// Exchanges the bits of `a` that are `shift` above those in `mask` for the latter in `b`.
template <int shift>
void exchange(pack& a, pack& b, pack mask) {
  pack const differing = (pack{_mm_srli_epi16(a.bits, shift)} ^ b) & mask;
  b = b ^ differing;
  a = a ^ pack { _mm_slli_epi16(differing.bits, shift) };
}

// From eight groups of bytes to eight bits of all groups, and back: transposes eight by eight bits in each
// row (Hacker's Delight, section 7-3).
column transposed(column c) {
  pack const ones = in_every_row(0x55), twos = in_every_row(0x33), fours = in_every_row(0x0f);
#pragma GCC unroll 4
  for (std::size_t i : {0u, 2u, 4u, 6u}) exchange<1>(c[i], c[i + 1], ones);
#pragma GCC unroll 4
  for (std::size_t i : {0u, 1u, 4u, 5u}) exchange<2>(c[i], c[i + 2], twos);
#pragma GCC unroll 4
  for (std::size_t i : {0u, 1u, 2u, 3u}) exchange<4>(c[i], c[i + 4], fours);
  return c;
}

//--- the lowest bytes

// Finds the lowest bytes of all states of a block, bit after bit, beginning with the lowest. 0xb3 is 3 * 17 +
// 128, so x * 0xb3 mod 256 is t + 16 t + 128 x, where t = x + 2 x: two additions with carries.
class low_byte_solver {
 public:
  explicit low_byte_solver(std::uint64_t state) : first_(state) {}

  // `bits`, by column, are bit k of the bytes; they become bit k of the states before these bytes.
  template <std::size_t k>
  void solve(block& bits) {
    column before, fixed;  // what the states have had XORed to them so far; bit k of 2 x and the carry
    pack running = zeros();
    for (std::size_t c = 0; c < columns; ++c) {
      fixed[c] = below_[c] ^ carry_[c];
      before[c] = running;
      running = running ^ bits[c][k] ^ made_of_lower_bits<k>(c, fixed[c]);
    }
    pack const start = row_starts(running, (first_ >> k & 1) != 0);
    for (std::size_t c = 0; c < columns; ++c) {
      pack const low = before[c] ^ start;
      pack const x = low ^ bits[c][k];
      bits[c][k] = low;
      carry_on<k>(c, x, x ^ fixed[c]);
    }
  }

 private:
  template <std::size_t k>
  pack made_of_lower_bits(std::size_t c, pack fixed) const {
    if constexpr (k >= 4) fixed = fixed ^ triple_[k - 4][c] ^ second_carry_[c];
    if constexpr (k == 7) fixed = fixed ^ lowest_[c];
    return fixed;
  }

  template <std::size_t k>
  void carry_on(std::size_t c, pack x, pack triple) {
    if constexpr (k == 0) lowest_[c] = x;
    if constexpr (k < 4) triple_[k][c] = triple;
    if constexpr (k >= 4) second_carry_[c] = majority(triple, triple_[k - 4][c], second_carry_[c]);
    carry_[c] = majority(x, below_[c], carry_[c]);
    below_[c] = x;
  }

  // From what each row does to the state to what all bytes before the row have done.
  static pack row_starts(pack rows_do, bool first) {
    pack upto = rows_do;
    upto = upto ^ rows_later<1>(upto);
    upto = upto ^ rows_later<2>(upto);
    upto = upto ^ rows_later<4>(upto);
    upto = upto ^ rows_later<8>(upto);
    // The last row has what each group does, a bit for each.
    int group_starts = _mm_extract_epi16(upto.bits, 7) >> 8 << 1;
    group_starts ^= group_starts << 1;
    group_starts ^= group_starts << 2;
    group_starts ^= group_starts << 4;
    if (first) group_starts = ~group_starts;
    return rows_later<1>(upto) ^ in_every_row(group_starts);
  }

  std::uint64_t first_;
  column below_{};                   // bit k - 1 of x
  column carry_{}, second_carry_{};  // into bit k
  column lowest_;                    // of x
  std::array<column, 4> triple_;     // the lower bits of t
};

block find_low_bytes(block const& bytes, std::uint64_t state) {
  block low;
  for (std::size_t c = 0; c < columns; ++c) low[c] = transposed(bytes[c]);
  low_byte_solver solver(state);
  solver.solve<0>(low);
  solver.solve<1>(low);
  solver.solve<2>(low);
  solver.solve<3>(low);
  solver.solve<4>(low);
  solver.solve<5>(low);
  solver.solve<6>(low);
  solver.solve<7>(low);
  for (column& c : low) c = transposed(c);
  return low;
}

//--- the sum

// The powers of the prime that the bytes of a group are multiplied by, in four pieces of 16 bits with a sign:
// w_0 + 2^16 w_1 + 2^32 w_2 + 2^48 w_3. Eight rows are multiplied at once.
struct weight_table {
  alignas(pack) std::int16_t of[columns][2][4][8];
};

constexpr weight_table weights = [] {
  weight_table table{};
  std::uint64_t power = 1;
  for (std::size_t i = group_size; i-- > 0;) {
    power *= fnv_prime;
    std::uint64_t rest = power;
    for (auto& piece : table.of[i % columns][i / columns / 8]) {
      auto const low = static_cast<std::int16_t>(rest & 0xffff);
      piece[i / columns % 8] = low;
      rest = (rest - static_cast<std::uint64_t>(low)) >> 16;
    }
  }
  return table;
}();

// For each piece of the weights, four sums of 32 bits. Those of a group cannot overflow: 32 products below
// 2^23.
using sums = std::array<pack, 4>;

void add_products(sums& to, __m128i differences, std::int16_t const (&pieces)[4][8]) {
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i) {
    __m128i const weight = _mm_load_si128(reinterpret_cast<__m128i const*>(pieces[i]));
    to[i].bits = _mm_add_epi32(to[i].bits, _mm_madd_epi16(differences, weight));
  }
}

// `low` are the lowest bytes of the states before `bytes`, a column of a group.
void add_column(sums& to, pack low, pack bytes, std::int16_t const (&pieces)[2][4][8]) {
  __m128i const l = low.bits, x = (low ^ bytes).bits, zero = zeros().bits;
  add_products(to, _mm_sub_epi16(_mm_unpacklo_epi8(x, zero), _mm_unpacklo_epi8(l, zero)), pieces[0]);
  add_products(to, _mm_sub_epi16(_mm_unpackhi_epi8(x, zero), _mm_unpackhi_epi8(l, zero)), pieces[1]);
}

std::uint64_t total(sums const& s) {
  auto const halved = [](__m128i low, __m128i high) {
    return _mm_add_epi32(_mm_unpacklo_epi32(low, high), _mm_unpackhi_epi32(low, high));
  };
  __m128i const two = halved(s[0].bits, s[1].bits), other_two = halved(s[2].bits, s[3].bits);
  alignas(pack) std::array<std::int32_t, 4> pieces;
  _mm_store_si128(reinterpret_cast<__m128i*>(pieces.data()),
                  _mm_add_epi32(_mm_unpacklo_epi64(two, other_two), _mm_unpackhi_epi64(two, other_two)));
  std::uint64_t sum = 0;
  for (std::size_t i = pieces.size(); i-- > 0;) sum = (sum << 16) + static_cast<std::uint64_t>(pieces[i]);
  return sum;
}

}  // namespace

std::uint64_t fnv1a_block(std::uint64_t state, char const* bytes) noexcept {
  block const all = load(bytes);
  block const low_bytes = find_low_bytes(all, state);
  constexpr std::uint64_t group_power = power_of(fnv_prime, group_size);
  for (std::size_t g = 0; g < groups; ++g) {
    sums s{};
    for (std::size_t c = 0; c < columns; ++c) add_column(s, low_bytes[c][g], all[c][g], weights.of[c]);
    state = state * group_power + total(s);
  }
  return state;
}

}  // namespace chronicle

#else

namespace chronicle {

std::uint64_t fnv1a_block(std::uint64_t state, char const* bytes) noexcept {
  for (std::size_t i = 0; i < fnv_block_size; ++i)
    state = (state ^ static_cast<unsigned char>(bytes[i])) * fnv_prime;
  return state;
}

}  // namespace chronicle

#endif
