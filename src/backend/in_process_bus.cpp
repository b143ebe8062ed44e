#include "chronicle/in_process_bus.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/waiting.hpp"

namespace chronicle {
namespace {

class in_process_bus final : public message_bus {
 public:
  asio::awaitable<error_code> publish(std::string topic, std::string payload) override {
    for (auto const& one : listeners_on(topic)) {
      asio::post(one.executor, [weak = one.listener, payload] {
        if (auto const alive = weak.lock()) alive->on_message(payload);
      });
    }
    co_return error_code{};
  }

  asio::awaitable<void> listen(std::string topic, std::shared_ptr<bus_listener> listener) override {
    auto const executor = co_await asio::this_coro::executor;
    registration const here(*this, topic, member{executor, listener});
    listener->on_subscribed();
    event never(executor);
    while (true) {
      auto waiting = never.wait();
      bool const go_on = co_await std::move(waiting);
      if (!go_on) co_return;
    }
  }

 private:
  struct member {
    asio::any_io_executor executor;
    std::weak_ptr<bus_listener> listener;
  };

  // Listens as long as it lives: ends with the coroutine, however that ends.
  class registration {
   public:
    registration(in_process_bus& bus, std::string topic, member one) : bus_(bus), topic_(std::move(topic)) {
      std::lock_guard const lock(bus_.mutex_);
      id_ = bus_.next_id_++;
      bus_.members_[topic_].emplace(id_, std::move(one));
    }
    registration(registration const&) = delete;
    registration& operator=(registration const&) = delete;
    ~registration() {
      std::lock_guard const lock(bus_.mutex_);
      auto const on_topic = bus_.members_.find(topic_);
      on_topic->second.erase(id_);
      if (on_topic->second.empty()) bus_.members_.erase(on_topic);
    }

   private:
    in_process_bus& bus_;
    std::string topic_;
    std::uint64_t id_;
  };

  std::vector<member> listeners_on(std::string const& topic) {
    std::lock_guard const lock(mutex_);
    std::vector<member> found;
    auto const on_topic = members_.find(topic);
    if (on_topic == members_.end()) return found;
    for (auto const& [id, one] : on_topic->second) found.push_back(one);
    return found;
  }

  std::mutex mutex_;
  std::uint64_t next_id_ = 0;
  std::map<std::string, std::map<std::uint64_t, member>> members_;
};

}  // namespace

std::shared_ptr<message_bus> make_in_process_bus() {
  return std::make_shared<in_process_bus>();
}

}  // namespace chronicle
