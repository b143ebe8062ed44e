// A program that runs beside this one and is spoken to in lines, over its standard input and output.
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

class child_process {
 public:
  /// Starts `command`, the path of a program and its arguments; its standard error goes to the end of the
  /// file `errors`. Throws std::system_error when that cannot be. The program is killed when this one ends.
  child_process(boost::asio::any_io_executor executor, std::vector<std::string> command,
                std::string const& errors);
  /// Kills the program if it still runs.
  ~child_process();
  child_process(child_process const&) = delete;
  child_process& operator=(child_process const&) = delete;

  pid_t id() const { return id_; }

  /// Gives the program a line to read, without waiting for it to do so.
  void send(std::string line);

  /// The next line it writes; nothing when it will write no more. One caller at a time.
  boost::asio::awaitable<std::optional<std::string>> next_line();

  /// Sends it a signal.
  void signal(int number);

  /// Waits for its end, blocking: call it when there are no more lines. Its exit status; minus the signal
  /// that ended it.
  int wait();

 private:
  struct input;

  pid_t id_ = -1;
  std::optional<int> status_;
  std::shared_ptr<input> input_;
  boost::asio::readable_pipe output_;
  std::string unread_;
};
