#include "sim/bus.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/waiting.hpp"
#include "sim/variants.hpp"

namespace chronicle::sim {

using namespace std::chrono_literals;

/// A message on its way.
struct sim_bus::mail {
  mail(std::string t, std::string p)
      : topic(std::move(t)), payload(std::move(p)), meaning(lease::decode(payload, {})) {}
  std::string topic;
  std::string payload;
  std::optional<lease::message> meaning;
};

class sim_bus::link final : public message_bus {
 public:
  link(sim_bus& bus, std::shared_ptr<host> from) : bus_(bus), from_(std::move(from)) {}

  asio::awaitable<error_code> publish(std::string topic, std::string payload) override {
    bus_.send(from_, std::move(topic), std::move(payload));
    co_return error_code{};
  }

  asio::awaitable<void> listen(std::string topic, std::shared_ptr<bus_listener> listener) override {
    auto const executor = co_await asio::this_coro::executor;
    registration const here(bus_, topic, subscriber{executor, listener, from_});
    listener->on_subscribed();
    event never(executor);
    while (true) {
      auto waiting = never.wait();
      bool const go_on = co_await std::move(waiting);
      if (!go_on) co_return;
    }
  }

 private:
  class registration {
   public:
    registration(sim_bus& bus, std::string topic, subscriber one) : bus_(bus), topic_(std::move(topic)) {
      bus_.subscribers_.insert_or_assign(topic_, std::move(one));
    }
    registration(registration const&) = delete;
    registration& operator=(registration const&) = delete;
    ~registration() { bus_.subscribers_.erase(topic_); }

   private:
    sim_bus& bus_;
    std::string topic_;
  };

  sim_bus& bus_;
  std::shared_ptr<host> from_;
};

std::shared_ptr<message_bus> sim_bus::connect(std::shared_ptr<host> from) {
  return std::make_shared<link>(*this, std::move(from));
}

void sim_bus::send(std::shared_ptr<host> const& from, std::string topic, std::string payload) {
  letter const posted = std::make_shared<mail>(std::move(topic), std::move(payload));
  auto const& m = posted->meaning;
  if (m) minutes_.note_sent(from->number, *m, on_.now());
  auto const& sky = on_.sky;
  bool const lost = draws_.happens(0.05 * sky.of(fault::bus_loss));
  bool const late = draws_.happens(0.05 * sky.of(fault::bus_delay));
  bool const twice = draws_.happens(0.05 * sky.of(fault::bus_duplicate));
  milliseconds const usual = draws_.between(1ms, 20ms);
  milliseconds const lateness = draws_.between(500ms, 8s);
  if (active_variant() == variant::v10 && m && m->kind == lease::message_kind::probe) {
    deliver(*posted, false);  // a probe that never left the machine
    return;
  }
  if (lost || !reachable(*from)) return;
  auto const arrive = [this, posted] { deliver(*posted, true); };
  on_.after(late ? lateness : usual, arrive);
  if (twice) on_.after(usual + lateness, arrive);
}

void sim_bus::deliver(mail const& arrived, bool through_the_bus) {
  auto const found = subscribers_.find(arrived.topic);
  if (found == subscribers_.end()) return;
  subscriber const& to = found->second;
  if (through_the_bus && !reachable(*to.where)) return;
  if (arrived.meaning && through_the_bus) minutes_.note_heard(*arrived.meaning);
  on_.rouse(to.executor);
  asio::post(to.executor, [weak = to.listener, payload = arrived.payload] {
    if (auto const alive = weak.lock()) alive->on_message(payload);
  });
}

}  // namespace chronicle::sim
