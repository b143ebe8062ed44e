// A TCP proxy in front of an HTTP/1.1 server that treats requests as a bad network and over-eager
// intermediaries do: it cuts, delays, loses requests and replies, sends requests twice, and delivers some
// long after their caller gave up.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "chronicle/time_source.hpp"

namespace chronicle::chaos {

/// How likely each fault is, request by request; at most one of them befalls a request.
struct fault_rates {
  double delay = 0;         ///< the request arrives later
  double lose_request = 0;  ///< the connection is cut, the request has not arrived
  double lose_reply = 0;    ///< the request arrives, the connection is cut before its reply
  double duplicate = 0;     ///< the request arrives a second time, on another connection, sooner or later
  double ghost = 0;         ///< the connection is cut, the request arrives some time afterwards
  milliseconds longest_delay{1000};  ///< delays are uniform below this
};

/// How many requests met which fate.
struct fault_counts {
  std::uint64_t passed = 0, delayed = 0, requests_lost = 0, replies_lost = 0, duplicated = 0, ghosts = 0;
  std::string to_string() const;
};

/// Listens on a free loopback port from its construction on, and serves until it is destroyed. Requests need
/// a Content-Length unless they have no body, and are not pipelined; replies are passed on as they come,
/// streams too. Everything, the members too, runs on one executor that is a strand or has one thread.
class fault_proxy {
 public:
  /// `server_port` on loopback.
  fault_proxy(asio::any_io_executor executor, std::shared_ptr<time_source> time, std::uint16_t server_port,
              std::uint64_t seed);
  ~fault_proxy();
  fault_proxy(fault_proxy const&) = delete;
  fault_proxy& operator=(fault_proxy const&) = delete;

  std::uint16_t port() const;
  void set_rates(fault_rates rates);
  /// Resets the connections that are open.
  void cut_all();
  fault_counts const& counts() const;

 private:
  class core;
  std::shared_ptr<core> core_;
};

}  // namespace chronicle::chaos
