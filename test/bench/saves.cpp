#include <cstdio>
#include <deque>
#include <stdexcept>

#include "bench/game.hpp"
#include "bench/player.hpp"
#include "bench/raw_client.hpp"
#include "bench/suites.hpp"

namespace chronicle::bench {
namespace {

asio::awaitable<void> save_until(profile player, std::int64_t& coins, double end, double& count) {
  while (seconds_now() < end) {
    player.edit()["Coins"] = ++coins;
    auto saving = player.async_save();
    auto const receipt = co_await std::move(saving);
    if (!receipt.written) throw std::runtime_error("a save wrote nothing");
    ++count;
  }
}

/// Both sides over as many connections, to one server.
class saving_contest {
 public:
  saving_contest(std::size_t connections, std::size_t document_bytes) : ours_(connections) {
    auto const random = make_seeded_random_source(document_bytes);
    profiles_ = ours_.open(connections, make_player(document_bytes, *random));
    body_ = ours_.stored(profiles_.front());
    for (std::size_t i = 0; i < connections; ++i) {
      clients_.emplace_back(ours_.context(), ours_.port(), "raw" + std::to_string(i));
      clients_.back().connect();
    }
  }

  double put_for(double duration) {
    double count = 0;
    std::vector<asio::awaitable<void>> all;
    for (auto& client : clients_) all.push_back(put_until(client, body_, seconds_now() + duration, count));
    run_all(ours_.context(), std::move(all));
    return count;
  }
  double save_for(double duration) {
    double count = 0;
    std::vector<asio::awaitable<void>> all;
    for (auto& player : profiles_) all.push_back(save_until(player, coins_, seconds_now() + duration, count));
    run_all(ours_.context(), std::move(all));
    return count;
  }

 private:
  game ours_;
  std::vector<profile> profiles_;
  std::string body_;
  std::deque<raw_client> clients_;
  std::int64_t coins_ = 2'000'000;
};

double allocations_each(std::function<double()> const& run) {
  std::size_t const before = allocations();
  double const count = run();
  return static_cast<double>(allocations() - before) / count;
}

row measure(std::size_t connections, std::size_t document_bytes, effort how_much) {
  saving_contest both(connections, document_bytes);
  auto const theirs = [&] { return both.put_for(how_much.seconds); };
  auto const ours = [&] { return both.save_for(how_much.seconds); };
  double const allocated_theirs = allocations_each(theirs);
  double const allocated_ours = allocations_each(ours);
  auto const found = compare(how_much, theirs, ours);
  bool const small = document_bytes < 10'000;
  row line("a",
           (small ? "1 KiB, " : "64 KiB, ") + std::to_string(connections) +
               (connections == 1 ? " connection" : " connections"),
           found.rates());
  line.kind = promise::at_least;
  line.promised = small ? 0.90 : 0.75;
  char notes[160];
  std::snprintf(notes, sizeof notes,
                "each %.0f / %.0f us, of it processor here %.0f / %.0f us; %.0f / %.0f allocations",
                wall_microseconds(found.ours), wall_microseconds(found.reference),
                processor_microseconds(found.ours), processor_microseconds(found.reference), allocated_ours,
                allocated_theirs);
  line.notes = notes;
  return line;
}

}  // namespace

std::vector<row> measure_saves(effort how_much) {
  std::vector<row> report;
  for (std::size_t const bytes : {std::size_t{1} << 10, std::size_t{1} << 16})
    for (std::size_t const connections : {1u, 8u, 64u})
      report.push_back(measure(connections, bytes, how_much));
  return report;
}

}  // namespace chronicle::bench
