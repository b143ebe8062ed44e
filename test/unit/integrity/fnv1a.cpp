#include "integrity/fnv1a.hpp"

#include <array>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "chronicle/random_source.hpp"
#include "support/seed.hpp"

namespace chronicle {
namespace {

std::uint64_t one_by_one(std::uint64_t state, std::string_view bytes) {
  for (char const byte : bytes) state = (state ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return state;
}

std::string random_bytes(random_source& random, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    auto const word = std::bit_cast<std::array<char, 8>>(random.next());
    bytes.append(word.data(), word.size());
  }
  bytes.resize(size);
  return bytes;
}

template <class Check>
void for_each_variant(Check check) {
  for (fnv1a_block_variant const& variant : fnv1a_block_variants()) {
    BOOST_TEST_CONTEXT(variant.name) {
      check(variant);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fnv1a)

BOOST_AUTO_TEST_CASE(a_block_is_what_its_bytes_are_one_by_one) {
  for_each_variant([](fnv1a_block_variant const& variant) {
    test::for_each_seed(20, [&](std::uint64_t seed) {
      auto const random = make_seeded_random_source(seed);
      std::string const bytes = random_bytes(*random, fnv_block_size + 64);
      for (std::size_t offset = 0; offset <= 64; ++offset) {
        auto const block = std::string_view(bytes).substr(offset, fnv_block_size);
        std::uint64_t const state = random->next();
        BOOST_TEST_REQUIRE(variant.block(state, block.data()) == one_by_one(state, block));
      }
    });
  });
}

BOOST_AUTO_TEST_CASE(a_block_of_one_byte_over_and_over_too) {
  for_each_variant([](fnv1a_block_variant const& variant) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string const block(fnv_block_size, static_cast<char>(byte));
      for (std::uint64_t const state : {std::uint64_t{0}, ~std::uint64_t{0}, fnv_offset})
        BOOST_TEST_REQUIRE(variant.block(state, block.data()) == one_by_one(state, block));
    }
  });
}

BOOST_AUTO_TEST_CASE(every_place_of_a_block_counts) {
  for_each_variant([](fnv1a_block_variant const& variant) {
    std::string block(fnv_block_size, '\0');
    for (char& byte : block) {
      for (char const changed : {'\x01', '\x80', '\xff'}) {
        byte = changed;
        BOOST_TEST_REQUIRE(variant.block(fnv_offset, block.data()) == one_by_one(fnv_offset, block));
      }
      byte = '\0';
    }
  });
}

#if defined(__x86_64__)
BOOST_AUTO_TEST_CASE(a_processor_does_it_in_all_the_ways_it_can_and_prefers_the_fastest) {
  std::string names;
  for (auto const& variant : fnv1a_block_variants()) names += std::string(variant.name) + ", ";
  BOOST_TEST(names ==
             (__builtin_cpu_supports("avx2") ? "AVX2, SSE2, byte by byte, " : "SSE2, byte by byte, "));
}
#endif

BOOST_AUTO_TEST_CASE(random_texts_of_random_lengths) {
  test::for_each_seed(200, [](std::uint64_t seed) {
    auto const random = make_seeded_random_source(seed);
    std::string const bytes = random_bytes(*random, random->next() % 10'000);
    fnv1a64 whole;
    buffered_fnv1a64 in_pieces;
    whole.update(bytes);
    for (std::string_view rest = bytes; !rest.empty();) {
      auto const piece = rest.substr(0, 1 + (random->next() >> random->next() % 64) % 3000);
      in_pieces.update(piece);
      rest.remove_prefix(piece.size());
    }
    BOOST_TEST_REQUIRE(whole.value() == one_by_one(fnv_offset, bytes));
    BOOST_TEST_REQUIRE(in_pieces.value() == whole.value());
  });
}

BOOST_AUTO_TEST_CASE(texts_of_every_length_and_in_pieces) {
  auto const random = make_seeded_random_source(1);
  std::string const bytes = random_bytes(*random, 3 * fnv_block_size);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    auto const text = std::string_view(bytes).substr(0, size);
    fnv1a64 whole, halves;
    whole.update(text);
    halves.update(text.substr(0, size / 3));
    halves.update(text.substr(size / 3));
    BOOST_TEST_REQUIRE(whole.value() == one_by_one(fnv_offset, text));
    BOOST_TEST_REQUIRE(halves.value() == whole.value());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle
