// What is wrong with a command line.
#pragma once

#include <stdexcept>

/// A command line that makes no sense; the text says which part and what would.
class usage_error : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};
