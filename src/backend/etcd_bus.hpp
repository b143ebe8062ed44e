// The etcd bus over any connector, so that it also runs over streams in memory.
#pragma once

#include "chronicle/etcd_bus.hpp"
#include "transport/connector.hpp"

namespace chronicle {

/// As the public function; `below` carries the bytes.
std::shared_ptr<message_bus> make_etcd_bus_over(std::shared_ptr<connector> below,
                                                asio::any_io_executor executor, etcd_options const& where,
                                                etcd_bus_options const& options,
                                                std::shared_ptr<time_source> time,
                                                std::shared_ptr<random_source> random);

}  // namespace chronicle
