// What our client is measured against: one kept-alive connection and Beast, as somebody would write it who
// does nothing but GET and PUT. No deadlines, no retries, no pool.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace chronicle::bench {

class raw_client {
 public:
  raw_client(boost::asio::io_context& context, std::uint16_t port, std::string key);
  ~raw_client();

  /// Connects; the first PUT creates the key.
  void connect();

  /// PUT of `body` over the version written last. Throws unless it was taken.
  boost::asio::awaitable<void> put(std::string const& body);
  /// GET of the key; returns the size of the value.
  boost::asio::awaitable<std::size_t> get();

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

/// One PUT after the other until `seconds_now()` is `end`; `count` goes up with each.
boost::asio::awaitable<void> put_until(raw_client& client, std::string const& body, double end,
                                       double& count);

}  // namespace chronicle::bench
