// The algorithm of fnv1a_block.hpp for registers of any width.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "integrity/fnv1a_block.hpp"

namespace chronicle {

/// A block is seen as eight groups of as many rows as a register, a `Pack`, has bytes: byte 128 g + columns r
/// + c. A register holds one column of a group, or of all groups one bit of it: then bit g of byte r. So a
/// running XOR is one instruction a column within the rows, and what has to be done across a register is done
/// once for all columns. What a `Pack` has to offer is in fnv1a_sse2.cpp.
template <class Pack>
class bitsliced_fnv1a {
 public:
  static std::uint64_t block(std::uint64_t state, char const* bytes) noexcept {
    table all;
    for (std::size_t g = 0; g < groups; ++g) {
      each_column const dealt = Pack::deal(bytes + g * group_size);
#pragma GCC unroll 8
      for (std::size_t c = 0; c < columns; ++c) all[c][g] = dealt[c];
    }
    table const low_bytes = find_low_bytes(all, state);
    constexpr std::uint64_t group_power = power_of(fnv_prime, group_size);
    for (std::size_t g = 0; g < groups; ++g) {
      sums s{};
      for (std::size_t c = 0; c < columns; ++c) add_column(s, low_bytes[c][g], all[c][g], weights.of[c]);
      state = state * group_power + total(s);
    }
    return state;
  }

 private:
  static constexpr std::size_t groups = 8, group_size = fnv_block_size / groups;
  static constexpr std::size_t rows = sizeof(Pack), columns = group_size / rows;

  using column = std::array<Pack, groups>;  // by group; or by bit, when those of all groups are together
  using table = std::array<column, columns>;
  using each_column = std::array<Pack, columns>;

  static Pack majority(Pack a, Pack b, Pack c) {
    return ((a ^ c) & (b ^ c)) ^ c;
  }

  //--- rearrangement

  // Exchanges the bits of `a` that are `shift` above those in `mask` for the latter in `b`.
  template <int shift>
  static void exchange(Pack& a, Pack& b, Pack mask) {
    Pack const differing = (a.template bits_lower<shift>() ^ b) & mask;
    b = b ^ differing;
    a = a ^ differing.template bits_higher<shift>();
  }

  // From eight groups of bytes to eight bits of all groups, and back: transposes eight by eight bits in each
  // row (Hacker's Delight, section 7-3).
  static void transpose(column& c) {
    Pack const ones = Pack::in_every_row(0x55), twos = Pack::in_every_row(0x33),
               fours = Pack::in_every_row(0x0f);
#pragma GCC unroll 4
    for (std::size_t i : {0u, 2u, 4u, 6u}) exchange<1>(c[i], c[i + 1], ones);
#pragma GCC unroll 4
    for (std::size_t i : {0u, 1u, 4u, 5u}) exchange<2>(c[i], c[i + 2], twos);
#pragma GCC unroll 4
    for (std::size_t i : {0u, 1u, 2u, 3u}) exchange<4>(c[i], c[i + 4], fours);
  }

  //--- the lowest bytes

  // Finds the lowest bytes of all states of a block, bit after bit, beginning with the lowest. 0xb3 is 3 * 17
  // + 128, so x * 0xb3 mod 256 is t + 16 t + 128 x, where t = x + 2 x: two additions with carries.
  class low_byte_solver {
   public:
    explicit low_byte_solver(std::uint64_t state) : first_(state) {}

    // `bits`, by column, are bit k of the bytes; they become bit k of the states before these bytes.
    template <std::size_t k>
    void solve(table& bits) {
      each_column before;  // what the states have had XORed to them so far
      each_column fixed;   // bit k of 2 x and the carry
      Pack running{};
      for (std::size_t c = 0; c < columns; ++c) {
        fixed[c] = below_[c] ^ carry_[c];
        before[c] = running;
        running = running ^ bits[c][k] ^ made_of_lower_bits<k>(c, fixed[c]);
      }
      Pack const start = row_starts(running, (first_ >> k & 1) != 0);
      for (std::size_t c = 0; c < columns; ++c) {
        Pack const low = before[c] ^ start;
        Pack const x = low ^ bits[c][k];
        bits[c][k] = low;
        carry_on<k>(c, x, x ^ fixed[c]);
      }
    }

   private:
    template <std::size_t k>
    Pack made_of_lower_bits(std::size_t c, Pack fixed) const {
      if constexpr (k >= 4) fixed = fixed ^ triple_[k - 4][c] ^ second_carry_[c];
      if constexpr (k == 7) fixed = fixed ^ lowest_[c];
      return fixed;
    }

