#include "transport/tcp.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/errc.hpp>
#include <optional>
#include <vector>

#include "base/waiting.hpp"
#include "transport/connect_in_turn.hpp"

namespace chronicle {
namespace {

using asio::ip::tcp;

/// A handler without an executor of its own: it is called through the socket's, and asking an `io_handler`
/// for one is dear.
struct relay {
  using cancellation_slot_type = asio::cancellation_slot;

  byte_stream::io_handler handler;

  cancellation_slot_type get_cancellation_slot() const noexcept {
    return asio::get_associated_cancellation_slot(handler);
  }
  void operator()(error_code ec, std::size_t size) { std::move(handler)(ec, size); }
};

class tcp_stream final : public byte_stream {
 public:
  explicit tcp_stream(tcp::socket socket) : socket_(std::move(socket)) {
    error_code ignored;  // neither option decides about correctness
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    socket_.non_blocking(true, ignored);
  }

  asio::any_io_executor get_executor() const override { return executor_; }

  void read_some(asio::mutable_buffer into, io_handler handler) override {
    socket_.async_read_some(into, relay{std::move(handler)});
  }
  void write_some(const_buffers from, io_handler handler) override {
    socket_.async_write_some(from, relay{std::move(handler)});
  }
  std::size_t try_write_some(const_buffers const& from) override {
    error_code not_now;
    return socket_.write_some(from, not_now);
  }
  asio::awaitable<error_code> shutdown() override {
    error_code ec;
    socket_.shutdown(tcp::socket::shutdown_send, ec);
    co_return ec;
  }
  void close() noexcept override {
    error_code ignored;
    socket_.close(ignored);
  }
  bool is_quiet() override {
    std::array<char, 1> byte{};
    error_code ec;
    socket_.receive(asio::buffer(byte), asio::socket_base::message_peek, ec);
    return ec == asio::error::would_block;
  }

 private:
  tcp::socket socket_;
  asio::any_io_executor executor_ = socket_.get_executor();
};

using addresses = std::vector<endpoint>;

addresses to_addresses(tcp::resolver::results_type const& found) {
  addresses out;
  for (tcp::endpoint const at : found) out.emplace_back(at.address().to_string(), at.port());
  return out;
}

/// A look-up under way. It outlives the coroutine that asked when that is cancelled: Asio's resolver cannot
/// be.
struct lookup {
  explicit lookup(asio::any_io_executor const& executor) : resolver(executor), finished(executor) {}
  tcp::resolver resolver;
  event finished;
  std::optional<result<addresses>> outcome;
};

asio::awaitable<result<addresses>> resolve(endpoint to) {
  auto const executor = co_await asio::this_coro::executor;
  auto const asked = std::make_shared<lookup>(executor);
  asked->resolver.async_resolve(
      to.host, std::to_string(to.port), tcp::resolver::numeric_service,
      asio::bind_executor(executor, [asked](error_code ec, tcp::resolver::results_type const& found) {
        if (ec) {
          asked->outcome = result<addresses>(ec);
        } else {
          asked->outcome = result<addresses>(to_addresses(found));
        }
        asked->finished.notify_all();
      }));
  while (!asked->outcome) {
    bool const woken = co_await asked->finished.wait();
    if (woken) continue;
    asked->resolver.cancel();
    co_return error_code(asio::error::operation_aborted);
  }
  co_return std::move(*asked->outcome);
}

class tcp_connector final : public connector {
 public:
  asio::awaitable<result<std::unique_ptr<byte_stream>>> connect(endpoint to,
                                                                asio::any_io_executor executor) override {
    error_code not_an_address;
    auto const address = asio::ip::make_address(to.host, not_an_address);
    if (!not_an_address) {
      auto connecting = connect_to(tcp::endpoint(address, to.port), executor);
      co_return co_await std::move(connecting);
    }
    auto looking_up = resolve(std::move(to));
    auto found = co_await std::move(looking_up);
    if (!found) co_return found.error();
    auto trying = connect_in_turn(*this, std::move(*found), executor, time_);
    co_return co_await std::move(trying);
  }

 private:
  static asio::awaitable<result<std::unique_ptr<byte_stream>>> connect_to(tcp::endpoint address,
                                                                          asio::any_io_executor executor) {
    tcp::socket socket(executor);
    auto attempt = socket.async_connect(address, asio::as_tuple(asio::deferred));
    auto const [ec] = co_await std::move(attempt);
    if (ec) co_return ec;
    co_return std::make_unique<tcp_stream>(std::move(socket));
  }

  std::shared_ptr<time_source> time_ = make_real_time_source();
};

class tcp_listener final : public listener {
 public:
  explicit tcp_listener(tcp::acceptor acceptor) : acceptor_(std::move(acceptor)) {}

  asio::awaitable<result<std::unique_ptr<byte_stream>>> accept(asio::any_io_executor executor) override {
    auto operation = acceptor_.async_accept(executor, asio::as_tuple(asio::deferred));
    auto [ec, socket] = co_await std::move(operation);
    if (ec) co_return ec;
    co_return std::make_unique<tcp_stream>(std::move(socket));
  }

  endpoint local() const override {
    error_code ec;
    auto const at = acceptor_.local_endpoint(ec);
    return ec ? endpoint() : endpoint(at.address().to_string(), at.port());
  }

  void close() noexcept override {
    error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  tcp::acceptor acceptor_;
};

}  // namespace

std::shared_ptr<connector> make_tcp_connector() {
  return std::make_shared<tcp_connector>();
}

result<std::unique_ptr<listener>> make_tcp_listener(endpoint const& at, asio::any_io_executor executor) {
  error_code ec;
  auto const address = asio::ip::make_address(at.host, ec);
  if (ec) return error_code(asio::error::invalid_argument);
  tcp::endpoint const local(address, at.port);
  tcp::acceptor acceptor(std::move(executor));
  acceptor.open(local.protocol(), ec);
  if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.bind(local, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return ec;
  return std::make_unique<tcp_listener>(std::move(acceptor));
}

}  // namespace chronicle
