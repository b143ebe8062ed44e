// What was measured, for people: a table and a plot.
#pragma once

#include <string>
#include <vector>

#include "bench/measure.hpp"

namespace chronicle::bench {

void print_table(std::vector<row> const& report);

/// An SVG picture of all ratios: a line from the smallest to the largest, a dot at the median, a mark where
/// the promise is.
std::string draw(std::vector<row> const& report);

}  // namespace chronicle::bench
