// Carries out what was planned: asks storage, publishes, waits for a change, and words the answer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "kv_server/services.hpp"

namespace chronicle::kv {

/// `bell` wakes a long poll; ring it when the server stops. Runs on the strand of the bell.
asio::awaitable<response> carry_out(services& shared, std::shared_ptr<doorbell> bell, task& planned);

}  // namespace chronicle::kv
