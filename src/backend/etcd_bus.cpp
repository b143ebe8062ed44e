#include "backend/etcd_bus.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdio>
#include <mutex>
#include <vector>

#include "backend/etcd_client.hpp"
#include "backend/etcd_dialect.hpp"
#include "backend/etcd_watch.hpp"
#include "backend/subscription.hpp"
#include "base/launch.hpp"
#include "base/option_rules.hpp"
#include "base/strand.hpp"
#include "base/waiting.hpp"
#include "chronicle/backend.hpp"
#include "transport/percent.hpp"
#include "transport/tcp.hpp"

namespace chronicle {
namespace {

constexpr std::size_t most_payload = 64 * 1024;

/// What every coroutine of the bus shares, so that none needs the bus itself to stay. Writes keys that
/// expire.
class messages {
 public:
  messages(std::shared_ptr<etcd_client> c, etcd_options const& where, etcd_bus_options const& o,
           std::shared_ptr<time_source> t, std::shared_ptr<random_source> r)
      : client(std::move(c)),
        options(o),
        time(std::move(t)),
        random(std::move(r)),
        patience(where.request_timeout),
        largest(where.max_response_bytes),
        prefix_(where.name_space + "/bus/") {}

  /// What the keys of a topic begin with, and no other's.
  std::string prefix_of(std::string const& topic) const { return prefix_ + percent_encode(topic) + "/"; }

  std::string make_name() const {
    char text[33];
    auto const high = static_cast<unsigned long long>(random->next());
    auto const low = static_cast<unsigned long long>(random->next());
    std::snprintf(text, sizeof text, "%016llx%016llx", high, low);
    return text;
  }

  /// Keeps `self` alive.
  static asio::awaitable<error_code> put(std::shared_ptr<messages> self, std::string key, std::string value) {
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    for (bool again = false;; again = true) {
      auto asking = self->find_lease();
      auto const lease = co_await std::move(asking);
      if (!lease) co_return lease.error();
      if (is_cancelled(cancellation)) co_return error_code(asio::error::operation_aborted);
      auto sending = self->client->send(etcd::ask_put(key, value, *lease));
      auto const outcome = co_await std::move(sending);
      bool const gone = !again && etcd::says_no_such_lease(outcome) && !is_cancelled(cancellation);
      if (!gone) co_return etcd::read_success(outcome);
      self->forget_lease(*lease);
    }
  }

  std::shared_ptr<etcd_client> client;
  etcd_bus_options options;
  std::shared_ptr<time_source> time;
  std::shared_ptr<random_source> random;
  milliseconds patience;
  std::size_t largest;  // piece of a watch

 private:
  /// The lease to put the next key under: one serves many messages.
  asio::awaitable<result<std::string>> find_lease() {
    {
      std::lock_guard const lock(mutex_);
      if (!lease_.empty() && time->now() < good_until_) co_return lease_;
    }
    auto const asked = time->now();
    auto granting = client->send(etcd::ask_lease(options.message_lifetime.count()));
    auto const outcome = co_await std::move(granting);
    auto granted = etcd::read_text(outcome, "ID");
    if (!granted) co_return granted.error();
    std::lock_guard const lock(mutex_);
    lease_ = *granted;
    good_until_ = asked + options.message_lifetime / 2;
    co_return granted;
  }

  void forget_lease(std::string const& lease) {
    std::lock_guard const lock(mutex_);
    if (lease_ == lease) lease_.clear();
  }

  std::string prefix_;
  std::mutex mutex_;
  std::string lease_;
  time_point good_until_{};
};

class etcd_subscription final : public subscription {
 public:
  etcd_subscription(std::shared_ptr<messages> parts, std::string const& topic,
                    std::shared_ptr<bus_listener> listener)
      : subscription(*parts->time, *parts->random, make_pauses(parts->options), std::move(listener)),
        parts_(std::move(parts)),
        prefix_(parts_->prefix_of(topic)),
        heartbeat_key_(prefix_ + "heartbeat") {}

