#include <array>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <utility>

#include "backend/rival.hpp"
#include "base/option_rules.hpp"
#include "base/waiting.hpp"
#include "chronicle/random_source.hpp"
#include "chronicle/simulation.hpp"
#include "record/codec.hpp"

namespace chronicle {
namespace {

/// What fate has in store for one operation, drawn at its beginning so that overlapping operations do not
/// change each other's.
struct fate {
  bool fails = false;
  std::uint64_t how = 0;                   ///< chooses among the ways to fail
  std::shared_ptr<random_source> details;  ///< for everything else

  fate() = default;
};

/// Flips a bit such that the value is no valid record of this key any more. Which flips that are depends on
/// the text (in 0E0 the last digit means nothing), so it asks the checks themselves.
void damage(std::string& value, std::string const& key, random_source& random) {
  for (int tries = 0; tries < 16 && !value.empty(); ++tries) {
    char& victim = value[uniform_up_to(random, value.size() - 1)];
    char const flip = static_cast<char>(1u << uniform_up_to(random, 6));
    victim = static_cast<char>(victim ^ flip);
    if (!record::decode(value, key)) return;
    victim = static_cast<char>(victim ^ flip);
  }
  value.resize(value.size() / 2);  // half a document is none
}

/// Backend operations do not throw when they are cancelled: they return what became of them.
template <class T>
asio::awaitable<T> without_throwing(asio::awaitable<T> operation) {
  bool const throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  T outcome = co_await std::move(operation);
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return outcome;
}

class simulated_backend final : public backend {
 public:
  simulated_backend(std::shared_ptr<backend> target, simulation_options const& options,
                    std::shared_ptr<time_source> time)
      : target_(std::move(target)),
        options_(checked(options)),
        time_(std::move(time)),
        random_(make_seeded_random_source(options.seed)) {
    if (options.lease_contention > 0) rival_.emplace(target_, time_, options.lease_contention, options.seed);
  }

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    fate const drawn = draw();
    return without_throwing(read(drawn, contended_get(std::move(key), drawn.details)));
  }

  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    auto writing = target_->put_if(key, std::move(value), std::move(expected), std::move(write_id));
    return without_throwing(write(draw(), std::move(key), std::move(writing)));
  }

  asio::awaitable<put_result> erase_if(std::string key, version expected) override {
    auto erasing = target_->erase_if(key, std::move(expected));
    return without_throwing(write(draw(), std::move(key), std::move(erasing)));
  }

  asio::awaitable<result<page<key_info>>> list(std::string prefix, std::string cursor,
                                               std::size_t limit) override {
    return without_throwing(read(draw(), target_->list(std::move(prefix), std::move(cursor), limit)));
  }

  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                               std::size_t limit) override {
    fate const drawn = draw();
    return without_throwing(
        read(drawn, damaged_history(std::move(key), std::move(cursor), limit, drawn.details)));
  }

  capabilities caps() const override { return target_->caps(); }

 private:
  fate draw() {
    fate drawn;
    drawn.fails = uniform(*random_) < options_.failure_rate;
    drawn.how = random_->next();
    drawn.details = make_seeded_random_source(random_->next());
    return drawn;
  }

  void maybe_damage(entry& read, std::string const& key, random_source& random) const {
    if (uniform(random) < options_.corruption_rate) damage(read.value, key, random);
  }

  asio::awaitable<error_code> half_the_latency();
  template <class T>
  asio::awaitable<result<T>> read(fate drawn, asio::awaitable<result<T>> operation);
  asio::awaitable<put_result> write(fate drawn, std::string key, asio::awaitable<put_result> operation);
  asio::awaitable<result<std::optional<entry>>> contended_get(std::string key,
                                                              std::shared_ptr<random_source> random);
  asio::awaitable<result<page<entry>>> damaged_history(std::string key, std::string cursor, std::size_t limit,
                                                       std::shared_ptr<random_source> random);

  std::shared_ptr<backend> target_;
  simulation_options options_;
  std::shared_ptr<time_source> time_;
  std::shared_ptr<random_source> random_;
  std::optional<rival> rival_;
};

