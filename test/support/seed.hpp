// Random tests that can be replayed: every seed that fails is printed with the command that runs it alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace chronicle::test {

/// Calls `body` with `count` seeds, 1, 2, 3 ..., so that every run of the tests is the same; with the
/// environment variable CHRONICLE_SEED set to a number, once with that seed; with CHRONICLE_SEEDS set, with
/// that many. Failed assertions name their seed and how to replay it. Stops at the first seed that fails.
void for_each_seed(std::size_t count, std::function<void(std::uint64_t)> const& body);

}  // namespace chronicle::test
