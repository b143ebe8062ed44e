// What libFuzzer calls: one program for each target, which CHRONICLE_FUZZ_TARGET names.
#include <cstdint>

#include "fuzz/targets.hpp"

// Half as many executions a second again, for poorer reports: `fuzz_replay` in the preset `asan-ubsan` tells
// all about an input that was found.
extern "C" char const* __asan_default_options() {
  return "malloc_context_size=2:quarantine_size_mb=16:detect_stack_use_after_return=0";
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  chronicle::fuzz::CHRONICLE_FUZZ_TARGET({reinterpret_cast<char const*>(data), size});
  return 0;
}
