// From `rest_options` to an HTTP client that sends what they say.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "chronicle/rest_options.hpp"
#include "transport/connector.hpp"
#include "transport/http_client.hpp"

namespace chronicle {

/// `below` carries the bytes; TLS goes on top of it for `https`. Throws as `make_rest_backend` does.
std::shared_ptr<http_client> make_rest_client(asio::any_io_executor executor, rest_options const& options,
                                              std::shared_ptr<time_source> time,
                                              std::shared_ptr<connector> below);

}  // namespace chronicle
