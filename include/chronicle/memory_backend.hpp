// A backend in the memory of this process: for tests, for simulation, and to try things out. Nothing outlives
// it.
#pragma once

#include <cstddef>
#include <memory>

#include "chronicle/backend.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

/// Linearizable, with history, ages by `time`, and replay of write ids. Every operation completes at once, on
/// its caller's executor. `time` is the real time when null. Keeps the newest `versions` values of each key
/// (at least 1). Safe for several threads.
std::shared_ptr<backend> make_memory_backend(std::shared_ptr<time_source> time = nullptr,
                                             std::size_t versions = 64);

}  // namespace chronicle
