// The benchmarks, each a function that measures and returns lines of the report.
#pragma once

#include <vector>

#include "bench/measure.hpp"

namespace chronicle::bench {

/// (a) `async_save` against a raw Beast client that PUTs the same bytes over the same number of connections.
std::vector<row> measure_saves(effort how_much);

/// (b) The canonical hash against hashing what boost::json::serialize makes of the document.
std::vector<row> measure_canonical_hash(effort how_much);

/// (c) What an idle session costs: memory, and processor time for each renewal.
std::vector<row> measure_idle_sessions(effort how_much);

/// (d) Start and release against the same three requests sent raw.
std::vector<row> measure_cycles(effort how_much);

/// (e) Requests for each hour of play, against saving on a fixed beat. Virtual time: exact, the same on every
/// run.
std::vector<row> measure_requests(effort how_much);

}  // namespace chronicle::bench