asio::awaitable<error_code> simulated_backend::half_the_latency() {
  if (options_.latency.count() == 0) co_return error_code{};
  auto sleeping = sleep_until(*time_, time_->now() + boot_clock::duration(options_.latency) / 2);
  auto const ec = co_await std::move(sleeping);
  co_return ec;
}

/// A read with latency around it, or a failure in its place.
template <class T>
asio::awaitable<result<T>> simulated_backend::read(fate drawn, asio::awaitable<result<T>> operation) {
  constexpr std::array errors{errc::backend_unavailable, errc::timeout, errc::backend_failure,
                              errc::throttled};
  auto arriving = half_the_latency();
  error_code ec = co_await std::move(arriving);
  if (ec) co_return ec;
  result<T> answer = make_error_code(errors[drawn.how % errors.size()]);
  if (!drawn.fails) {
    answer = co_await std::move(operation);
  }
  auto returning = half_the_latency();
  ec = co_await std::move(returning);
  if (ec) co_return ec;
  co_return answer;
}

/// The same for a write, where what is reported and what has happened are two things.
asio::awaitable<put_result> simulated_backend::write(fate drawn, std::string key,
                                                     asio::awaitable<put_result> operation) {
  enum class fault { refused, lost, applied_but_lost };
  auto const how = static_cast<fault>(drawn.how % 3);
  bool const carried_out = !drawn.fails || how == fault::applied_but_lost;

  auto arriving = half_the_latency();
  error_code ec = co_await std::move(arriving);
  if (ec) co_return put_result(rejected(ec));
  put_result outcome;
  if (carried_out) {
    if (rival_) {
      auto visiting = rival_->before_write(key);
      co_await std::move(visiting);
    }
    outcome = co_await std::move(operation);
  }
  if (drawn.fails) {
    std::uint64_t const choice = drawn.how / 3;
    if (how == fault::refused && choice % 2 == 0)
      outcome = rejected(make_error_code(errc::throttled), milliseconds{500});
    else if (how == fault::refused)
      outcome = rejected(make_error_code(errc::backend_unavailable));
    else
      outcome = indeterminate(make_error_code(choice % 2 == 0 ? errc::timeout : errc::backend_failure));
  }
  if (auto* found = std::get_if<conflict>(&outcome); found != nullptr && found->current)
    maybe_damage(*found->current, key, *drawn.details);
  auto returning = half_the_latency();
  ec = co_await std::move(returning);
  if (ec && !std::holds_alternative<rejected>(outcome)) outcome = indeterminate(ec);
  co_return outcome;
}

asio::awaitable<result<std::optional<entry>>> simulated_backend::contended_get(
    std::string key, std::shared_ptr<random_source> random) {
  if (rival_) {
    auto visiting = rival_->before_read(key, *random);
    co_await std::move(visiting);
  }
  auto reading = target_->get(key);
  auto answer = co_await std::move(reading);
  if (answer && *answer) maybe_damage(**answer, key, *random);
  co_return answer;
}

asio::awaitable<result<page<entry>>> simulated_backend::damaged_history(
    std::string key, std::string cursor, std::size_t limit, std::shared_ptr<random_source> random) {
  auto reading = target_->history(key, std::move(cursor), limit);
  auto answer = co_await std::move(reading);
  if (answer)
    for (entry& past : answer->items) maybe_damage(past, key, *random);
  co_return answer;
}

}  // namespace

std::string find_problem(simulation_options const& o) {
  using namespace std::chrono_literals;
  auto const is_rate = [](double value) { return value >= 0 && value <= 1; };
  return first_broken({
      {is_rate(o.failure_rate), "failure_rate", "0 to 1"},
      {o.latency >= 0ms && o.latency <= 10min, "latency", "0 to 10 min"},
      {is_rate(o.corruption_rate), "corruption_rate", "0 to 1"},
      {is_rate(o.lease_contention), "lease_contention", "0 to 1"},
      {is_rate(o.messaging_failure), "messaging_failure", "0 to 1"},
  });
}

std::shared_ptr<backend> make_simulated_backend(std::shared_ptr<backend> target,
                                                simulation_options const& options,
                                                std::shared_ptr<time_source> time) {
  return std::make_shared<simulated_backend>(std::move(target), options, std::move(time));
}

}  // namespace chronicle
