#include "sim/http_cloud.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "backend/rest_backend.hpp"
#include "backend/rest_bus.hpp"

namespace chronicle::sim {
namespace {

/// Takes the minutes of what comes out of the bus.
class watched_listener final : public bus_listener {
 public:
  watched_listener(minutes& taken, std::shared_ptr<bus_listener> inner)
      : minutes_(taken), inner_(std::move(inner)) {}

  void on_message(std::string payload) override {
    if (auto const m = lease::decode(payload, {})) minutes_.note_heard(*m);
    inner_->on_message(std::move(payload));
  }
  void on_subscribed() override { inner_->on_subscribed(); }
  void on_interrupted(error_code why) override { inner_->on_interrupted(why); }

 private:
  minutes& minutes_;
  std::shared_ptr<bus_listener> inner_;
};

class watched_bus final : public message_bus {
 public:
  watched_bus(stage& on, minutes& taken, std::size_t sender, std::shared_ptr<message_bus> inner)
      : on_(on), minutes_(taken), sender_(sender), inner_(std::move(inner)) {}

  asio::awaitable<error_code> publish(std::string topic, std::string payload) override {
    if (auto const m = lease::decode(payload, {})) minutes_.note_sent(sender_, *m, on_.now());
    return inner_->publish(std::move(topic), std::move(payload));
  }
  asio::awaitable<void> listen(std::string topic, std::shared_ptr<bus_listener> listener) override {
    return inner_->listen(std::move(topic),
                          std::make_shared<watched_listener>(minutes_, std::move(listener)));
  }

 private:
  stage& on_;
  minutes& minutes_;
  std::size_t sender_;
  std::shared_ptr<message_bus> inner_;
};

/// Sends a request and waits for the beginning of the answer.
asio::awaitable<void> send_and_forget(std::unique_ptr<byte_stream> connection, std::string request) {
  any_stream stream(std::move(connection));
  auto writing = asio::async_write(stream, asio::buffer(request), asio::as_tuple(asio::deferred));
  auto const [ec, sent] = co_await std::move(writing);
  if (ec) co_return;
  std::array<char, 64> answer;
  auto reading = stream.async_read_some(asio::buffer(answer), asio::as_tuple(asio::deferred));
  co_await std::move(reading);
}

kv::server_options server_options_for(stage const& on) {
  kv::server_options options;
  options.time = on.time;
  return options;
}

}  // namespace

http_cloud::http_cloud(stage& on, ledger& storage, minutes& taken)
    : on_(on),
      minutes_(taken),
      road_(on),
      draws_(on.plan.seed, 32),
      watch_(on, storage),
      loop_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      network_(std::make_shared<memory_network>([this](endpoint const& to) {
        auto const& [from, use] = callers_.at(to.port);
        return lay_cable(road_, from, use);
      })),
      server_(std::make_unique<kv::server>(loop_.get_executor(), server_options_for(on))) {
  road_.send_again = [this](std::string request) { send_again(std::move(request)); };
}

http_cloud::~http_cloud() = default;

// Each server has ports of its own to connect to: so the network knows who it is.
rest_options http_cloud::address_for(std::shared_ptr<host> const& from, purpose use) {
  auto const port = static_cast<std::uint16_t>(10 * from->number + (use == purpose::bus ? 1 : 0));
  if (callers_.try_emplace(port, from, use).second)
    server_->serve(network_->listen(endpoint("kv.test", port), loop_.get_executor()).value());
  rest_options where;
  where.url = "http://kv.test:" + std::to_string(port);
  return where;
}

std::shared_ptr<backend> http_cloud::connect_backend(std::shared_ptr<host> from,
                                                     asio::any_io_executor executor,
                                                     std::shared_ptr<time_source> time) {
  auto const where = address_for(from, purpose::backend);
  return make_rest_backend_over(network_, std::move(executor), where, std::move(time));
}

std::shared_ptr<message_bus> http_cloud::connect_bus(std::shared_ptr<host> from,
                                                     asio::any_io_executor executor,
                                                     std::shared_ptr<time_source> time) {
  auto const where = address_for(from, purpose::bus);
  auto random = make_seeded_random_source(on_.plan.seed * 1000 + draws_.below(1000));
  auto below = make_rest_bus_over(network_, std::move(executor), where, rest_bus_options(), std::move(time),
                                  std::move(random));
  return std::make_shared<watched_bus>(on_, minutes_, from->number, std::move(below));
}

void http_cloud::begin_slowness(time_point until, int factor) {
  road_.slow_until = until;
  road_.slow_factor = factor;
}

void http_cloud::begin_outage(time_point until, bool refuses) {
  road_.outage_until = until;
  road_.outage_refuses = refuses;
  on_.at(until, [] {});  // an event at which the loop goes on
}

void http_cloud::heal() {
  road_.outage_until = road_.slow_until = road_.bus_outage_until = {};
}

std::size_t http_cloud::poll() {
  bool const stands_still = road_.is_down() && !road_.outage_refuses;
  if (stands_still) return 0;
  loop_.restart();
  return loop_.poll();
}

void http_cloud::bury(std::unique_ptr<event_loop> dead) {
  dead->fall_silent();
  graveyard_.push_back(std::move(dead));
}

void http_cloud::send_again(std::string request) {
  on_.note("a proxy sends " + request.substr(0, request.find(" HTTP")) + " again");
  auto [client, server] = make_memory_streams(loop_.get_executor(), loop_.get_executor());
  server_->serve(std::unique_ptr<byte_stream>(std::move(server)));
  asio::co_spawn(loop_, send_and_forget(std::move(client), std::move(request)), asio::detached);
}

}  // namespace chronicle::sim
