// Several game servers over one scripted backend and one bus, on virtual time: the stage of the session
// tests.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/json/parse.hpp>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "chronicle/chronicle.hpp"
#include "chronicle/in_process_bus.hpp"
#include "chronicle/memory_backend.hpp"
#include "record/codec.hpp"
#include "support/scripted_backend.hpp"
#include "support/virtual_context.hpp"

namespace chronicle::test {

/// What stores told: shared with their callbacks, which may outlive the fixture's own members.
struct diary {
  std::vector<std::string> log_lines;
  std::vector<std::string>
      events;  ///< hook calls, in words: "load p1", "conflict p1 expired_lease_steal" ...
  std::vector<operation_stats> load_stats, save_stats;
  std::vector<session_loss> losses;
  std::vector<save_failure> save_failures;
  std::vector<corruption> corruptions;
};

/// Use it as a fixture. Log lines and hook calls of all stores are collected.
class fleet : public virtual_context {
 public:
  fleet()
      : told(std::make_shared<diary>()),
        storage(make_memory_backend(shared_time())),
        backend(std::make_shared<scripted_backend>(storage, shared_time())),
        bus(make_in_process_bus()) {}

  /// Options as the tests want them: no jitter, seeded ids of its own, every hook recorded.
  store_options options() {
    store_options o;
    o.backend = backend;
    o.defaults = {{"Coins", 0}, {"Level", 1}, {"Settings", {{"Music", true}}}};
    o.lease.renew_jitter = milliseconds{0};
    o.saving.jitter = milliseconds{0};
    o.retry.jitter = false;
    o.time = shared_time();
    o.random = make_seeded_random_source(++servers_);
    o.ids = make_seeded_id_source(1000 + servers_);
    o.server_name = "server" + std::to_string(servers_);
    o.log = [told = told](log_level, std::string_view line) { told->log_lines.emplace_back(line); };
    o.log_threshold = log_level::debug;
    record_hooks(o.hooks);
    return o;
  }

  /// The same, with a circuit breaker that stays out of it: outages are scripted.
  store_options patient() {
    store_options o = options();
    o.breaker.consecutive_failures = 1000;
    o.breaker.minimum_samples = 1000;
    return o;
  }

  store make_store(store_options o) { return store(executor(), "PlayerData", std::move(o)); }
  store make_store() { return make_store(options()); }

  /// Starts a session; the profile, or the error.
  std::pair<error_code, profile> start(store& s, std::string key = "p1") {
    return run(start_on(s, std::move(key)));
  }
  /// Starts a session that must succeed.
  profile open(store& s, std::string key = "p1") {
    auto [ec, p] = start(s, std::move(key));
    if (ec) throw std::runtime_error("start failed: " + ec.message());
    return p;
  }
  std::pair<error_code, save_receipt> save(profile p) { return run(save_on(std::move(p))); }
  std::pair<error_code, save_receipt> release(profile p) { return run(release_on(std::move(p))); }
  std::pair<error_code, close_report> close(store& s) { return run(close_on(s)); }

  /// What the backend holds for a key; empty when there is nothing.
  std::optional<record::decoded> stored(std::string const& key = "p1") {
    auto const read = run(storage->get("PlayerData/" + key));
    if (!read || !*read) return std::nullopt;
    auto decoded = record::decode((*read)->value, "PlayerData/" + key);
    if (!decoded) throw std::runtime_error("the stored record is corrupt: " + (*read)->value);
    return std::move(*decoded);
  }
  /// Overwrites what the backend holds, whatever it is.
  void put_raw(std::string const& key, std::string text) {
    auto const read = run(storage->get("PlayerData/" + key));
    std::optional<version> expected;
    if (*read) expected = (*read)->ver;
    run(storage->put_if("PlayerData/" + key, std::move(text), expected, ""));
  }

  std::size_t count_log(std::string const& part) const {
    std::size_t n = 0;
    for (auto const& line : told->log_lines) n += line.find(part) != std::string::npos;
    return n;
  }

  std::shared_ptr<diary> told;
  std::shared_ptr<chronicle::backend> storage;
  std::shared_ptr<scripted_backend> backend;
  std::shared_ptr<message_bus> bus;

 private:
  static asio::awaitable<std::pair<error_code, profile>> start_on(store& s, std::string key) {
    auto starting = s.async_start_session(std::move(key), asio::as_tuple(asio::deferred));
    auto [ec, p] = co_await std::move(starting);
    co_return std::pair<error_code, profile>(ec, std::move(p));
  }
  static asio::awaitable<std::pair<error_code, save_receipt>> save_on(profile p) {
    auto saving = p.async_save(asio::as_tuple(asio::deferred));
    auto [ec, receipt] = co_await std::move(saving);
    co_return std::pair<error_code, save_receipt>(ec, receipt);
  }
  static asio::awaitable<std::pair<error_code, save_receipt>> release_on(profile p) {
    auto releasing = p.async_release(asio::as_tuple(asio::deferred));
    auto [ec, receipt] = co_await std::move(releasing);
    co_return std::pair<error_code, save_receipt>(ec, receipt);
  }
  static asio::awaitable<std::pair<error_code, close_report>> close_on(store& s) {
    auto closing = s.async_close(asio::as_tuple(asio::deferred));
    auto [ec, report] = co_await std::move(closing);
    co_return std::pair<error_code, close_report>(ec, std::move(report));
  }

  void record_hooks(hooks& h) {
    h.on_load = [told = told](std::string_view key, boost::json::object const&,
                              operation_stats const& stats) {
      told->events.push_back("load " + std::string(key));
      told->load_stats.push_back(stats);
    };
    h.on_save = [told = told](std::string_view key, boost::json::object const&,
                              operation_stats const& stats) {
      told->events.push_back("save " + std::string(key));
      told->save_stats.push_back(stats);
    };
    h.on_save_failed = [told = told](std::string_view key, save_failure const& failure) {
      told->events.push_back("save_failed " + std::string(key));
      told->save_failures.push_back(failure);
    };
    h.on_corruption = [told = told](std::string_view key, corruption const& what) {
      told->events.push_back("corruption " + std::string(key) + " " + what.kind);
      told->corruptions.push_back(what);
    };
    h.on_lease_conflict = [told = told](std::string_view key, lease_resolution how) {
      told->events.push_back("conflict " + std::string(key) + " " + to_string(how));
    };
    h.on_session_lost = [told = told](std::string_view key, session_loss const& loss) {
      told->events.push_back("lost " + std::string(key) + " " + to_string(loss.cause));
      told->losses.push_back(loss);
    };
  }

  std::uint64_t servers_ = 0;
};

}  // namespace chronicle::test
