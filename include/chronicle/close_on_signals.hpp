// Saves everything when the process is asked to end.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "chronicle/store.hpp"

namespace chronicle {

/// Closes `stores`, side by side, when SIGINT or SIGTERM arrives, then calls `done` with a report for each, in the same
/// order, on the executor of the first. A second signal ends the process as usual.
///
/// Listens for as long as the returned guard lives, which counts as work of the execution context; `done` may destroy it.
/// Throws std::invalid_argument when there are no stores.
[[nodiscard]] std::shared_ptr<void> close_on_signals(std::vector<store> stores,
                                                     std::function<void(std::vector<close_report>)> done = {});

}  // namespace chronicle
