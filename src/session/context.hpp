// What all parts of one store share. Lives on the store's strand; outlives every session.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/launch.hpp"
#include "chronicle/store_options.hpp"
#include "session/gateway.hpp"
#include "session/observer.hpp"

namespace chronicle {

struct context {
  context(asio::any_io_executor inner, std::string store_name, store_options o);

  /// "<store>/<key>": the name of a profile's record in the backend.
  std::string record_key(std::string const& key) const { return name + "/" + key; }

  /// How large a record may be here.
  std::size_t max_record_bytes() const;

  /// A pause of `ceiling` at most: drawn at random (full jitter), or exactly that when jitter is off.
  boot_clock::duration jittered(boot_clock::duration ceiling);

  asio::any_io_executor executor;  ///< the one given to the store
  strand_type strand;              ///< made from it
  std::string name;
  store_options options;  ///< with the time, random and id sources filled in
  std::string server_id;
  time_source& time;
  store_metrics counters;
  observer events;
  gateway store_gateway;
};

}  // namespace chronicle