    template <std::size_t k>
    void carry_on(std::size_t c, Pack x, Pack triple) {
      if constexpr (k == 0) lowest_[c] = x;
      if constexpr (k < 4) triple_[k][c] = triple;
      if constexpr (k >= 4) second_carry_[c] = majority(triple, triple_[k - 4][c], second_carry_[c]);
      carry_[c] = majority(x, below_[c], carry_[c]);
      below_[c] = x;
    }

    // From what each row does to the state to what all bytes before the row have done.
    static Pack row_starts(Pack rows_do, bool first) {
      Pack const upto = rows_do.running_xor();
      Pack const within_groups = upto.a_row_later() ^ Pack::in_every_row(first ? 0xff : 0);
      // The last row has what each group does, a bit for each.
      Pack group_starts = upto.last_row_everywhere().doubled();
      group_starts = group_starts ^ group_starts.doubled();
      group_starts = group_starts ^ group_starts.doubled().doubled();
      group_starts = group_starts ^ group_starts.doubled().doubled().doubled().doubled();
      return within_groups ^ group_starts;
    }

    std::uint64_t first_;
    each_column below_{};                   // bit k - 1 of x
    each_column carry_{}, second_carry_{};  // into bit k
    each_column lowest_;                    // of x
    std::array<each_column, 4> triple_;     // the lower bits of t
  };

  static table find_low_bytes(table const& bytes, std::uint64_t state) {
    table low = bytes;
    for (column& c : low) transpose(c);
    low_byte_solver solver(state);
    solver.template solve<0>(low);
    solver.template solve<1>(low);
    solver.template solve<2>(low);
    solver.template solve<3>(low);
    solver.template solve<4>(low);
    solver.template solve<5>(low);
    solver.template solve<6>(low);
    solver.template solve<7>(low);
    for (column& c : low) transpose(c);
    return low;
  }

  //--- the sum

  static constexpr std::size_t half = rows / 2;

  // The powers of the prime that the bytes of a group are multiplied by, in four pieces of 16 bits with a
  // sign: w_0 + 2^16 w_1 + 2^32 w_2 + 2^48 w_3. Half of the rows are multiplied at once.
  struct weight_table {
    alignas(Pack) std::int16_t of[columns][2][4][half];
  };

  static constexpr weight_table make_weights() {
    weight_table to{};
    std::uint64_t power = 1;
    for (std::size_t i = group_size; i-- > 0;) {
      power *= fnv_prime;
      std::uint64_t rest = power;
      // The halves that registers are unpacked to: of each sixteen bytes the first and the last eight.
      std::size_t const row = i / columns;
      for (auto& piece : to.of[i % columns][row / 8 % 2]) {
        auto const low = static_cast<std::int16_t>(rest & 0xffff);
        piece[row / 16 * 8 + row % 8] = low;
        rest = (rest - static_cast<std::uint64_t>(low)) >> 16;
      }
    }
    return to;
  }
  static constexpr weight_table weights = make_weights();

  // For each piece of the weights, sums of 32 bits. Those of a group cannot overflow: at most 32 products
  // below 2^23.
  using sums = std::array<Pack, 4>;

  static void add_products(sums& to, Pack differences, std::int16_t const (&pieces)[4][half]) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) to[i] = to[i].plus_products(differences, pieces[i]);
  }

  // `low` are the lowest bytes of the states before `bytes`, a column of a group.
  static void add_column(sums& to, Pack low, Pack bytes, std::int16_t const (&pieces)[2][4][half]) {
    Pack const x = low ^ bytes;
    add_products(to, Pack::first_differences(x, low), pieces[0]);
    add_products(to, Pack::last_differences(x, low), pieces[1]);
  }

  static std::uint64_t total(sums const& s) {
    // Each sixteen bytes then have a sum for each piece.
    Pack const added =
        Pack::add_pairs_of_64(Pack::add_pairs_of_32(s[0], s[1]), Pack::add_pairs_of_32(s[2], s[3]));
    auto const pieces = std::bit_cast<std::array<std::int32_t, rows / 4>>(added);
    std::uint64_t sum = 0;
    for (std::size_t i = 4; i-- > 0;) {
      sum <<= 16;
      for (std::size_t j = i; j < pieces.size(); j += 4) sum += static_cast<std::uint64_t>(pieces[j]);
    }
    return sum;
  }
};

}  // namespace chronicle
