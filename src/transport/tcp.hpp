// TCP: the connector of clients and the listener of servers.
#pragma once

#include <memory>

#include "transport/connector.hpp"

namespace chronicle {

/// Tries the addresses of a host in the order the system's resolver gives them, each in its turn
/// (`connect_in_turn`). Host names are looked up on a thread of the execution context (getaddrinfo): a
/// cancelled connect returns at once, but the look-up itself cannot be interrupted and keeps the context's
/// `run` busy until it ends. Addresses are not looked up.
std::shared_ptr<connector> make_tcp_connector();

/// Listens on an address (not a host name); port 0 takes a free one. Fails with the system's reason, or
/// `invalid_argument` when `at.host` is not an address.
result<std::unique_ptr<listener>> make_tcp_listener(endpoint const& at, asio::any_io_executor executor);

}  // namespace chronicle
