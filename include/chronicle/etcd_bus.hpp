// The message bus over etcd: a message is a key that soon expires, listening is watching.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "chronicle/etcd_options.hpp"
#include "chronicle/message_bus.hpp"
#include "chronicle/random_source.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

/// When a subscription counts as dead and how it comes back.
struct etcd_bus_options {
  /// On a subscription that was silent for this long a message to itself is published, which nobody is told
  /// of: etcd by itself may be silent for 10 min. 100 ms to 30 min.
  milliseconds heartbeat = std::chrono::seconds{10};
  /// A subscription on which no byte came for this long is dead, although etcd took such messages or did not.
  /// More than `heartbeat`; 1 s to 1 h.
  milliseconds silence_limit = std::chrono::seconds{25};
  /// First ceiling of the random pause before a new connection (full jitter); it doubles with every failure
  /// in a row. 1 ms to 1 min.
  milliseconds backoff_base{100};
  /// Largest ceiling of that pause. At least `backoff_base`, at most 10 min.
  milliseconds backoff_cap = std::chrono::seconds{5};
  /// How long a message's key lasts at most; half of it at least. 10 s to 1 h.
  std::chrono::seconds message_lifetime{60};

  etcd_bus_options() = default;
};

/// The first thing wrong with `options`, as "member: must be what would be right"; empty when all is
/// well.
std::string find_problem(etcd_bus_options const& options);

/// A bus over etcd. Topics are 1 to 512 bytes of UTF-8 without NUL, payloads 1 byte to 64 KiB. `publish`
/// fails with `errc::invalid_key`, `asio::error::invalid_argument` or `errc::value_too_large` for others, and
/// as a write of the etcd backend does. It is one write to etcd, and now and then a lease is granted for it.
///
/// Every `listen` holds one connection, to the member that answered last. What was published while it was
/// interrupted is delivered afterwards: from etcd's history, and if that has been compacted, from the
/// messages whose keys have not expired. A member that lost its leader ends the watch by itself.
///
/// I/O runs on strands of `executor`, whose context has to outlive the bus; operations under way go on when
/// the bus is destroyed. `time` and `random` are the real ones when null. Throws as `make_etcd_backend` does.
std::shared_ptr<message_bus> make_etcd_bus(asio::any_io_executor executor, etcd_options const& where,
                                           etcd_bus_options const& options = etcd_bus_options(),
                                           std::shared_ptr<time_source> time = nullptr,
                                           std::shared_ptr<random_source> random = nullptr);

}  // namespace chronicle
