// A storage of chronicle-kv around another one, which does everything. For those that change an operation or
// two.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "kv_server/storage.hpp"

namespace chronicle::test {

class forwarding_storage : public kv::storage {
 public:
  explicit forwarding_storage(std::shared_ptr<kv::storage> inner) : inner_(std::move(inner)) {}

  asio::awaitable<kv::read_outcome> read(kv::read_query query) override {
    return inner_->read(std::move(query));
  }
  asio::awaitable<kv::write_outcome> write(kv::write_command command) override {
    return inner_->write(std::move(command));
  }
  asio::awaitable<kv::list_outcome> list(kv::list_query query) override {
    return inner_->list(std::move(query));
  }
  asio::awaitable<kv::versions_outcome> versions(kv::versions_query query) override {
    return inner_->versions(std::move(query));
  }
  kv::storage_figures figures() const override { return inner_->figures(); }
  std::string ailment() const override { return inner_->ailment(); }
  void close() override { inner_->close(); }

 protected:
  kv::storage& inner() const noexcept { return *inner_; }

 private:
  std::shared_ptr<kv::storage> inner_;
};

}  // namespace chronicle::test
