// Runs coroutines side by side.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

/// Runs all of `tasks` on the caller's executor and returns when the last has ended; throws what the first of
/// them threw.
boost::asio::awaitable<void> run_all(std::vector<boost::asio::awaitable<void>> tasks);
