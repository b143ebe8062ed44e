// The rival server of simulation mode: takes free leases, holds them in the records themselves and gives them
// back.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "chronicle/backend.hpp"
#include "chronicle/random_source.hpp"
#include "chronicle/time_source.hpp"
#include "record/record.hpp"

namespace chronicle {

/// Acts when somebody else comes to a key, so it needs no executor of its own and every run of it is the
/// same. Between visits nobody could tell the difference. Safe to call from several threads.
class rival {
 public:
  /// `contention` is the probability that it takes a lease it finds free. Both pointers must not be null.
  rival(std::shared_ptr<backend> target, std::shared_ptr<time_source> time, double contention,
        std::uint64_t seed);

  /// Somebody is about to read `key`.
  asio::awaitable<void> before_read(std::string key, random_source& random);
  /// Somebody is about to write `key`.
  asio::awaitable<void> before_write(std::string key);

 private:
  struct holding {
    version ver;
    record::header head;
    boost::json::object data;
    time_point until{};
    bool lively = false;

    holding() = default;
  };
  /// What it remembers of a key.
  struct memory {
    std::optional<holding> held;
    std::uint64_t last_generation =
        0;              ///< of the last lease it had; it wants no more until there is a later one
    bool busy = false;  ///< a visit is under way, and another one would trip over it
  };

  /// The right to be the one visit to a key, until destroyed.
  class visit {
   public:
    visit(rival& host, std::string const& key);
    ~visit();
    visit(visit const&) = delete;
    visit& operator=(visit const&) = delete;
    bool is_ours() const noexcept { return ours_; }

   private:
    rival& host_;
    std::string key_;
    bool ours_;
  };

  asio::awaitable<void> tend(std::string key);
  asio::awaitable<void> consider(std::string key, random_source& random);
  asio::awaitable<std::optional<version>> write(holding const& next, std::optional<version> expected);
  void keep(std::string const& key, std::optional<holding> held, std::uint64_t generation);

  std::shared_ptr<backend> target_;
  std::shared_ptr<time_source> time_;
  std::shared_ptr<id_source> ids_;
  double contention_;
  std::mutex mutex_;
  std::map<std::string, memory> keys_;
};

}  // namespace chronicle
