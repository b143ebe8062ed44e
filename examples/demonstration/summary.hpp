// The table at the end of the demonstration.
#pragma once

#include <iosfwd>
#include <memory>
#include <vector>

#include "round.hpp"

/// One column per round.
void print_summary(std::ostream& out, std::vector<std::unique_ptr<game_round>> const& rounds);
