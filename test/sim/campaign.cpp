#include "sim/campaign.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "sim/variants.hpp"
#include "sim/world.hpp"

namespace chronicle::sim {
namespace {

/// What a worker tells of one seed; short enough for a pipe to take in one piece.
struct report {
  std::uint64_t seed = 0;
  std::uint64_t log_hash = 0;
  bool broken = false;
  char what[300] = {};
};

report play_seed(scenario const& plan) {
  report told;
  told.seed = plan.seed;
  try {
    verdict const v = play(plan, false);
    told.log_hash = v.log_hash;
    told.broken = v.broken.has_value();
    if (v.broken)
      std::snprintf(told.what, sizeof told.what, "%s: %s", v.broken->rule.c_str(), v.broken->what.c_str());
  } catch (std::exception const& e) {
    told.broken = true;
    std::snprintf(told.what, sizeof told.what, "exception: %s", e.what());
  }
  return told;
}

/// Plays seeds in several processes; `hear` gets each report as it comes and returns false to stop.
class crew {
 public:
  crew(std::vector<std::uint64_t> const& seeds, changes const& cut, unsigned jobs) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    for (unsigned mine = 0; mine < jobs; ++mine) {
      pid_t const worker = fork();
      if (worker < 0) throw std::runtime_error("no process");
      if (worker == 0) work(seeds, cut, mine, jobs, ends[1]);
      workers_.push_back(worker);
    }
    close(ends[1]);
    reports_ = ends[0];
  }
  crew(crew const&) = delete;
  crew& operator=(crew const&) = delete;
  ~crew() {
    close(reports_);  // workers that go on find nobody who listens, and end
    for (pid_t const worker : workers_) waitpid(worker, nullptr, 0);
  }

  std::optional<report> next() {
    report told;
    if (read(reports_, &told, sizeof told) != static_cast<ssize_t>(sizeof told)) return std::nullopt;
    return told;
  }

 private:
  [[noreturn]] static void work(std::vector<std::uint64_t> const& seeds, changes const& cut, unsigned mine,
                                unsigned jobs, int reports) {
    for (std::size_t n = mine; n < seeds.size(); n += jobs) {
      report const told = play_seed(cut.apply(scenario(seeds[n])));
      if (write(reports, &told, sizeof told) != static_cast<ssize_t>(sizeof told)) _exit(1);
    }
    _exit(0);
  }

  int reports_ = -1;
  std::vector<pid_t> workers_;
};

/// The seeds in whose middle a worker ended: the first of each worker's that was not heard of.
std::vector<std::uint64_t> find_fatal(std::vector<std::uint64_t> const& seeds,
                                      std::map<std::uint64_t, std::uint64_t> const& heard, unsigned jobs) {
  std::vector<std::uint64_t> fatal;
  for (unsigned mine = 0; mine < jobs; ++mine) {
    for (std::size_t n = mine; n < seeds.size(); n += jobs) {
      if (heard.contains(seeds[n])) continue;
      fatal.push_back(seeds[n]);
      break;
    }
  }
  return fatal;
}

/// Simpler scenarios, one step from `plan`.
std::vector<scenario> simplify(scenario const& plan) {
  std::vector<scenario> simpler;
  for (std::size_t kind = 0; kind < fault_kinds; ++kind) {
    if (!plan.faults.test(kind)) continue;
    simpler.push_back(plan);
    simpler.back().faults.reset(kind);
  }
  auto const with = [&](auto change) {
    scenario one = plan;
    change(one);
    simpler.push_back(one);
  };
  if (plan.length > std::chrono::seconds{20}) {
    with([](scenario& s) { s.length /= 2; });
    with([](scenario& s) { s.length = s.length * 9 / 10; });
  }
  if (plan.players > 1) {
    with([](scenario& s) { s.players /= 2; });
    with([](scenario& s) { --s.players; });
  }
  if (plan.servers > 1) with([](scenario& s) { --s.servers; });
  return simpler;
}

std::string rule_of(report const& told) {
  std::string const what = told.what;
  return what.substr(0, what.find(':'));
}

}  // namespace

scenario changes::apply(scenario plan) const {
  std::istringstream kinds(without);
  for (std::string name; std::getline(kinds, name, ',');) {
    auto const kind = find_fault(name);
    if (!kind) throw std::invalid_argument("no such kind of fault: " + name);
    plan.faults.reset(static_cast<std::size_t>(*kind));
  }
  if (seconds) plan.length = std::chrono::seconds(*seconds);
  if (servers) plan.servers = *servers;
  if (players) plan.players = *players;
  plan.http = http;
  return plan;
}

