// chronicle-kv, with its storage in memory, behind connections in memory on virtual time: a whole deployment
// in one thread, where the test says what becomes of every byte.
#pragma once

#include <memory>
#include <utility>

#include "backend/rest_backend.hpp"
#include "backend/rest_bus.hpp"
#include "chronicle/kv_server/server.hpp"
#include "support/virtual_context.hpp"
#include "transport/memory_stream.hpp"

namespace chronicle::test {

class kv_in_memory {
 public:
  /// `make_link` says how each connection behaves.
  kv_in_memory(virtual_context& world, memory_network::link_maker make_link)
      : world_(world),
        network_(std::make_shared<memory_network>(std::move(make_link))),
        server_(world.executor(), serving(world)) {
    server_.serve(network_->listen({"kv.test", 80}, world.executor()).value());
    client_.url = "http://kv.test";
  }

  std::shared_ptr<backend> make_backend() {
    return make_rest_backend_over(network_, world_.executor(), client_, world_.shared_time());
  }
  std::shared_ptr<message_bus> make_bus() {
    return make_rest_bus_over(network_, world_.executor(), client_, rest_bus_options(), world_.shared_time(),
                              make_seeded_random_source(1));
  }

 private:
  static kv::server_options serving(virtual_context& world) {
    kv::server_options o;
    o.time = world.shared_time();
    return o;
  }

  virtual_context& world_;
  rest_options client_;
  std::shared_ptr<memory_network> network_;
  kv::server server_;
};

}  // namespace chronicle::test
