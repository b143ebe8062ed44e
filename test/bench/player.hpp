// The data of a player as games keep it, of any size.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>

#include "chronicle/random_source.hpp"

namespace chronicle::bench {

/// Names, numbers, settings, and an inventory long enough to make the serialized document about `size` bytes.
boost::json::object make_player(std::size_t size, random_source& random);

}  // namespace chronicle::bench
