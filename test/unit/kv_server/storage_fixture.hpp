// Runs storage operations one after the other, on either engine.
#pragma once

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "chronicle/virtual_time.hpp"
#include "kv_server/memory_storage.hpp"
#include "kv_server/sqlite_storage.hpp"
#include "support/temporary_folder.hpp"

namespace chronicle::kv::test {

enum class engine { memory, sqlite };
inline constexpr std::array engines{engine::memory, engine::sqlite};
inline std::ostream& operator<<(std::ostream& out, engine e) {
  return out << (e == engine::memory ? "memory" : "sqlite");
}

/// A store of three versions per key on virtual time.
struct store_under_test {
  std::shared_ptr<virtual_time> time = std::make_shared<virtual_time>();
  asio::io_context context;
  chronicle::test::temporary_folder folder;
  sqlite_options options;
  std::shared_ptr<storage> store;

  explicit store_under_test(engine e) {
    options.path = folder.file("store.db");
    options.keep.versions = 3;
    options.boot_name = "boot-1";
    if (e == engine::memory) {
      store = make_memory_storage(options.keep, time);
    } else {
      reopen();
    }
  }

  ~store_under_test() {
    if (store) store->close();
  }

  /// Ends the SQLite store and opens its file anew, as a restart does.
  void reopen() {
    if (store) store->close();
    store = open_sqlite_storage(options, time);
  }

  /// Runs one operation to its end; the SQLite engine finishes it from another thread.
  template <class T>
  T run(asio::awaitable<T> operation) {
    std::optional<T> value;
    asio::co_spawn(context, std::move(operation), [&](std::exception_ptr thrown, T v) {
      if (thrown) std::rethrow_exception(thrown);
      value.emplace(std::move(v));
    });
    context.restart();
    context.run();
    return std::move(value.value());
  }

  write_outcome write(write_command command) { return run(store->write(std::move(command))); }
  read_outcome read(std::string name, std::optional<std::uint64_t> as_of = std::nullopt) {
    return run(store->read(read_query(record_key("space", std::move(name)), as_of)));
  }

  std::uint64_t put(std::string name, precondition expected, std::string value, std::string write_id = {}) {
    return std::get<written>(
               write(make_put(std::move(name), std::move(expected), std::move(value), std::move(write_id))))
        .revision;
  }
  std::uint64_t create(std::string name, std::string value) {
    return put(std::move(name), precondition::must_be_absent(), std::move(value));
  }
  std::uint64_t erase(std::string name, std::uint64_t revision) {
    return std::get<written>(write(make_erase(std::move(name), revision))).revision;
  }

  static write_command make_put(std::string name, precondition expected, std::string value,
                                std::string write_id = {}) {
    write_command command;
    command.key = record_key("space", std::move(name));
    command.expected = std::move(expected);
    command.digest = "digest of " + value;
    command.value = std::move(value);
    command.write_id = std::move(write_id);
    command.want_current = true;
    return command;
  }
  static write_command make_erase(std::string name, std::uint64_t revision, std::string write_id = {}) {
    write_command command;
    command.key = record_key("space", std::move(name));
    command.expected = precondition::must_be(revision);
    command.write_id = std::move(write_id);
    return command;
  }
};

}  // namespace chronicle::kv::test
