#include "support/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace chronicle::test {
namespace {

[[noreturn]] void fail(char const* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<char*> to_pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Neither end is inherited by other children of this process.
std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  return ends;
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> room{};
  for (ssize_t n = 0; (n = ::read(descriptor, room.data(), room.size())) > 0;)
    text.append(room.data(), static_cast<std::size_t>(n));
  return text;
}

}  // namespace

child_process::child_process(std::vector<std::string> arguments, std::vector<std::string> environment) {
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  auto const argv = to_pointers(arguments);
  auto const envp = to_pointers(environment);
  auto const in = make_pipe();
  auto const out = make_pipe();
  auto const err = make_pipe();
  id_ = ::fork();
  if (id_ < 0) fail("fork");
  if (id_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    ::execve(argv.front(), argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);
  input_ = in[1];
  output_ = out[0];
  errors_ = err[0];
}

child_process::~child_process() {
  if (id_ > 0) {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  ::close(input_);
  ::close(output_);
  ::close(errors_);
}

void child_process::send_signal(int number) {
  if (id_ > 0) ::kill(id_, number);
}

void child_process::write_line(std::string const& line) {
  std::string const text = line + '\n';
  if (::write(input_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail("write");
}

std::string child_process::read_line() {
  std::array<char, 256> room{};
  while (buffered_.find('\n') == std::string::npos) {
    ssize_t const n = ::read(output_, room.data(), room.size());
    if (n <= 0) return std::exchange(buffered_, {});
    buffered_.append(room.data(), static_cast<std::size_t>(n));
  }
  auto const end = buffered_.find('\n');
  std::string const line = buffered_.substr(0, end);
  buffered_.erase(0, end + 1);
  return line;
}

int child_process::wait() {
  int status = 0;
  if (::waitpid(std::exchange(id_, -1), &status, 0) < 0) fail("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string child_process::read_output() {
  return std::exchange(buffered_, {}) + read_all(output_);
}
std::string child_process::read_errors() {
  return read_all(errors_);
}

}  // namespace chronicle::test
