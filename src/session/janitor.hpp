// Clears up after an acquire that nobody waits for any more: what got in is released, what may still get in
// is made impossible (PROTOCOL section 3, "Cancelling an acquire").
#pragma once

#include "lease/resolution.hpp"
#include "session/context.hpp"

namespace chronicle {

/// Goes on until it is certain that no lease of `acquire` is or will be in the record, or until `deadline`.
asio::awaitable<void> clean_up(context& ctx, std::string record_key, lease::attempted_write acquire,
                               time_point deadline, asio::cancellation_signal& interrupt);

}  // namespace chronicle
