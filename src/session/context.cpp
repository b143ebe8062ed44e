#include "session/context.hpp"

#include <algorithm>
#include <utility>

#include "chronicle/in_process_bus.hpp"
#include "chronicle/memory_backend.hpp"

namespace chronicle {
namespace {

store_options fill_in(store_options options) {
  if (!options.time) options.time = make_real_time_source();
  if (!options.random) options.random = make_real_random_source();
  if (!options.ids) options.ids = make_real_id_source();
  return options;
}

// Replaces backend and bus by simulated ones of its own.
void simulate(store_options& options) {
  simulation_options const weather = options.simulation.value_or(simulation_options());
  options.backend = make_simulated_backend(make_memory_backend(options.time), weather, options.time);
  options.bus = make_simulated_bus(make_in_process_bus(), weather, options.time);
}

}  // namespace

std::shared_ptr<context> context::make(asio::any_io_executor executor, std::string name,
                                       store_options options) {
  options = fill_in(std::move(options));
  bool const unconfigured = !options.backend && !options.simulation;
  bool const simulated = unconfigured || options.simulation;
  if (simulated) simulate(options);
  auto counters = std::make_shared<store_metrics>();
  counters->store = name;
  auto made = std::make_shared<context>(executor, strand_type(executor), std::move(name), std::move(options),
                                        simulated, std::move(counters));
  if (simulated)
    made->events.log().write(log_level::error, "simulation_mode",
                             {{"store", made->name},
                              {"why", unconfigured ? "no backend is configured" : "the options ask for it"},
                              {"effect", "nothing is stored, everything vanishes with the store"}});
  return made;
}

std::shared_ptr<context> context::make_fallback(context const& real) {
  store_options options = real.options;
  options.simulation.emplace();
  simulate(options);
  return std::make_shared<context>(real.executor, real.strand, real.name, std::move(options), true,
                                   real.counters);
}

context::context(asio::any_io_executor inner, strand_type on, std::string store_name, store_options o,
                 bool is_simulated, std::shared_ptr<store_metrics> counted)
    : executor(std::move(inner)),
      strand(std::move(on)),
      name(std::move(store_name)),
      options(std::move(o)),
      server_id(options.server_name + "-" + options.ids->make_id()),
      time(*options.time),
      simulated(is_simulated),
      counters(std::move(counted)),
      events(executor, options.hooks, logger(options.log, options.log_threshold), *counters),
      time_outs(std::make_shared<deadlines>(options.time, strand)),
      store_gateway(options, time_outs, events, *counters) {}

std::size_t context::max_record_bytes() const {
  return std::min(options.max_record_bytes, store_gateway.caps().max_value);
}

boot_clock::duration context::jittered(boot_clock::duration ceiling) {
  if (!options.retry.jitter) return ceiling;
  return std::chrono::duration_cast<boot_clock::duration>(ceiling * uniform(*options.random));
}

}  // namespace chronicle
