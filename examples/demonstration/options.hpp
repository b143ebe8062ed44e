// What the demonstration is told on its command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "../game_server/usage_error.hpp"

struct options {
  std::string game_server;  ///< path of the program
  std::string kv;           ///< path of chronicle-kv
  std::string backend;      ///< as `connect` takes it; instead of a chronicle-kv of our own
  std::size_t players = 300;
  std::chrono::seconds hop_round{20};   ///< how long players join in the first round
  std::chrono::seconds kill_round{12};  ///< and in the others
  std::chrono::seconds lease{10};
  std::uint64_t seed = 0;
  std::string help;

  options() = default;
};

options parse_command_line(int argc, char const* const* argv);
