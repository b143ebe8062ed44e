// An HTTP client and a scripted server, connected in memory on virtual time.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <optional>

#include "support/scripted_server.hpp"
#include "support/virtual_context.hpp"
#include "transport/http_client.hpp"
#include "transport/memory_stream.hpp"

namespace chronicle::test {

/// An operation under way.
template <class T>
struct pending {
  std::optional<T> outcome;
  asio::cancellation_signal cancel;
};

/// Starts `operation` on `executor`; the outcome appears in what it returns.
template <class T>
std::shared_ptr<pending<T>> start(asio::any_io_executor executor, asio::awaitable<T> operation) {
  auto const out = std::make_shared<pending<T>>();
  asio::co_spawn(executor, std::move(operation),
                 asio::bind_cancellation_slot(out->cancel.slot(), [out](std::exception_ptr thrown, T value) {
                   if (!thrown) out->outcome.emplace(std::move(value));
                 }));
  return out;
}

class http_peers {
 public:
  explicit http_peers(virtual_context& world) : callers(world.executor()), world_(world) {
    link.time = world.shared_time();
    auto const up = std::make_shared<counting_wire>(bytes_to_server);
    auto const down = std::make_shared<counting_wire>(bytes_to_client);
    network = std::make_shared<memory_network>([this, up, down](endpoint const&) {
      auto made = link;
      made.to_server = up;
      made.to_client = down;
      return made;
    });
    server = std::make_unique<scripted_server>(network->listen({"kv.test", 8080}, world.executor()).value(),
                                               world.executor(), world.shared_time());
    options.server = parse_url("http://kv.test:8080");
    connecting = network;
  }

  asio::any_io_executor callers;  ///< of the coroutines that use the client
  memory_link link;               ///< of connections made from now on
  std::size_t bytes_to_server = 0;
  std::size_t bytes_to_client = 0;  ///< that arrived, over all connections
  std::shared_ptr<memory_network> network;
  std::shared_ptr<connector> connecting;  ///< what the client connects with
  std::unique_ptr<scripted_server> server;
  http_client_options options;  ///< of the client, which is made when first used
  std::unique_ptr<http_client> client;

  http_client& open_client() {
    if (!client)
      client = std::make_unique<http_client>(world_.executor(), world_.shared_time(), connecting, options);
    return *client;
  }
  auto start(http_request request) { return test::start(callers, open_client().send(std::move(request))); }
  auto start_stream(http_request request) {
    return test::start(callers, open_client().open_stream(std::move(request)));
  }
  http_outcome send(http_request request) {
    return world_.run_on(callers, open_client().send(std::move(request)));
  }
  http_stream_outcome open_stream(http_request request) {
    return world_.run_on(callers, open_client().open_stream(std::move(request)));
  }

 private:
  class counting_wire final : public wire {
   public:
    explicit counting_wire(std::size_t& count) : count_(count) {}
    fate carry(std::string_view bytes) override {
      count_ += bytes.size();
      return {bytes.size(), {}, false};
    }

   private:
    std::size_t& count_;
  };

  virtual_context& world_;
};

/// A test's fixture: the peers in a world of their own.
struct http_world : virtual_context, http_peers {
  http_world() : http_peers(static_cast<virtual_context&>(*this)) {}
  using http_peers::start;
};

}  // namespace chronicle::test
