#include "child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <system_error>

namespace asio = boost::asio;
using boost::system::error_code;

/// What is still to be written. Outlives the process object while a write is under way.
struct child_process::input : std::enable_shared_from_this<input> {
  explicit input(asio::any_io_executor executor) : socket(std::move(executor)) {}

  void write() {
    asio::async_write(socket, asio::buffer(lines.front()),
                      [self = shared_from_this()](error_code ec, std::size_t) {
                        self->lines.pop_front();
                        if (ec) self->lines.clear();  // the program has gone
                        if (!self->lines.empty()) self->write();
                      });
  }

  // A socket, not a pipe: writing to a program that has gone is an error then, not a signal.
  asio::local::stream_protocol::socket socket;
  std::deque<std::string> lines;
};

namespace {

[[noreturn]] void throw_errno(std::string const& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Between fork and exec, where little is allowed.
[[noreturn]] void become(std::vector<char*> const& arguments, int in, int out, int err, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  bool const orphaned = ::getppid() != parent;
  if (orphaned || ::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) ::_exit(127);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

pid_t spawn(std::vector<std::string>& command, int in, int out, std::string const& errors) {
  if (::access(command.at(0).c_str(), X_OK) != 0) throw_errno(command[0]);
  int const err = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (err < 0) throw_errno(errors);
  std::vector<char*> arguments;
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t const parent = ::getpid();
  pid_t const child = ::fork();
  if (child == 0) become(arguments, in, out, err, parent);
  ::close(err);
  if (child < 0) throw_errno("fork");
  return child;
}

}  // namespace

child_process::child_process(asio::any_io_executor executor, std::vector<std::string> command,
                             std::string const& errors)
    : input_(std::make_shared<input>(executor)), output_(executor) {
  asio::local::stream_protocol::socket their_input(executor);
  asio::writable_pipe their_output(executor);
  asio::local::connect_pair(input_->socket, their_input);
  asio::connect_pipe(output_, their_output);
  // Other programs started later must not hold these open.
  for (int const fd : {input_->socket.native_handle(), their_input.native_handle(), output_.native_handle(),
                       their_output.native_handle()})
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) throw_errno("fcntl");
  id_ = spawn(command, their_input.native_handle(), their_output.native_handle(), errors);
}

child_process::~child_process() {
  if (status_) return;
  signal(SIGKILL);
  wait();
}

void child_process::send(std::string line) {
  input_->lines.push_back(std::move(line) + '\n');
  if (input_->lines.size() == 1) input_->write();
}

asio::awaitable<std::optional<std::string>> child_process::next_line() {
  auto reading = asio::async_read_until(output_, asio::dynamic_buffer(unread_), '\n',
                                        asio::as_tuple(asio::use_awaitable));
  auto const [ec, length] = co_await std::move(reading);
  if (ec) co_return std::nullopt;
  std::string line = unread_.substr(0, length - 1);
  unread_.erase(0, length);
  co_return line;
}

void child_process::signal(int number) {
  if (!status_) ::kill(id_, number);
}

int child_process::wait() {
  if (!status_) {
    int how = 0;
    while (::waitpid(id_, &how, 0) < 0 && errno == EINTR) {
    }
    status_ = WIFSIGNALED(how) ? -WTERMSIG(how) : WEXITSTATUS(how);
  }
  return *status_;
}
