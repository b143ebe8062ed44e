// The capacity model as a picture: an SVG file, written by hand.
#pragma once

#include <iosfwd>

#include "capacity/model.hpp"

namespace chronicle::capacity {

/// Two panels over the number of players, on logarithmic axes: requests per second, and sessions lost.
void write_svg(std::ostream& out, measurements const& m, assumptions const& a);

}  // namespace chronicle::capacity
