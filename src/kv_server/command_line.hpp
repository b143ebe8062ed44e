// The command line of chronicle-kv.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "chronicle/kv_server/server.hpp"

namespace chronicle::kv {

struct command_line {
  std::string answer;  ///< to --help and --version: print it and end; otherwise empty
  server_options options;
  std::string address = "127.0.0.1";
  std::uint16_t port = 8642;
  std::size_t threads = 1;
  std::chrono::milliseconds patience{10'000};  ///< for requests in flight when the program is told to stop

  command_line() = default;
};

/// Throws `setup_error`, whose text names the option and says what would be right. Reads the token's file,
/// and the environment variable CHRONICLE_KV_TOKEN.
command_line parse_command_line(int argc, char const* const* argv);

}  // namespace chronicle::kv
