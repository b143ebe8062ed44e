#include "storage.hpp"

#include <chronicle/rest_backend.hpp>
#include <chronicle/rest_bus.hpp>
#include <cstdlib>

void connect(chronicle::store_options& options, boost::asio::any_io_executor executor,
             std::string const& backend, std::string const& bus) {
  chronicle::rest_options at;
  at.url = backend;
  if (char const* const token = std::getenv("CHRONICLE_KV_TOKEN")) at.bearer_token = token;
  options.backend = chronicle::make_rest_backend(executor, at);
  if (bus == "none") return;
  if (!bus.empty()) at.url = bus;
  options.bus = chronicle::make_rest_bus(executor, at);
}
