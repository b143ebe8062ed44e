#include "fuzz/targets.hpp"

#include <cstdio>
#include <cstdlib>

namespace chronicle::fuzz {

void require(bool kept, char const* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

std::size_t take_piece_size(std::string_view& input) {
  if (input.empty()) return 1;
  auto const size = static_cast<unsigned char>(input.front()) % 64u + 1;
  input.remove_prefix(1);
  return size;
}

}  // namespace chronicle::fuzz
