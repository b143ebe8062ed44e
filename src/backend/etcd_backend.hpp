// The etcd backend over any connector, so that it also runs over streams in memory.
#pragma once

#include "chronicle/etcd_backend.hpp"
#include "transport/connector.hpp"

namespace chronicle {

/// As the public function; `below` carries the bytes.
std::shared_ptr<backend> make_etcd_backend_over(std::shared_ptr<connector> below,
                                                asio::any_io_executor executor, etcd_options const& options,
                                                std::shared_ptr<time_source> time);

}  // namespace chronicle
