#include "chaos/fault_proxy.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <list>
#include <utility>

#include "base/waiting.hpp"
#include "sim/chance.hpp"

namespace chronicle::chaos {
namespace {

using asio::ip::tcp;

/// A client's connection and the one to the server that belongs to it.
struct link {
  tcp::socket client, server;
  bool swallows_replies = false;  ///< the next bytes of the server end the connection instead

  explicit link(tcp::socket accepted) : client(std::move(accepted)), server(client.get_executor()) {}

  void cut() {
    error_code ignored;
    for (auto* socket : {&client, &server}) {
      // With a reset, as a crash does, so that nobody takes it for an orderly end.
      socket->set_option(asio::socket_base::linger(true, 0), ignored);
      socket->close(ignored);
    }
  }
};

std::size_t length_of_body(std::string_view head) {
  constexpr std::string_view name = "\r\nContent-Length: ";
  auto const at = head.find(name);
  return at == head.npos ? 0 : std::stoul(std::string(head.substr(at + name.size(), 20)));
}

asio::awaitable<bool> write_to(tcp::socket& socket, std::string const& bytes) {
  auto writing = asio::async_write(socket, asio::buffer(bytes), asio::as_tuple(asio::deferred));
  auto const [ec, size] = co_await std::move(writing);
  co_return !ec;
}

/// The next request, whole; empty when there is none any more.
asio::awaitable<std::string> read_request(tcp::socket& socket, std::string& received) {
  auto reading = asio::async_read_until(socket, asio::dynamic_buffer(received), "\r\n\r\n",
                                        asio::as_tuple(asio::deferred));
  auto const [ec, head] = co_await std::move(reading);
  if (ec) co_return std::string();
  auto const size = head + length_of_body(received);
  if (received.size() < size) {
    auto more =
        asio::async_read(socket, asio::dynamic_buffer(received),
                         asio::transfer_exactly(size - received.size()), asio::as_tuple(asio::deferred));
    auto const [failed, n] = co_await std::move(more);
    if (failed) co_return std::string();
  }
  std::string request = received.substr(0, size);
  received.erase(0, size);
  co_return request;
}

}  // namespace

std::string fault_counts::to_string() const {
  return std::to_string(passed) + " requests passed, " + std::to_string(delayed) + " delayed, " +
         std::to_string(requests_lost) + " lost, " + std::to_string(replies_lost) + " replies lost, " +
         std::to_string(duplicated) + " duplicated, " + std::to_string(ghosts) +
         " delivered after their caller left";
}

class fault_proxy::core : public std::enable_shared_from_this<core> {
 public:
  core(asio::any_io_executor executor, std::shared_ptr<time_source> time, std::uint16_t server_port,
       std::uint64_t seed)
      : time_(std::move(time)),
        server_(asio::ip::address_v4::loopback(), server_port),
        draws_(seed, 1),
        acceptor_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

  void start() { asio::co_spawn(acceptor_.get_executor(), accept(shared_from_this()), asio::detached); }
  void stop() {
    error_code ignored;
    acceptor_.close(ignored);
    cut_all();
  }
  void cut_all() {
    for (auto const& weak : links_)
      if (auto const open = weak.lock()) open->cut();
    links_.clear();
  }

  tcp::acceptor const& acceptor() const { return acceptor_; }
  fault_rates rates;
  fault_counts counts;

 private:
  // Coroutines own what they use: they may outlive the proxy.
  static asio::awaitable<void> accept(std::shared_ptr<core> self);
  static asio::awaitable<void> serve(std::shared_ptr<core> self, std::shared_ptr<link> open);
  static asio::awaitable<void> pass_replies(std::shared_ptr<link> open);
  static asio::awaitable<void> deliver_later(std::shared_ptr<core> self, std::string request);

  asio::awaitable<bool> forward(link& open, std::string request);
  bool befalls(double rate) { return (chance_left_ -= rate) < 0; }
  time_point some_time_later() { return time_->now() + draws_.between(milliseconds(0), rates.longest_delay); }
  void send_a_copy(std::string request) {
    asio::co_spawn(acceptor_.get_executor(), deliver_later(shared_from_this(), std::move(request)),
                   asio::detached);
  }

