// A store with open profiles on a chronicle-kv of its own, as the benchmarks that need a server use it.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "chronicle/chronicle.hpp"
#include "support/kv_process.hpp"

namespace chronicle::bench {

/// Waits for all of `coroutines`; throws what one of them throws.
void run_all(asio::io_context& context, std::vector<asio::awaitable<void>> coroutines);

/// One event loop, one thread. The server keeps its records in memory and is a process of its own.
class game {
 public:
  /// `connections` are the most the client uses.
  explicit game(std::size_t connections, lease_options lease = {});

  asio::io_context& context() noexcept { return context_; }
  store& players() noexcept { return *players_; }
  backend& storage() noexcept { return *storage_; }
  std::uint16_t port() const noexcept { return server_.port(); }

  /// Opens `count` profiles with `document` as their data.
  std::vector<profile> open(std::size_t count, boost::json::object const& document);
  /// What the server holds for a profile.
  std::string stored(profile const& of);

 private:
  asio::awaitable<void> open_one(std::string key, boost::json::object const& document, profile& into);

  test::kv_process server_;
  asio::io_context context_{1};
  std::shared_ptr<backend> storage_;
  std::unique_ptr<store> players_;
};

}  // namespace chronicle::bench
