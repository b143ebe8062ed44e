// What one seed means: how large the world is, how long it runs and what goes wrong in it. A scenario can be
// cut down by hand or by the shrinker without changing what is left of it.
#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chronicle::sim {

/// What can go wrong.
enum class fault : std::size_t {
  slow,           ///< periods in which the network is 20 to 100 times slower
  lost_request,   ///< a request does not arrive
  lost_reply,     ///< a request is carried out and its answer lost
  server_error,   ///< a 5xx before or after the request was carried out
  throttle,       ///< a 429
  duplicate,      ///< a request arrives once more, up to ten seconds later
  ghost,          ///< a request arrives long after its caller gave up
  resend,         ///< a proxy sends a conditional write twice and reports the second answer
  partition,      ///< one server is cut off from the backend, or from the bus
  outage,         ///< the backend does not answer anybody, or refuses everybody
  corruption,     ///< a stored record is damaged, and repaired later
  bus_loss,       ///< messages are lost
  bus_delay,      ///< messages take seconds, and overtake each other
  bus_duplicate,  ///< messages come twice
  bus_outage,     ///< the bus carries nothing
  clocks,         ///< wall clocks differ by up to 30 s, and all clocks drift by up to 1 %
  pause,          ///< a server stands still for up to minutes
  crash,          ///< a server is gone at once
  stop,           ///< a server closes its store and starts again
  cancel,         ///< a player disconnects in mid-load
  hop,            ///< a player turns up at another server before it left the last
  count_
};
inline constexpr std::size_t fault_kinds = static_cast<std::size_t>(fault::count_);

std::string_view to_string(fault kind);
std::optional<fault> find_fault(std::string_view name);

struct scenario {
  std::uint64_t seed = 1;
  std::bitset<fault_kinds> faults = std::bitset<fault_kinds>().set();
  std::chrono::seconds length{
      600};  ///< with faults; then the weather clears and everything has to come right
  std::size_t servers = 3;
  std::size_t players = 20;
  bool http = false;  ///< through the HTTP client and chronicle-kv, over bytes (http_cloud.hpp)

  scenario() = default;
  /// The scenario of a seed: all kinds of faults, 3 to 5 servers, 20 to 24 players, ten minutes.
  explicit scenario(std::uint64_t of_seed);

  bool has(fault kind) const { return faults.test(static_cast<std::size_t>(kind)); }
  /// The options of sim_fleet that replay it.
  std::string command_line() const;
};

/// How often each kind of fault strikes in this world: 0 when it is switched off, else around 1.
class weather {
 public:
  explicit weather(scenario const& plan);
  double of(fault kind) const { return calm_ ? 0.0 : intensity_[static_cast<std::size_t>(kind)]; }
  bool is_calm() const { return calm_; }
  void clear_up() { calm_ = true; }

 private:
  std::array<double, fault_kinds> intensity_{};
  bool calm_ = false;
};

}  // namespace chronicle::sim
