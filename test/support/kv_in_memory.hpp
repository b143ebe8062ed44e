// chronicle-kv, with its storage in memory, behind connections in memory on virtual time: a whole deployment
// in one thread, where every byte takes as long as the test says.
#pragma once

#include <memory>
#include <string_view>

#include "backend/rest_backend.hpp"
#include "backend/rest_bus.hpp"
#include "chronicle/kv_server/server.hpp"
#include "support/virtual_context.hpp"
#include "transport/memory_stream.hpp"

namespace chronicle::test {

class kv_in_memory {
 public:
  explicit kv_in_memory(virtual_context& world) : world_(world) {
    kv::server_options options;
    options.time = world.shared_time();
    server_ = std::make_unique<kv::server>(world.executor(), options);
    network_ =
        std::make_shared<memory_network>([time = world.shared_time(), one_way = one_way_](endpoint const&) {
          memory_link link;
          link.time = time;
          link.connect_delay = 2 * *one_way;
          link.to_server = link.to_client = std::make_shared<slow_wire>(one_way);
          return link;
        });
    server_->serve(network_->listen({"kv.test", 80}, world.executor()).value());
    client_.url = "http://kv.test";
  }

  /// How long every byte takes from now on, to the server as well as back.
  void set_one_way(milliseconds delay) { *one_way_ = delay; }

  std::shared_ptr<backend> make_backend() {
    return make_rest_backend_over(network_, world_.executor(), client_, world_.shared_time());
  }
  std::shared_ptr<message_bus> make_bus() {
    return make_rest_bus_over(network_, world_.executor(), client_, rest_bus_options(), world_.shared_time(),
                              make_seeded_random_source(1));
  }

 private:
  class slow_wire final : public wire {
   public:
    explicit slow_wire(std::shared_ptr<milliseconds> delay) : delay_(std::move(delay)) {}
    fate carry(std::string_view bytes) override { return {bytes.size(), *delay_, false}; }

   private:
    std::shared_ptr<milliseconds> delay_;
  };

  virtual_context& world_;
  std::shared_ptr<milliseconds> one_way_ = std::make_shared<milliseconds>(0);
  rest_options client_;
  std::unique_ptr<kv::server> server_;
  std::shared_ptr<memory_network> network_;
};

}  // namespace chronicle::test
