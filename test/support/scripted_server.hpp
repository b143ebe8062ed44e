// A peer that answers HTTP requests by script, byte for byte, and remembers what it was asked. It knows just
// enough HTTP to tell where a request ends.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chronicle/time_source.hpp"
#include "transport/connector.hpp"

namespace chronicle::test {

/// What the server does about a request.
struct scripted_reply {
  enum class afterwards { keep, close, reset };

  std::string bytes;
  afterwards then = afterwards::keep;
  boot_clock::duration delay{};  ///< between request and reply
  std::string again;             ///< sent after the reply over and over, until the client has gone
  boot_clock::duration every{};

  scripted_reply() = default;
  scripted_reply(std::string b, afterwards t = afterwards::keep) : bytes(std::move(b)), then(t) {}

  scripted_reply after(boot_clock::duration d) && {
    delay = d;
    return std::move(*this);
  }
  scripted_reply repeating(std::string what, boot_clock::duration period) && {
    again = std::move(what);
    every = period;
    return std::move(*this);
  }
};

/// A well-formed response; `headers` is lines with their line ends, `Content-Length` is added.
std::string http_answer(int status, std::string const& headers = "", std::string const& body = "");

inline scripted_reply close_after(std::string bytes) {
  return {std::move(bytes), scripted_reply::afterwards::close};
}
inline scripted_reply reset_after(std::string bytes) {
  return {std::move(bytes), scripted_reply::afterwards::reset};
}

struct recorded_request {
  std::size_t connection = 0;  ///< 0 for the first one accepted, and so on
  std::string head;            ///< request line and headers, with their line ends
  std::string body;

  std::string line() const { return head.substr(0, head.find('\r')); }
};

class scripted_server {
 public:
  /// Serves the connections of `accepting` until destroyed.
  scripted_server(std::unique_ptr<listener> accepting, asio::any_io_executor executor,
                  std::shared_ptr<time_source> time);
  ~scripted_server();
  scripted_server(scripted_server const&) = delete;
  scripted_server& operator=(scripted_server const&) = delete;

  /// The reply to the next request not provided for yet, whichever connection it comes on.
  scripted_server& reply(scripted_reply r);
  scripted_server& reply(std::string bytes) { return reply(scripted_reply(std::move(bytes))); }
  /// Answers what the script does not provide for. Without it such a request is never answered.
  void otherwise(std::function<scripted_reply(recorded_request const&)> answer);

  std::vector<recorded_request> const& requests() const;
  std::size_t connections_accepted() const;
  std::size_t connections_open() const;
  /// Ends the idle connections, as a server does that restarts.
  void close_connections();
  endpoint local() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace chronicle::test