  std::shared_ptr<time_source> time_;
  tcp::endpoint server_;
  sim::chance draws_;
  tcp::acceptor acceptor_;
  std::list<std::weak_ptr<link>> links_;
  double chance_left_ = 0;
};

asio::awaitable<void> fault_proxy::core::accept(std::shared_ptr<core> self) {
  while (true) {
    auto accepting = self->acceptor_.async_accept(asio::as_tuple(asio::deferred));
    auto [ec, socket] = co_await std::move(accepting);
    if (!self->acceptor_.is_open()) co_return;
    if (ec) continue;
    auto const open = std::make_shared<link>(std::move(socket));
    self->links_.remove_if([](auto const& weak) { return weak.expired(); });
    self->links_.push_back(open);
    asio::co_spawn(self->acceptor_.get_executor(), serve(self, open), asio::detached);
  }
}

asio::awaitable<void> fault_proxy::core::serve(std::shared_ptr<core> self, std::shared_ptr<link> open) {
  auto connecting = open->server.async_connect(self->server_, asio::as_tuple(asio::deferred));
  auto const [ec] = co_await std::move(connecting);
  if (ec || !open->client.is_open()) {
    open->cut();
    co_return;
  }
  error_code ignored;
  for (auto* socket : {&open->client, &open->server}) socket->set_option(tcp::no_delay(true), ignored);
  asio::co_spawn(open->client.get_executor(), pass_replies(open), asio::detached);
  std::string received;
  while (true) {
    auto reading = read_request(open->client, received);
    std::string request = co_await std::move(reading);
    if (request.empty()) break;
    auto forwarding = self->forward(*open, std::move(request));
    bool const goes_on = co_await std::move(forwarding);
    if (!goes_on) break;
  }
  if (!open->swallows_replies) open->cut();
}

/// Decides what befalls the request. False when the connection is of no use any more.
asio::awaitable<bool> fault_proxy::core::forward(link& open, std::string request) {
  chance_left_ = draws_.fraction();
  if (befalls(rates.lose_request)) {
    ++counts.requests_lost;
    co_return false;
  }
  if (befalls(rates.ghost)) {
    ++counts.ghosts;
    send_a_copy(std::move(request));
    co_return false;
  }
  if (befalls(rates.duplicate)) {
    ++counts.duplicated;
    send_a_copy(request);
  } else if (befalls(rates.lose_reply)) {
    ++counts.replies_lost;
    open.swallows_replies = true;
  } else if (befalls(rates.delay)) {
    ++counts.delayed;
    auto sleeping = sleep_until(*time_, some_time_later());
    co_await std::move(sleeping);
  } else {
    ++counts.passed;
  }
  auto writing = write_to(open.server, request);
  bool const written = co_await std::move(writing);
  co_return written && !open.swallows_replies;
}

asio::awaitable<void> fault_proxy::core::pass_replies(std::shared_ptr<link> open) {
  std::array<char, 16 * 1024> room{};
  while (true) {
    auto reading = open->server.async_read_some(asio::buffer(room), asio::as_tuple(asio::deferred));
    auto const [ec, size] = co_await std::move(reading);
    if (ec || open->swallows_replies) break;
    auto writing =
        asio::async_write(open->client, asio::buffer(room.data(), size), asio::as_tuple(asio::deferred));
    auto const [failed, written] = co_await std::move(writing);
    if (failed) break;
  }
  open->cut();
}

asio::awaitable<void> fault_proxy::core::deliver_later(std::shared_ptr<core> self, std::string request) {
  auto sleeping = sleep_until(*self->time_, self->some_time_later());
  co_await std::move(sleeping);
  tcp::socket socket(self->acceptor_.get_executor());
  auto connecting = socket.async_connect(self->server_, asio::as_tuple(asio::deferred));
  auto const [ec] = co_await std::move(connecting);
  if (ec) co_return;
  auto writing = write_to(socket, request);
  co_await std::move(writing);
  // Waits for the reply that nobody wants, or the server might take the request for abandoned.
  std::array<char, 4096> unwanted{};
  auto reading = socket.async_read_some(asio::buffer(unwanted), asio::as_tuple(asio::deferred));
  co_await std::move(reading);
}

fault_proxy::fault_proxy(asio::any_io_executor executor, std::shared_ptr<time_source> time,
                         std::uint16_t server_port, std::uint64_t seed)
    : core_(std::make_shared<core>(std::move(executor), std::move(time), server_port, seed)) {
  core_->start();
}
fault_proxy::~fault_proxy() {
  core_->stop();
}
std::uint16_t fault_proxy::port() const {
  return core_->acceptor().local_endpoint().port();
}
void fault_proxy::set_rates(fault_rates rates) {
  core_->rates = rates;
}
void fault_proxy::cut_all() {
  core_->cut_all();
}
fault_counts const& fault_proxy::counts() const {
  return core_->counts;
}

}  // namespace chronicle::chaos
