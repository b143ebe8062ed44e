#include <utility>

#include "base/option_rules.hpp"
#include "base/waiting.hpp"
#include "chronicle/random_source.hpp"
#include "chronicle/simulation.hpp"

namespace chronicle {
namespace {

constexpr auto pause_between_subscriptions = std::chrono::seconds{1};

class simulated_bus final : public message_bus {
 public:
  simulated_bus(std::shared_ptr<message_bus> target, simulation_options const& options,
                std::shared_ptr<time_source> time)
      : target_(std::move(target)),
        options_(checked(options)),
        time_(std::move(time)),
        random_(make_seeded_random_source(~options.seed)) {}

  asio::awaitable<error_code> publish(std::string topic, std::string payload) override;
  asio::awaitable<void> listen(std::string topic, std::shared_ptr<bus_listener> listener) override;

 private:
  bool fails() { return uniform(*random_) < options_.messaging_failure; }

  std::shared_ptr<message_bus> target_;
  simulation_options options_;
  std::shared_ptr<time_source> time_;
  std::shared_ptr<random_source> random_;
};

asio::awaitable<error_code> simulated_bus::publish(std::string topic, std::string payload) {
  bool const failed = fails();
  bool const refused = random_->next() % 2 == 0;
  if (options_.latency.count() > 0) {
    auto travelling = sleep_until(*time_, time_->now() + options_.latency);
    error_code const ec = co_await std::move(travelling);
    if (ec) co_return ec;
  }
  if (failed && refused) co_return make_error_code(errc::messaging_unavailable);
  if (failed) co_return error_code{};
  auto publishing = target_->publish(std::move(topic), std::move(payload));
  error_code const ec = co_await std::move(publishing);
  co_return ec;
}

asio::awaitable<void> simulated_bus::listen(std::string topic, std::shared_ptr<bus_listener> listener) {
  while (fails()) {
    listener->on_interrupted(make_error_code(errc::messaging_unavailable));
    auto waiting = sleep_until(*time_, time_->now() + pause_between_subscriptions);
    error_code const ec = co_await std::move(waiting);
    if (ec) co_return;
  }
  auto listening = target_->listen(std::move(topic), std::move(listener));
  co_await std::move(listening);
}

}  // namespace

std::shared_ptr<message_bus> make_simulated_bus(std::shared_ptr<message_bus> target,
                                                simulation_options const& options,
                                                std::shared_ptr<time_source> time) {
  return std::make_shared<simulated_bus>(std::move(target), options, std::move(time));
}

}  // namespace chronicle
