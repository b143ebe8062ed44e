#include "integrity/fnv1a_block.hpp"

#include <array>

namespace chronicle {
namespace {

std::uint64_t byte_by_byte(std::uint64_t state, char const* bytes) noexcept {
  for (std::size_t i = 0; i < fnv_block_size; ++i)
    state = (state ^ static_cast<unsigned char>(bytes[i])) * fnv_prime;
  return state;
}

#if defined(__SSE2__)
constexpr std::array<fnv1a_block_variant, 3> variants{
    {{"AVX2", fnv1a_block_avx2}, {"SSE2", fnv1a_block_sse2}, {"byte by byte", byte_by_byte}}};
std::size_t first_that_runs() noexcept {
  return __builtin_cpu_supports("avx2") ? 0 : 1;
}
#else
constexpr std::array<fnv1a_block_variant, 1> variants{{{"byte by byte", byte_by_byte}}};
std::size_t first_that_runs() noexcept {
  return 0;
}
#endif

}  // namespace

std::span<fnv1a_block_variant const> fnv1a_block_variants() noexcept {
  return std::span(variants).subspan(first_that_runs());
}

std::uint64_t fnv1a_block(std::uint64_t state, char const* bytes) noexcept {
  return variants[first_that_runs()].block(state, bytes);
}

}  // namespace chronicle
