// What libFuzzer calls: one program for each target, which CHRONICLE_FUZZ_TARGET names.
#include <cstdint>

#include "fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  chronicle::fuzz::CHRONICLE_FUZZ_TARGET({reinterpret_cast<char const*>(data), size});
  return 0;
}
