// The cables between game servers and chronicle-kv, over which bytes travel slowly, in pieces, too late or
// not at all.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/cloud.hpp"
#include "sim/stage.hpp"
#include "transport/memory_stream.hpp"

namespace chronicle::sim {

/// What all cables of a world have in common.
struct road {
  explicit road(stage& s) : on(s), draws(s.plan.seed, 30) {}

  milliseconds travel_time() {
    milliseconds const usual = draws.between(milliseconds{1}, milliseconds{25});
    return on.now() < slow_until ? usual * slow_factor : usual;
  }
  bool is_down() const { return on.now() < outage_until; }

  stage& on;
  chance draws;
  time_point outage_until{};
  bool outage_refuses = false;
  time_point bus_outage_until{};
  time_point slow_until{};
  int slow_factor = 1;
  /// A proxy sends these bytes, a whole request, once more.
  std::function<void(std::string request)> send_again;
};

/// What a connection is for.
enum class purpose { backend, bus };

/// How a new connection of a server is linked; an error when it is refused.
result<memory_link> lay_cable(road& over, std::shared_ptr<host> from, purpose use);

}  // namespace chronicle::sim
