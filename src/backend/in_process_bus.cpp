#include "chronicle/in_process_bus.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/waiting.hpp"
#include "chronicle/backend.hpp"

namespace chronicle {
namespace {

struct member {
  asio::any_io_executor executor;
  std::weak_ptr<bus_listener> listener;
};

/// Who listens where. Outlives the bus while somebody listens.
class directory {
 public:
  std::uint64_t add(std::string const& topic, member one) {
    std::lock_guard const lock(mutex_);
    members_[topic].emplace(++last_id_, std::move(one));
    return last_id_;
  }

  void remove(std::string const& topic, std::uint64_t id) {
    std::lock_guard const lock(mutex_);
    auto const on_topic = members_.find(topic);
    if (on_topic == members_.end()) return;
    on_topic->second.erase(id);
    if (on_topic->second.empty()) members_.erase(on_topic);
  }

  // Under the lock, for the execution context of a listener must not go away meanwhile: its registrations go
  // first (`presence`), and wait.
  void post_to_all(std::string const& topic, std::string const& payload) const {
    std::lock_guard const lock(mutex_);
    auto const on_topic = members_.find(topic);
    if (on_topic == members_.end()) return;
    for (auto const& [id, one] : on_topic->second) {
      asio::post(one.executor, [weak = one.listener, payload] {
        if (auto const alive = weak.lock()) alive->on_message(payload);
      });
    }
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::map<std::string, std::map<std::uint64_t, member>> members_;
};

class registration;

/// Those who listen in one execution context. Nothing may be posted there once it is being destroyed:
/// services are shut down before the scheduler, which is the oldest of them.
class presence final : public asio::execution_context::service {
 public:
  using key_type = presence;
  static inline asio::execution_context::id id;

  explicit presence(asio::execution_context& owner) : service(owner) {}

  void add(registration& one) {
    std::lock_guard const lock(mutex_);
    here_.insert(&one);
  }
  void remove(registration& one) {
    std::lock_guard const lock(mutex_);
    here_.erase(&one);
  }

 private:
  void shutdown() override;

  std::mutex mutex_;
  std::set<registration*> here_;
};

/// An entry in the directory for as long as it lives and its context runs: ends with the coroutine, however
/// that ends.
class registration {
 public:
  registration(std::shared_ptr<directory> where, std::string topic, member one)
      : presence_(asio::use_service<presence>(asio::query(one.executor, asio::execution::context))),
        directory_(std::move(where)),
        topic_(std::move(topic)),
        id_(directory_->add(topic_, std::move(one))) {
    presence_.add(*this);
  }
  registration(registration const&) = delete;
  registration& operator=(registration const&) = delete;
  ~registration() {
    presence_.remove(*this);
    leave();
  }

  void leave() { directory_->remove(topic_, id_); }

 private:
  presence& presence_;
  std::shared_ptr<directory> directory_;
  std::string topic_;
  std::uint64_t id_;
};

void presence::shutdown() {
  std::lock_guard const lock(mutex_);
  for (auto* const one : here_) one->leave();
}

class in_process_bus final : public message_bus {
 public:
  asio::awaitable<error_code> publish(std::string topic, std::string payload) override {
    if (auto const ec = check_key(topic)) co_return ec;
    directory_->post_to_all(topic, payload);
    co_return error_code{};
  }

  asio::awaitable<void> listen(std::string topic, std::shared_ptr<bus_listener> listener) override {
    auto const executor = co_await asio::this_coro::executor;
    registration const here(directory_, topic, member{executor, listener});
    listener->on_subscribed();
    event never(executor);
    auto cancellation = co_await asio::this_coro::cancellation_state;
    while (!is_cancelled(cancellation)) {
      auto waiting = never.wait();
      co_await std::move(waiting);
    }
  }

 private:
  std::shared_ptr<directory> directory_ = std::make_shared<directory>();
};

}  // namespace

std::shared_ptr<message_bus> make_in_process_bus() {
  return std::make_shared<in_process_bus>();
}

}  // namespace chronicle
