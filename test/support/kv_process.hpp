// A running chronicle-kv. The test's target needs the definition
// CHRONICLE_KV_PROGRAM="$<TARGET_FILE:chronicle-kv>".
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/child_process.hpp"

namespace chronicle::test {

inline std::vector<std::string> kv_command(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), CHRONICLE_KV_PROGRAM);
  return arguments;
}

/// Listens on a free loopback port once it is constructed.
class kv_process {
 public:
  explicit kv_process(std::vector<std::string> arguments, std::vector<std::string> environment = {})
      : process_(kv_command(with_free_port(std::move(arguments))), std::move(environment)) {
    std::string const line = process_.read_line();
    auto const colon = line.rfind(':');
    if (!line.starts_with("listening on ") || colon == std::string::npos) {
      process_.wait();
      throw std::runtime_error("chronicle-kv did not start: " + process_.read_errors());
    }
    port_ = static_cast<std::uint16_t>(std::stoul(line.substr(colon + 1)));
  }

  std::uint16_t port() const noexcept { return port_; }
  std::string url(std::string const& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_);
  }
  child_process& process() noexcept { return process_; }

 private:
  static std::vector<std::string> with_free_port(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--listen", "127.0.0.1:0"});
    return arguments;
  }

  child_process process_;
  std::uint16_t port_ = 0;
};

}  // namespace chronicle::test
