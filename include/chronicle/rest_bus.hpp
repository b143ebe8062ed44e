// The message bus of `chronicle-kv`: topics over HTTP, listened to as server-sent events.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "chronicle/message_bus.hpp"
#include "chronicle/random_source.hpp"
#include "chronicle/rest_options.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle {

/// When a subscription counts as dead and how it comes back.
struct rest_bus_options {
  /// A subscription on which no byte came for this long is dead: the server sends one at least every 10 s. 1
  /// s to 1 h.
  milliseconds silence_limit = std::chrono::seconds{25};
  /// First ceiling of the random pause before a new connection (full jitter); it doubles with every failure
  /// in a row. 1 ms to 1 min.
  milliseconds backoff_base{100};
  /// Largest ceiling of that pause. At least `backoff_base`, at most 10 min.
  milliseconds backoff_cap = std::chrono::seconds{5};

  rest_bus_options() = default;
};

/// The first thing wrong with `options`, as "member: must be what would be right"; empty when all is
/// well.
std::string find_problem(rest_bus_options const& options);

/// A bus over HTTP/1.1. Topics are 1 to 512 bytes of UTF-8 without NUL, payloads at least one byte of UTF-8
/// without NUL and carriage return; the server bounds their size (64 KiB by default). `publish` fails with
/// `errc::invalid_key` or `asio::error::invalid_argument` for others, and as a write of the REST backend
/// does.
///
/// Every `listen` holds one connection. What was published while it was interrupted is delivered afterwards,
/// as far back as the server remembers. Topics are outside of namespaces: `where.name_space` does not matter.
///
/// I/O runs on strands of `executor`, whose context has to outlive the bus. `time` and `random` are the real
/// ones when null. Throws as `make_rest_backend` does.
std::shared_ptr<message_bus> make_rest_bus(asio::any_io_executor executor, rest_options const& where,
                                           rest_bus_options const& options = rest_bus_options(),
                                           std::shared_ptr<time_source> time = nullptr,
                                           std::shared_ptr<random_source> random = nullptr);

}  // namespace chronicle
