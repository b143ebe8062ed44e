#include <boost/asio/error.hpp>
#include <deque>
#include <map>

#include "base/waiting.hpp"
#include "transport/memory_stream.hpp"

namespace chronicle {
namespace {

/// What a listener has not accepted yet.
struct backlog {
  explicit backlog(asio::any_io_executor e) : executor(std::move(e)), changed(executor) {}

  asio::any_io_executor executor;
  event changed;
  std::deque<std::unique_ptr<byte_stream>> waiting;
  bool closed = false;
};

class memory_listener final : public listener {
 public:
  memory_listener(endpoint at, std::shared_ptr<backlog> log) : at_(std::move(at)), backlog_(std::move(log)) {}
  ~memory_listener() override { memory_listener::close(); }

  asio::awaitable<result<std::unique_ptr<byte_stream>>> accept(asio::any_io_executor) override {
    auto const log = backlog_;
    while (log->waiting.empty() && !log->closed) {
      bool const woken = co_await log->changed.wait();
      if (!woken) co_return asio::error::operation_aborted;
    }
    if (log->closed) co_return asio::error::operation_aborted;
    auto stream = std::move(log->waiting.front());
    log->waiting.pop_front();
    co_return stream;
  }

  endpoint local() const override { return at_; }

  void close() noexcept override {
    backlog_->closed = true;
    backlog_->waiting.clear();
    backlog_->changed.notify_all();
  }

 private:
  endpoint at_;
  std::shared_ptr<backlog> backlog_;
};

}  // namespace

class memory_network::state {
 public:
  explicit state(link_maker make_link) : make_link_(std::move(make_link)) {}

  std::shared_ptr<backlog> find(endpoint const& at) const {
    auto const found = listeners_.find(at);
    auto log = found == listeners_.end() ? nullptr : found->second.lock();
    return log && !log->closed ? log : nullptr;
  }

  result<memory_link> link_to(endpoint const& to) const {
    return make_link_ ? make_link_(to) : memory_link{};
  }

  result<std::unique_ptr<listener>> listen(endpoint at, asio::any_io_executor executor) {
    if (at.port == 0) {
      do at.port = ++last_port_;
      while (find(at));
    } else if (find(at)) {
      return asio::error::address_in_use;
    }
    auto log = std::make_shared<backlog>(std::move(executor));
    listeners_[at] = log;
    return std::make_unique<memory_listener>(std::move(at), std::move(log));
  }

 private:
  link_maker make_link_;
  std::map<endpoint, std::weak_ptr<backlog>> listeners_;
  std::uint16_t last_port_ = 49151;
};

memory_network::memory_network(link_maker make_link)
    : state_(std::make_shared<state>(std::move(make_link))) {}
memory_network::~memory_network() = default;

result<std::unique_ptr<listener>> memory_network::listen(endpoint at, asio::any_io_executor executor) {
  return state_->listen(std::move(at), std::move(executor));
}

asio::awaitable<result<std::unique_ptr<byte_stream>>> memory_network::connect(
    endpoint to, asio::any_io_executor executor) {
  auto const network = state_;
  auto link = network->link_to(to);
  if (!link) co_return link.error();
  if (link->connect_delay.count() > 0) {
    auto const ec = co_await sleep_until(*link->time, link->time->now() + link->connect_delay);
    if (ec) co_return ec;
  }
  auto const log = network->find(to);
  if (!log) co_return asio::error::connection_refused;
  auto [client, server] = make_memory_streams(std::move(executor), log->executor, std::move(*link));
  log->waiting.push_back(std::move(server));
  log->changed.notify_all();
  co_return std::unique_ptr<byte_stream>(std::move(client));
}

}  // namespace chronicle
