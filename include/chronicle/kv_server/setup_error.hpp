// What stops a server from starting.
#pragma once

#include <stdexcept>

namespace chronicle::kv {

/// Options, files or addresses that do not work. The text names which and what would be right, for the
/// operator.
class setup_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace chronicle::kv
