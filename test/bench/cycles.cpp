#include <cstdio>
#include <deque>
#include <stdexcept>

#include "bench/game.hpp"
#include "bench/player.hpp"
#include "bench/raw_client.hpp"
#include "bench/suites.hpp"

namespace chronicle::bench {
namespace {

asio::awaitable<void> play_until(store& players, std::string key, double end, double& count) {
  while (seconds_now() < end) {
    auto starting = players.async_start_session(key);
    auto player = co_await std::move(starting);
    auto releasing = player.async_release();
    co_await std::move(releasing);
    ++count;
  }
}

/// What a cycle sends: a read, the write that takes the lease, the write that gives it back.
asio::awaitable<void> request_until(raw_client& client, std::string const& body, double end, double& count) {
  while (seconds_now() < end) {
    auto getting = client.get();
    co_await std::move(getting);
    auto taking = client.put(body);
    co_await std::move(taking);
    auto giving_back = client.put(body);
    co_await std::move(giving_back);
    ++count;
  }
}

asio::awaitable<void> release(profile player) {
  auto releasing = player.async_release();
  co_await std::move(releasing);
}

class cycling_contest {
 public:
  explicit cycling_contest(std::size_t connections) : ours_(connections) {
    auto const random = make_seeded_random_source(1);
    auto profiles = ours_.open(connections, make_player(1 << 10, *random));
    body_ = ours_.stored(profiles.front());
    std::vector<asio::awaitable<void>> releasing;
    for (auto const& player : profiles) releasing.push_back(release(player));
    run_all(ours_.context(), std::move(releasing));
    std::vector<asio::awaitable<void>> creating;
    for (std::size_t i = 0; i < connections; ++i) {
      clients_.emplace_back(ours_.context(), ours_.port(), "raw" + std::to_string(i));
      clients_.back().connect();
      creating.push_back(clients_.back().put(body_));
    }
    run_all(ours_.context(), std::move(creating));
  }

  double request_for(double duration) {
    double count = 0;
    std::vector<asio::awaitable<void>> all;
    for (auto& client : clients_)
      all.push_back(request_until(client, body_, seconds_now() + duration, count));
    run_all(ours_.context(), std::move(all));
    return count;
  }
  double play_for(double duration) {
    double count = 0;
    std::vector<asio::awaitable<void>> all;
    for (std::size_t i = 0; i < clients_.size(); ++i)
      all.push_back(play_until(ours_.players(), "p" + std::to_string(i), seconds_now() + duration, count));
    run_all(ours_.context(), std::move(all));
    return count;
  }

 private:
  game ours_;
  std::string body_;
  std::deque<raw_client> clients_;
};

row measure(std::size_t connections, effort how_much) {
  cycling_contest both(connections);
  auto const theirs = [&] { return both.request_for(how_much.seconds); };
  auto const ours = [&] { return both.play_for(how_much.seconds); };
  theirs();
  ours();
  auto const found = compare(how_much, theirs, ours);
  row line("d", "1 KiB, " + std::to_string(connections) + " at a time", found.rates());
  char notes[160];
  std::snprintf(notes, sizeof notes, "%.0f / %.0f cycles a second, processor here %.0f / %.0f us each",
                1e6 / wall_microseconds(found.ours), 1e6 / wall_microseconds(found.reference),
                processor_microseconds(found.ours), processor_microseconds(found.reference));
  line.notes = notes;
  return line;
}

}  // namespace

std::vector<row> measure_cycles(effort how_much) {
  return {measure(1, how_much), measure(8, how_much), measure(64, how_much)};
}

}  // namespace chronicle::bench
