// A message bus between the stores of one process: for tests and simulation.
#pragma once

#include <memory>

#include "chronicle/message_bus.hpp"

namespace chronicle {

/// Delivers every message to all who listen on its topic at that moment, in order, on their own executors.
/// Safe for several threads.
std::shared_ptr<message_bus> make_in_process_bus();

}  // namespace chronicle
