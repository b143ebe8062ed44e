// A client of chronicle-kv that reads and writes a few keys at random and has written down what it is told.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "linearizability/recorder.hpp"
#include "sim/chance.hpp"
#include "transport/http_client.hpp"

namespace chronicle::linearizability {

class kv_client {
 public:
  kv_client(int number, std::uint64_t seed, std::shared_ptr<http_client> http,
            std::shared_ptr<time_source> time, std::shared_ptr<recorder> record);

  /// One operation after the other while there are turns.
  static asio::awaitable<void> work(std::shared_ptr<kv_client> self);

 private:
  /// A write as it may be sent again, by us when we do not know what became of it, or by a proxy.
  struct sent_write {
    std::size_t key = 0;
    operation write;
    bool is_settled = true;
  };

  std::pair<std::size_t, operation> choose();
  operation choose_new(std::size_t key);
  asio::awaitable<operation> perform(std::size_t key, operation o);
  void learn(std::size_t key, operation const& o);

  int number_;
  sim::chance draws_;
  std::shared_ptr<http_client> http_;
  std::shared_ptr<time_source> time_;
  std::shared_ptr<recorder> record_;
  std::vector<std::optional<std::uint64_t>> revisions_;  // that we believe the keys to have
  std::optional<sent_write> last_write_;
};

}  // namespace chronicle::linearizability
