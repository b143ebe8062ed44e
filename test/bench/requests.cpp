#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <functional>

#include "bench/player.hpp"
#include "bench/suites.hpp"
#include "chronicle/chronicle.hpp"
#include "chronicle/memory_backend.hpp"
#include "chronicle/virtual_time.hpp"

namespace chronicle::bench {
namespace {

using namespace std::chrono_literals;

/// Counts requests on their way to a backend.
class counting_backend final : public backend {
 public:
  explicit counting_backend(std::shared_ptr<backend> below) : below_(std::move(below)) {}
  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    ++requests;
    return below_->get(std::move(key));
  }
  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    ++requests;
    return below_->put_if(std::move(key), std::move(value), std::move(expected), std::move(write_id));
  }
  asio::awaitable<put_result> erase_if(std::string key, version expected) override {
    ++requests;
    return below_->erase_if(std::move(key), std::move(expected));
  }
  asio::awaitable<result<page<key_info>>> list(std::string prefix, std::string cursor,
                                               std::size_t limit) override {
    ++requests;
    return below_->list(std::move(prefix), std::move(cursor), limit);
  }
  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                               std::size_t limit) override {
    ++requests;
    return below_->history(std::move(key), std::move(cursor), limit);
  }
  capabilities caps() const override { return below_->caps(); }

  std::size_t requests = 0;

 private:
  std::shared_ptr<backend> below_;
};

/// How somebody plays: edits, one after the pause that this draws.
struct pattern {
  char const* name;
  std::function<boot_clock::duration(random_source&)> pause;
};

boot_clock::duration about(std::chrono::seconds mean, random_source& random) {
  return std::chrono::duration_cast<boot_clock::duration>(mean * (0.5 + uniform(random)));
}

asio::awaitable<void> play(store& players, time_source& time, pattern const& how, std::string key,
                           std::chrono::hours how_long) {
  auto const random = make_seeded_random_source(std::hash<std::string>()(key));
  auto starting = players.async_start_session(key);
  auto player = co_await std::move(starting);
  time_point const end = time.now() + how_long;
  auto const executor = players.get_executor();
  for (std::int64_t edits = 0;; ++edits) {
    time_point const next = std::min(end, time.now() + how.pause(*random));
    auto sleeping = asio::async_initiate<asio::deferred_t const, void(error_code)>(
        [&time, next, executor](asio::any_completion_handler<void(error_code)> handler) {
          time.wait_until(next, executor, std::move(handler));
        },
        asio::deferred);
    co_await std::move(sleeping);
    if (time.now() >= end) break;
    player.edit()["Coins"] = edits;
  }
  auto releasing = player.async_release();
  co_await std::move(releasing);
}

/// Requests for each player-hour.
double count_requests(pattern const& how) {
  constexpr std::size_t players_at_once = 100;
  constexpr std::chrono::hours length{2};
  auto const time = std::make_shared<virtual_time>();
  auto const counted = std::make_shared<counting_backend>(make_memory_backend(time));
  asio::io_context context(1);
  auto const random = make_seeded_random_source(5);
  store_options options;
  options.backend = counted;
  options.defaults = make_player(1 << 10, *random);
  options.time = time;
  options.random = make_seeded_random_source(6);
  options.ids = make_seeded_id_source(7);
  store players(context.get_executor(), "PlayerData", std::move(options));
  std::size_t playing = players_at_once;
  for (std::size_t i = 0; i < players_at_once; ++i)
    asio::co_spawn(players.get_executor(), play(players, *time, how, "p" + std::to_string(i), length),
                   [&](std::exception_ptr thrown) {
                     if (thrown) std::rethrow_exception(thrown);
                     --playing;
                   });
  time->run(context, [&] { return playing == 0; });
  return static_cast<double>(counted->requests) / (players_at_once * static_cast<double>(length.count()));
}

/// Others save whatever there is on a fixed beat, which also renews their lock; a read and two writes begin
/// and end a session of two hours there too.
double fixed_beat(double seconds) {
  return 3600 / seconds + 3.0 / 2;
}

}  // namespace

std::vector<row> measure_requests(effort) {
  std::vector<pattern> const patterns = {
      {"nobody touches anything", [](random_source&) { return boot_clock::duration(100h); }},
      {"an edit every 5 min", [](random_source& random) { return about(300s, random); }},
      {"an edit a minute", [](random_source& random) { return about(60s, random); }},
      {"an edit every 10 s", [](random_source& random) { return about(10s, random); }},
      {"an edit a second", [](random_source& random) { return about(1s, random); }},
      {"five edits at once, every 3 min",
       [n = 0](random_source& random) mutable { return ++n % 5 == 0 ? about(180s, random) : 100ms; }},
  };
  std::vector<row> report;
  for (auto const& one : patterns) {
    double const ours = count_requests(one);
    row line("e", one.name, {ours, ours, ours});
    line.unit = "requests an hour";
    char notes[100];
    std::snprintf(notes, sizeof notes, "%.2f times a save every 30 s, %.2f times one every 300 s",
                  ours / fixed_beat(30), ours / fixed_beat(300));
    line.notes = notes;
    report.push_back(line);
  }
  return report;
}

}  // namespace chronicle::bench
