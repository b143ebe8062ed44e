#include "session/context.hpp"

#include <algorithm>
#include <utility>

namespace chronicle {
namespace {

store_options fill_in(store_options options) {
  if (!options.time) options.time = make_real_time_source();
  if (!options.random) options.random = make_real_random_source();
  if (!options.ids) options.ids = make_real_id_source();
  return options;
}

}  // namespace

context::context(asio::any_io_executor inner, std::string store_name, store_options o)
    : executor(std::move(inner)),
      strand(executor),
      name(std::move(store_name)),
      options(fill_in(std::move(o))),
      server_id(options.server_name + "-" + options.ids->make_id()),
      time(*options.time),
      events(executor, options.hooks, logger(options.log, options.log_threshold), counters),
      store_gateway(options, events, counters) {
  counters.store = name;
}

std::size_t context::max_record_bytes() const {
  return std::min(options.max_record_bytes, store_gateway.caps().max_value);
}

boot_clock::duration context::jittered(boot_clock::duration ceiling) {
  if (!options.retry.jitter) return ceiling;
  return std::chrono::duration_cast<boot_clock::duration>(ceiling * uniform(*options.random));
}

}  // namespace chronicle