 private:
  asio::awaitable<error_code> listen_once() override {
    while (true) {
      auto watching = watch();
      auto const why = co_await std::move(watching);
      if (!compacted_ || is_cancelled()) co_return why;
      compacted_ = false;
      auto catching_up = catch_up();
      auto const ec = co_await std::move(catching_up);
      if (ec || is_cancelled()) co_return ec;
    }
  }

  asio::awaitable<error_code> watch() {
    auto opening = parts_->client->open_watch(etcd::ask_watch_prefix(prefix_, next_));
    auto opened = co_await std::move(opening);
    if (opened.ec || is_cancelled()) co_return opened.ec;
    if (opened.response.status != 200) {
      auto explaining = explain(opened);
      auto const why = co_await std::move(explaining);
      co_return why;
    }
    heard_ = parts_->time->now();
    auto const executor = co_await asio::this_coro::executor;
    auto group =
        asio::experimental::make_parallel_group(asio::co_spawn(executor, hear(opened), asio::deferred),
                                                asio::co_spawn(executor, beat(), asio::deferred));
    auto both = group.async_wait(asio::experimental::wait_for_one(), asio::deferred);
    auto const [order, thrown, why, beat_thrown] = co_await std::move(both);
    if (thrown) co_return to_error_code(thrown);
    // Dead, or its end: the next member may be better.
    if (!is_cancelled() && !compacted_ && why != errc::unauthorized)
      parts_->client->give_up_on(opened.member);
    co_return why;
  }

  /// Why there is no stream. The answer's body says it.
  asio::awaitable<error_code> explain(etcd_client::watch opened) {
    auto reading = opened.stream->read_some(parts_->time->now() + parts_->patience);
    auto body = co_await std::move(reading);
    if (body) opened.response.body = std::move(*body);
    if (etcd::asks_for_token(opened)) parts_->client->token_refused(opened.token);
    co_return etcd::describe(opened.response);
  }

  asio::awaitable<error_code> hear(etcd_client::watch opened) {
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    etcd::watch_parser parser(parts_->largest);
    while (!chronicle::is_cancelled(cancellation)) {
      auto reading = opened.stream->read_some(parts_->time->now() + parts_->options.silence_limit);
      auto const bytes = co_await std::move(reading);
      if (!bytes) co_return bytes.error();
      if (bytes->empty()) co_return error_code(asio::error::eof);
      heard_ = parts_->time->now();
      std::vector<etcd::watch_message> completed;
      auto const ec = parser.feed(*bytes, completed);
      for (auto& message : completed) {
        if (is_behind(message)) {
          next_ = message.at + 1;
          co_return make_error_code(errc::backend_failure);
        }
        take(message);
        if (message.wants_token) parts_->client->token_refused(opened.token);
        if (message.ended) co_return message.ended;
      }
      if (ec == errc::response_too_large) next_ = 0;  // more has come together than we can take: start afresh
      if (ec) co_return ec;
    }
    co_return error_code(asio::error::operation_aborted);
  }

  /// Whether a watch begins before what was seen already: the member lags behind, or the cluster went back in
  /// time (restored, made anew) and would be silent until it is there again. What is heard twice does no
  /// harm.
  bool is_behind(etcd::watch_message const& message) const {
    return message.created && message.at > 0 && next_ > message.at + 1;
  }

  void take(etcd::watch_message& message) {
    compacted_ = message.compacted > 0;
    if (message.created) {
      if (next_ == 0) next_ = message.at + 1;
      on_subscribed();
    }
    for (auto& event : message.events) take(std::move(event.what), event.erased);
  }

  void take(etcd::stored what, bool erased) {
    next_ = std::max(next_, what.modified + 1);
    if (!erased && what.key != heartbeat_key_) on_message(std::move(what.value));
  }

  /// Where the events from `next_` on have been compacted: what is still there.
  asio::awaitable<error_code> catch_up() {
    auto asking = parts_->client->send(etcd::ask_values_since(prefix_, next_ - 1));
    auto const outcome = co_await std::move(asking);
    auto missed = etcd::read_range(outcome);
    if (!missed) co_return missed.error();
    for (auto& one : missed->items) take(std::move(one), false);
    next_ = missed->at + 1;
    co_return error_code();
  }

