#include "storage.hpp"

#include <chronicle/etcd_backend.hpp>
#include <chronicle/etcd_bus.hpp>
#include <chronicle/rest_backend.hpp>
#include <chronicle/rest_bus.hpp>
#include <cstdlib>
#include <sstream>

namespace {

std::string from_environment(char const* name) {
  char const* const value = std::getenv(name);
  return value ? value : "";
}

std::string const etcd_scheme = "etcd://";

bool is_etcd(std::string const& url) {
  return url.starts_with(etcd_scheme);
}

// The members after the scheme, with commas between them.
chronicle::etcd_options etcd_at(std::string const& url) {
  chronicle::etcd_options at;
  std::istringstream members(url.substr(etcd_scheme.size()));
  for (std::string member; std::getline(members, member, ',');) at.endpoints.push_back("http://" + member);
  at.user = from_environment("CHRONICLE_ETCD_USER");
  at.password = from_environment("CHRONICLE_ETCD_PASSWORD");
  return at;
}

chronicle::rest_options kv_at(std::string const& url) {
  chronicle::rest_options at;
  at.url = url;
  at.bearer_token = from_environment("CHRONICLE_KV_TOKEN");
  return at;
}

}  // namespace

void connect(chronicle::store_options& options, boost::asio::any_io_executor executor,
             std::string const& backend, std::string const& bus) {
  options.backend = is_etcd(backend) ? chronicle::make_etcd_backend(executor, etcd_at(backend))
                                     : chronicle::make_rest_backend(executor, kv_at(backend));
  if (bus == "none") return;
  auto const& over = bus.empty() ? backend : bus;
  options.bus = is_etcd(over) ? chronicle::make_etcd_bus(executor, etcd_at(over))
                              : chronicle::make_rest_bus(executor, kv_at(over));
}
