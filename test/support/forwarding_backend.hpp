// A backend around another one, which does everything. For those that change an operation or two.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "chronicle/backend.hpp"

namespace chronicle::test {

class forwarding_backend : public backend {
 public:
  explicit forwarding_backend(std::shared_ptr<backend> inner) : inner_(std::move(inner)) {}

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    return inner_->get(std::move(key));
  }
  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    return inner_->put_if(std::move(key), std::move(value), std::move(expected), std::move(write_id));
  }
  asio::awaitable<put_result> erase_if(std::string key, version expected) override {
    return inner_->erase_if(std::move(key), std::move(expected));
  }
  asio::awaitable<result<page<key_info>>> list(std::string prefix, std::string cursor,
                                               std::size_t limit) override {
    return inner_->list(std::move(prefix), std::move(cursor), limit);
  }
  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                               std::size_t limit) override {
    return inner_->history(std::move(key), std::move(cursor), limit);
  }
  capabilities caps() const override { return inner_->caps(); }

 protected:
  backend& inner() const noexcept { return *inner_; }
  void exchange_inner(std::shared_ptr<backend> other) { inner_ = std::move(other); }

 private:
  std::shared_ptr<backend> inner_;
};

}  // namespace chronicle::test
