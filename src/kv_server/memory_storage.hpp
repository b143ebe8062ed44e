// Storage that lives as long as the process: for tests, simulation and development. Completes without any
// thread of its own, so that runs on virtual time are the same every time.
#pragma once

#include <memory>

#include "kv_server/storage.hpp"

namespace chronicle::kv {

std::shared_ptr<storage> make_memory_storage(retention keep, std::shared_ptr<time_source> time);

}  // namespace chronicle::kv
