// Every write of a server is noted as it is sent, before a backend of whatever kind carries it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "sim/chance.hpp"
#include "sim/cloud.hpp"
#include "sim/ledger.hpp"
#include "sim/stage.hpp"
#include "support/forwarding_backend.hpp"

namespace chronicle::sim {

class watched_backend final : public test::forwarding_backend {
 public:
  /// `draws` decides when an ambush strikes.
  watched_backend(stage& on, ledger& storage, chance& draws, std::shared_ptr<host> from,
                  std::shared_ptr<backend> below)
      : forwarding_backend(std::move(below)),
        on_(on),
        storage_(storage),
        draws_(draws),
        from_(std::move(from)) {}

  /// The circuit of this server has opened for so long.
  void note_open(milliseconds how_long);
  /// How often a record was asked for or written.
  std::size_t requests_for(std::string const& key) const {
    auto const known = requests_.find(key);
    return known == requests_.end() ? 0 : known->second;
  }

  // Coroutines, for what is asked for and not awaited was refused leave by the breaker.
  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    note_request(key);
    auto getting = inner().get(std::move(key));
    co_return co_await std::move(getting);
  }
  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override;
  asio::awaitable<put_result> erase_if(std::string key, version expected) override;
  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                               std::size_t limit) override {
    note_request(key);
    auto asking = inner().history(std::move(key), std::move(cursor), limit);
    co_return co_await std::move(asking);
  }

 private:
  void note_request(std::string const& key);

  stage& on_;
  ledger& storage_;
  chance& draws_;
  std::shared_ptr<host> from_;
  std::map<std::string, int> in_flight_;  // by session
  time_point opened_at_{};
  time_point open_until_{};
  std::map<std::string, std::size_t> requests_;  // by record
  std::optional<time_point> last_while_open_;
};

}  // namespace chronicle::sim
