// What every message bus has to do. A new bus is a line in the list of buses.
#pragma once

#include <iosfwd>
#include <memory>
#include <vector>

#include "world.hpp"

namespace chronicle::conformance {

/// A bus that nobody uses yet, made anew for every case.
class bus_world {
 public:
  virtual ~bus_world() = default;
  virtual loop& events() = 0;
  virtual message_bus& bus() = 0;
  /// Breaks the connections of those who listen. False when there is nothing to break.
  virtual bool interrupt() { return false; }
};

struct bus_case {
  char const* name;
  void (*run)(bus_world&);
};
std::ostream& operator<<(std::ostream& out, bus_case const& c);

std::vector<bus_case> const& bus_cases();

}  // namespace chronicle::conformance
