// The REST backend over any connector, so that it also runs over streams in memory.
#pragma once

#include "chronicle/rest_backend.hpp"
#include "transport/connector.hpp"

namespace chronicle {

/// As the public function; `below` carries the bytes.
std::shared_ptr<backend> make_rest_backend_over(std::shared_ptr<connector> below,
                                                asio::any_io_executor executor, rest_options const& options,
                                                std::shared_ptr<time_source> time);

}  // namespace chronicle