std::vector<std::uint64_t> seeds_in_range(std::string const& range) {
  auto const dots = range.find("..");
  std::uint64_t const first = std::stoull(range);
  std::uint64_t const last = dots == std::string::npos ? first : std::stoull(range.substr(dots + 2));
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = first; seed <= last; ++seed) seeds.push_back(seed);
  return seeds;
}

std::vector<std::uint64_t> seeds_in_file(std::string const& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<std::uint64_t> seeds;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') seeds.push_back(std::stoull(line));
  return seeds;
}

void select_variant(std::string const& name) {
  auto const found = find_variant(name);
  if (!found) throw std::invalid_argument("no such variant: " + name);
  set_active_variant(*found);
}

bool play_one(scenario const& plan, bool print) {
  verdict const v = play(plan, print);
  std::printf("seed %llu: %llu events, log hash %016llx, %zu revisions: %s\n",
              static_cast<unsigned long long>(plan.seed), static_cast<unsigned long long>(v.log_lines),
              static_cast<unsigned long long>(v.log_hash), v.revisions,
              v.broken ? (v.broken->rule + ": " + v.broken->what).c_str() : "all promises kept");
  return !v.broken;
}

bool play_many(std::vector<std::uint64_t> const& seeds, changes const& cut, unsigned jobs,
               bool print_hashes) {
  auto const began = std::chrono::steady_clock::now();
  std::map<std::uint64_t, std::uint64_t> heard;  // the hash of its log by seed
  std::size_t played = 0;
  std::size_t failed = 0;
  std::uint64_t hashes = 0;
  bool const progress = isatty(STDERR_FILENO) != 0;
  crew workers(seeds, cut, jobs);
  while (auto const told = workers.next()) {
    ++played;
    heard.emplace(told->seed, told->log_hash);
    hashes ^= told->log_hash;
    if (told->broken) {
      ++failed;
      std::printf("FAILED: sim_fleet %s --trace\n        %s\n",
                  cut.apply(scenario(told->seed)).command_line().c_str(), told->what);
      std::fflush(stdout);
    }
    if (progress && (played % 20 == 0 || played == seeds.size()))
      std::fprintf(stderr, "\r%zu of %zu seeds, %zu failed ", played, seeds.size(), failed);
  }
  if (progress) std::fprintf(stderr, "\n");
  for (auto const& [seed, hash] : heard)
    if (print_hashes)
      std::printf("%llu %016llx\n", static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(hash));
  for (auto const seed : find_fatal(seeds, heard, jobs))
    std::printf("FAILED: sim_fleet %s --trace\n        the process ended\n",
                cut.apply(scenario(seed)).command_line().c_str());
  std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
  std::printf("%zu of %zu seeds played in %.1f s, %zu failed; hash of all logs %016llx\n", played,
              seeds.size(), took.count(), failed, static_cast<unsigned long long>(hashes));
  return failed == 0 && played == seeds.size();
}

bool shrink(scenario plan) {
  report const first = play_seed(plan);
  if (!first.broken) {
    std::printf("seed %llu breaks nothing\n", static_cast<unsigned long long>(plan.seed));
    return true;
  }
  std::string const rule = rule_of(first);
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (scenario const& simpler : simplify(plan)) {
      report const told = play_seed(simpler);
      if (!told.broken || rule_of(told) != rule) continue;
      plan = simpler;
      smaller = true;
      std::printf("%s still fails: %s\n", plan.command_line().c_str(), told.what);
      std::fflush(stdout);
      break;
    }
  }
  std::printf("smallest: sim_fleet %s --trace\n", plan.command_line().c_str());
  return false;
}

bool show_teeth(unsigned jobs) {
  constexpr std::uint64_t most = 1000;
  bool all_caught = true;
  std::printf("| variant | what is wrong | caught by seed | as |\n|---|---|---|---|\n");
  for (int n = 1; n < static_cast<int>(variant::count_); ++n) {
    set_active_variant(static_cast<variant>(n));
    std::optional<report> caught;
    for (std::uint64_t first = 1; !caught && first <= most; first += jobs) {
      std::vector<std::uint64_t> seeds;
      for (std::uint64_t seed = first; seed < first + jobs; ++seed) seeds.push_back(seed);
      crew workers(seeds, changes(), jobs);
      while (auto const told = workers.next())
        if (told->broken && (!caught || told->seed < caught->seed)) caught = told;
    }
    all_caught = all_caught && caught;
    std::printf("| V%d | %s | %s | %s |\n", n, std::string(describe(static_cast<variant>(n))).c_str(),
                caught ? std::to_string(caught->seed).c_str() : "NOT CAUGHT",
                caught ? rule_of(*caught).c_str() : "");
    std::fflush(stdout);
  }
  set_active_variant(variant::none);
  return all_caught;
}

}  // namespace chronicle::sim
