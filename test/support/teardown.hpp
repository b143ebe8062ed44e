// Ends a program at every point where it can be ended: after no event, after one, after two ... Under the
// address sanitizer this shows that destroying an io_context in the middle of anything is clean.
#pragma once

#include <cstddef>
#include <functional>

#include "support/virtual_context.hpp"

namespace chronicle::test {

/// For n = 0, 1, 2 ...: makes a fresh io_context on virtual time, calls `start` on it, lets n events happen,
/// and destroys first what `start` returned and then the io_context with everything that is suspended in it,
/// until a run ends by itself. Returns how many events a whole run has; fails the test above `at_most`.
std::size_t tear_down_at_every_event(std::function<std::shared_ptr<void>(virtual_context&)> const& start,
                                     std::size_t at_most = 10'000);

}  // namespace chronicle::test
