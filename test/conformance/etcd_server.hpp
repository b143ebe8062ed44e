// A real etcd, and clients for it whose connections can be broken.
#pragma once

#include <memory>
#include <string>

#include "chronicle/backend.hpp"
#include "chronicle/etcd_options.hpp"
#include "chronicle/message_bus.hpp"
#include "world.hpp"

namespace chronicle::conformance {

class breakable_connector;

/// One etcd serves all of them, each in a name space of its own.
class etcd_server {
 public:
  etcd_server();
  ~etcd_server();

  /// Whether etcd is installed; says so loudly when it is not.
  static bool is_installed();
  /// How to reach it, in a name space that nobody uses yet.
  static etcd_options make_options();

  loop& events() { return *loop_; }
  std::shared_ptr<backend> make_backend();
  std::shared_ptr<message_bus> make_bus();
  /// Resets the connections that are open.
  void interrupt();

 private:
  std::unique_ptr<loop> loop_ = make_real_loop();
  std::shared_ptr<breakable_connector> below_;
  etcd_options options_ = make_options();
};

}  // namespace chronicle::conformance
