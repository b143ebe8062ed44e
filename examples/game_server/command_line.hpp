// What the game server is told when it is started.
#pragma once

#include <chronicle/store_options.hpp>
#include <string>

#include "usage_error.hpp"

struct command_line {
  std::string backend = "http://127.0.0.1:8642";
  std::string bus;                 ///< as the backend when empty
  chronicle::store_options store;  ///< without backend, bus and hooks
  std::string help;                ///< set when it was asked for

  command_line() = default;
};

command_line parse_command_line(int argc, char const* const* argv);
