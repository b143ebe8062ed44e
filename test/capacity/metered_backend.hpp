// A backend as one server sees it: counts its requests by the second, takes its time, and is silent during
// an outage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/waiting.hpp"
#include "support/forwarding_backend.hpp"

namespace chronicle::capacity {

/// Requests of all servers, by the second they were sent in. Sent, not answered: this is the load.
struct meter {
  std::vector<std::uint32_t> by_second;
  std::uint64_t requests = 0;
  time_point silent_until{};  ///< nobody gets an answer before

  void count(time_point now) {
    auto const second = static_cast<std::size_t>(now.time_since_epoch() / std::chrono::seconds(1));
    if (by_second.size() <= second) by_second.resize(second + 1);
    ++by_second[second];
    ++requests;
  }
};

class metered_backend final : public test::forwarding_backend {
 public:
  metered_backend(std::shared_ptr<backend> storage, std::shared_ptr<meter> reading,
                  std::shared_ptr<time_source> time, milliseconds latency)
      : forwarding_backend(std::move(storage)),
        meter_(std::move(reading)),
        time_(std::move(time)),
        latency_(latency) {}

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    auto travelling = travel();
    bool const arrived = co_await std::move(travelling);
    if (!arrived) co_return make_error_code(errc::timeout);
    auto reading = inner().get(std::move(key));
    auto read = co_await std::move(reading);
    co_return read;
  }
  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    auto travelling = travel();
    bool const arrived = co_await std::move(travelling);
    if (!arrived) co_return put_result(indeterminate(make_error_code(errc::timeout)));
    auto writing = inner().put_if(std::move(key), std::move(value), std::move(expected), std::move(write_id));
    auto outcome = co_await std::move(writing);
    co_return outcome;
  }
  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                               std::size_t limit) override {
    meter_->count(time_->now());
    return forwarding_backend::history(std::move(key), std::move(cursor), limit);
  }

 private:
  /// False when the caller gave up on the way.
  asio::awaitable<bool> travel() {
    meter_->count(time_->now());
    co_await asio::this_coro::throw_if_cancelled(false);
    bool const silent = time_->now() < meter_->silent_until;
    auto waiting = sleep_until(*time_, silent ? time_point::max() : time_->now() + latency_);
    error_code const cancelled = co_await std::move(waiting);
    co_return !cancelled;
  }

  std::shared_ptr<meter> meter_;
  std::shared_ptr<time_source> time_;
  milliseconds latency_;
};

}  // namespace chronicle::capacity
