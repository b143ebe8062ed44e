// A program under test, as a process of its own.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace chronicle::test {

/// Killed and reaped by the destructor if it still runs.
class child_process {
 public:
  /// Starts `arguments.front()`. `environment` entries ("NAME=value") are added to ours.
  explicit child_process(std::vector<std::string> arguments, std::vector<std::string> environment = {});
  ~child_process();
  child_process(child_process const&) = delete;
  child_process& operator=(child_process const&) = delete;

  pid_t id() const noexcept { return id_; }
  void send_signal(int number);

  /// Gives it a line on its standard input.
  void write_line(std::string const& line);

  /// The next line of its standard output, without the newline; what was left when it ended.
  std::string read_line();

  /// Waits for its end: the exit status, or minus the signal that killed it.
  int wait();

  /// All it wrote to standard output and was not read yet; to standard error. Call after `wait`.
  std::string read_output();
  std::string read_errors();

 private:
  pid_t id_ = -1;
  int input_ = -1;
  int output_ = -1;
  int errors_ = -1;
  std::string buffered_;
};

}  // namespace chronicle::test
