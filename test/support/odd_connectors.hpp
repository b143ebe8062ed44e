// Connectors that behave as few do, but some.
#pragma once

#include <boost/asio/append.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "base/waiting.hpp"
#include "transport/connector.hpp"

namespace chronicle::test {

/// Its streams can be made to refuse writes while they look as quiet as ever.
class fragile_connector final : public connector {
 public:
  explicit fragile_connector(std::shared_ptr<connector> below) : below_(std::move(below)) {}

  asio::awaitable<result<std::unique_ptr<byte_stream>>> connect(endpoint to,
                                                                asio::any_io_executor executor) override {
    auto below = co_await below_->connect(std::move(to), executor);
    if (!below) co_return below.error();
    co_return std::make_unique<fragile_stream>(std::move(*below), unbroken_);
  }

  void break_all() {
    *unbroken_ = false;
    unbroken_ = std::make_shared<bool>(true);
  }

 private:
  class fragile_stream final : public byte_stream {
   public:
    fragile_stream(std::unique_ptr<byte_stream> below, std::shared_ptr<bool> unbroken)
        : below_(std::move(below)), unbroken_(std::move(unbroken)) {}
    asio::any_io_executor get_executor() const override { return below_->get_executor(); }
    void read_some(asio::mutable_buffer into, io_handler handler) override {
      below_->read_some(into, std::move(handler));
    }
    void write_some(const_buffers from, io_handler handler) override {
      if (*unbroken_) return below_->write_some(std::move(from), std::move(handler));
      asio::post(get_executor(), asio::append(std::move(handler), error_code(asio::error::broken_pipe), 0u));
    }
    asio::awaitable<error_code> shutdown() override { return below_->shutdown(); }
    void close() noexcept override { below_->close(); }
    bool is_quiet() override { return below_->is_quiet(); }

   private:
    std::unique_ptr<byte_stream> below_;
    std::shared_ptr<bool> unbroken_;
  };

  std::shared_ptr<connector> below_;
  std::shared_ptr<bool> unbroken_ = std::make_shared<bool>(true);
};

/// Takes two steps to connect, the first of five seconds, and does not ask in between whether it was
/// cancelled.
class two_step_connector final : public connector {
 public:
  two_step_connector(std::shared_ptr<connector> below, std::shared_ptr<time_source> time)
      : below_(std::move(below)), time_(std::move(time)) {}

  asio::awaitable<result<std::unique_ptr<byte_stream>>> connect(endpoint to,
                                                                asio::any_io_executor executor) override {
    auto first = sleep_until(*time_, time_->now() + std::chrono::seconds(5));
    co_await std::move(first);
    auto second = below_->connect(std::move(to), executor);
    co_return co_await std::move(second);
  }

 private:
  std::shared_ptr<connector> below_;
  std::shared_ptr<time_source> time_;
};

}  // namespace chronicle::test
