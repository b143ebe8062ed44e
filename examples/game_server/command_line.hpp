// What the game server is told when it is started.
#pragma once

#include <chronicle/store_options.hpp>
#include <stdexcept>
#include <string>

struct command_line {
  std::string backend = "http://127.0.0.1:8642";
  std::string bus;                 ///< as the backend when empty
  chronicle::store_options store;  ///< without backend, bus and hooks
  std::string help;                ///< set when it was asked for

  command_line() = default;
};

/// A command line that makes no sense; the text says which part and what would.
class usage_error : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

command_line parse_command_line(int argc, char const* const* argv);
