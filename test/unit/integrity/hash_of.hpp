// The hash of a text at once.
#pragma once

#include <cstdint>
#include <string_view>

#include "integrity/fnv1a.hpp"

namespace chronicle::test {

inline std::uint64_t hash_of(std::string_view text) {
  fnv1a64 hash;
  hash.update(text);
  return hash.value();
}

}  // namespace chronicle::test
