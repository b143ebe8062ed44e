// A running etcd of one member, on loopback, in a temporary folder: Debian's etcd-server, so what it says is
// real.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/temporary_folder.hpp"

namespace chronicle::test {

/// The path of the program. Where it is not installed there is none, and standard error says in capitals what
/// is not tested because of that.
std::optional<std::string> find_etcd();

/// A port that nobody listens on. etcd cannot be told to take any: its gateway would not find it.
std::uint16_t find_free_port();

class etcd_process {
 public:
  /// Ready for clients once it is constructed. `arguments` are added to its command line. Throws when it does
  /// not start.
  explicit etcd_process(std::vector<std::string> const& arguments = {}, std::string const& scheme = "http");

  std::string url() const { return scheme_ + "://127.0.0.1:" + std::to_string(port_); }
  std::uint16_t port() const noexcept { return port_; }
  child_process& process() noexcept { return *process_; }
  /// Kills it and starts it anew on the same port and data.
  void restart();

 private:
  void start();

  temporary_folder folder_;
  std::vector<std::string> arguments_;
  std::string scheme_;
  std::uint16_t port_ = 0;
  std::unique_ptr<child_process> process_;
};

}  // namespace chronicle::test
