// A host with several addresses.
#pragma once

#include <memory>
#include <vector>

#include "chronicle/time_source.hpp"
#include "transport/connector.hpp"

namespace chronicle {

/// A stream to the first of a host's addresses that answers. One that is silent does not hide the others: it
/// gets a quarter of a second, and when its turn comes again, twice as long as before. One that refuses has
/// had its turn, and the last one left as long as it takes. `to_address` outlives the coroutine; all else is
/// as with any `connect`.
asio::awaitable<result<std::unique_ptr<byte_stream>>> connect_in_turn(connector& to_address,
                                                                      std::vector<endpoint> addresses,
                                                                      asio::any_io_executor executor,
                                                                      std::shared_ptr<time_source> time);

}  // namespace chronicle