  /// Makes etcd say something when it was silent for long. Whether that arrives is what `hear` waits for.
  asio::awaitable<void> beat() {
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    auto& time = *parts_->time;
    auto const period = parts_->options.heartbeat;
    auto due = heard_ + period;
    while (!chronicle::is_cancelled(cancellation)) {
      auto sleeping = sleep_until(time, due);
      auto const ec = co_await std::move(sleeping);
      if (ec) co_return;
      due = heard_ + period;
      if (time.now() < due) continue;
      due = time.now() + period;
      auto putting = messages::put(parts_, heartbeat_key_, "");
      co_await std::move(putting);
    }
  }

  std::shared_ptr<messages> parts_;
  std::string prefix_;
  std::string heartbeat_key_;
  etcd::revision next_ = 0;  // to be watched from; 0: from now on
  bool compacted_ = false;
  time_point heard_{};
};

class etcd_bus final : public message_bus {
 public:
  explicit etcd_bus(std::shared_ptr<messages> parts) : parts_(std::move(parts)) {}

  asio::awaitable<error_code> publish(std::string topic, std::string payload) override {
    if (auto const ec = check_key(topic)) co_return ec;
    if (payload.empty()) co_return error_code(asio::error::invalid_argument);
    if (payload.size() > most_payload) co_return make_error_code(errc::value_too_large);
    auto putting = messages::put(parts_, parts_->prefix_of(topic) + parts_->make_name(), std::move(payload));
    auto const ec = co_await std::move(putting);
    co_return ec;
  }

  asio::awaitable<void> listen(std::string topic, std::shared_ptr<bus_listener> listener) override {
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(cancellation)) co_return;
    auto const executor = co_await asio::this_coro::executor;
    auto const mine = strand_type::from(executor);
    strand_type const strand = mine ? *mine : strand_type(executor);
    auto listening =
        run_on(strand, executor, listen_on_strand(parts_, std::move(topic), std::move(listener)));
    co_await std::move(listening);
  }

 private:
  /// Several coroutines share a subscription.
  static asio::awaitable<result<bool>> listen_on_strand(std::shared_ptr<messages> parts, std::string topic,
                                                        std::shared_ptr<bus_listener> listener) {
    etcd_subscription here(std::move(parts), topic, std::move(listener));
    auto listening = here.run();
    co_await std::move(listening);
    co_return true;
  }

  std::shared_ptr<messages> parts_;
};

}  // namespace

std::string find_problem(etcd_bus_options const& options) {
  using namespace std::chrono_literals;
  if (auto problem = find_subscription_problem(options); !problem.empty()) return problem;
  return first_broken({
      {options.heartbeat >= 100ms && options.heartbeat <= 30min, "heartbeat", "100 ms to 30 min"},
      {options.silence_limit > options.heartbeat, "silence_limit", "more than heartbeat"},
      {options.message_lifetime >= 10s && options.message_lifetime <= 1h, "message_lifetime", "10 s to 1 h"},
  });
}

std::shared_ptr<message_bus> make_etcd_bus_over(std::shared_ptr<connector> below,
                                                asio::any_io_executor executor, etcd_options const& where,
                                                etcd_bus_options const& options,
                                                std::shared_ptr<time_source> time,
                                                std::shared_ptr<random_source> random) {
  auto client = std::make_shared<etcd_client>(std::move(executor), where, time, std::move(below));
  return std::make_shared<etcd_bus>(std::make_shared<messages>(std::move(client), where, checked(options),
                                                               std::move(time), std::move(random)));
}

std::shared_ptr<message_bus> make_etcd_bus(asio::any_io_executor executor, etcd_options const& where,
                                           etcd_bus_options const& options, std::shared_ptr<time_source> time,
                                           std::shared_ptr<random_source> random) {
  if (!time) time = make_real_time_source();
  if (!random) random = make_real_random_source();
  return make_etcd_bus_over(make_tcp_connector(), std::move(executor), where, options, std::move(time),
                            std::move(random));
}

}  // namespace chronicle
