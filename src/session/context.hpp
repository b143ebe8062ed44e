// What all parts of one store share. Lives on the store's strand; outlives every session.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/launch.hpp"
#include "chronicle/store_options.hpp"
#include "session/gateway.hpp"
#include "session/observer.hpp"
#include "session/text_pool.hpp"

namespace chronicle {

struct context {
  /// The context of a store as configured: simulated when the options say so or name no backend.
  static std::shared_ptr<context> make(asio::any_io_executor executor, std::string name,
                                       store_options options);
  /// A simulated one beside `real`, for starts that cannot reach its backend.
  static std::shared_ptr<context> make_fallback(context const& real);

  context(asio::any_io_executor inner, strand_type on, std::string store_name, store_options o,
          bool is_simulated, std::shared_ptr<store_metrics> counted);

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
  bool simulated;
  std::shared_ptr<store_metrics> counters;
  observer events;
  std::shared_ptr<deadlines> time_outs;  ///< of what is asked of the backend and the bus
  gateway store_gateway;
  std::shared_ptr<text_pool> texts = std::make_shared<text_pool>();
};

}  // namespace chronicle
