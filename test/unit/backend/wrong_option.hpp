// Options with one fault, and how the complaint about it begins.
#pragma once

#include <functional>
#include <ostream>

namespace chronicle::test {

template <class Options>
struct wrong_option {
  char const* says;
  std::function<void(Options&)> spoil;

  friend std::ostream& operator<<(std::ostream& out, wrong_option const& w) { return out << w.says; }
};

}  // namespace chronicle::test
