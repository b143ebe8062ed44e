// Looks into the stored records when all is over.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chronicle/store.hpp>

#include "round.hpp"

/// Opens every player's record, which verifies its hashes, and compares its coins with the player's own
/// account.
boost::asio::awaitable<void> audit(chronicle::store records, game_round& played);
