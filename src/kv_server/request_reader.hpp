// Turns the bytes of one connection into requests. No I/O; the only file that parses HTTP, by Beast.
#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "kv_server/http_message.hpp"

namespace chronicle::kv {

namespace asio = boost::asio;

class request_reader {
 public:
  enum class progress {
    need_more,  ///< read into `prepare()`, `commit`, and come again
    head,       ///< `head()` is there; say `limit_body` and come again for the body
    complete,   ///< `take_body()`, then `next()`
    failed,     ///< this is not HTTP as we take it: send `failure()` and close
  };

  explicit request_reader(std::size_t max_header_bytes);
  ~request_reader();
  request_reader(request_reader const&) = delete;
  request_reader& operator=(request_reader const&) = delete;

  /// Room for bytes from the connection.
  asio::mutable_buffer prepare();
  void commit(std::size_t bytes);

  /// Goes as far as the bytes allow.
  progress parse();

  /// True before the first byte of a request: the connection is idle.
  bool is_idle() const noexcept;

  request const& head() const noexcept;
  void limit_body(std::size_t max_bytes);
  /// True when the client waits for `100 Continue` before it sends the body.
  bool expects_continue() const noexcept;
  std::string take_body();

  /// Makes ready for the next request, whose first bytes may be here already.
  void next();

  response const& failure() const noexcept;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace chronicle::kv
