#include "chaos/campaign.hpp"

#include <signal.h>

#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>
#include <thread>

#include "chaos/etcd_cluster.hpp"
#include "chaos/network.hpp"
#include "chaos/worker.hpp"
#include "sim/chance.hpp"
#include "support/child_process.hpp"
#include "support/temporary_folder.hpp"

namespace chronicle::chaos {
namespace {

using namespace std::chrono_literals;

/// The game servers. Each place has one life after the other; their journals stay.
class crew {
 public:
  crew(campaign_options const& options, network const& through) : options_(options), network_(through) {
    for (std::size_t place = 0; place < options.workers; ++place) places_.push_back(begin_life(place));
  }

  std::size_t size() const noexcept { return places_.size(); }
  /// SIGKILL, and another process in its place.
  void replace(std::size_t place) {
    places_[place].process->send_signal(SIGKILL);
    dead_.insert(places_[place].name);
    places_[place] = begin_life(place);
  }
  void freeze(std::size_t place) { places_[place].process->send_signal(SIGSTOP); }
  void thaw(std::size_t place) { places_[place].process->send_signal(SIGCONT); }

  /// Lets all of them close. False when one did not end as it should.
  bool dismiss() {
    bool well = true;
    for (auto& one : places_) one.process->send_signal(SIGTERM);
    for (auto& one : places_) {
      int const status = one.process->wait();
      if (status != 0)
        std::cout << one.name << " ended with " << status << ": " << one.process->read_errors() << '\n';
      well = well && status == 0;
    }
    return well;
  }

  std::vector<claim> read_journals() const {
    std::vector<claim> all;
    for (auto const& path : journals_) {
      std::ifstream file(path);
      claim c;
      for (std::string line; std::getline(file, line);)
        if (from_line(line, c)) all.push_back(c);
    }
    return all;
  }
  std::set<std::string> const& dead() const { return dead_; }

 private:
  struct life {
    std::string name;
    std::unique_ptr<test::child_process> process;
  };

  life begin_life(std::size_t place) {
    life made;
    made.name = "w" + std::to_string(place) + "." + std::to_string(lives_++) + ".";
    journals_.push_back(folder_.file(made.name));
    std::vector<std::string> arguments{"/proc/self/exe",
                                       "--worker",
                                       made.name,
                                       "--journal",
                                       journals_.back(),
                                       "--seed",
                                       std::to_string(options_.seed * 1000 + lives_),
                                       "--players",
                                       std::to_string(options_.players),
                                       "--keys",
                                       std::to_string(options_.keys),
                                       "--endpoints"};
    for (auto const& endpoint : network_.endpoints(place)) arguments.push_back(endpoint);
    made.process = std::make_unique<test::child_process>(arguments);
    return made;
  }

  campaign_options options_;
  network const& network_;
  test::temporary_folder folder_;
  std::size_t lives_ = 0;
  std::vector<std::string> journals_;
  std::set<std::string> dead_;
  std::vector<life> places_;
};

/// Does harm, one thing after the other, and makes good for it.
class nemesis {
 public:
  nemesis(campaign_options const& options, etcd_cluster& cluster, network& proxies, crew& servers)
      : draws_(options.seed, 7), cluster_(cluster), network_(proxies), crew_(servers) {}

  void do_harm();
  void change_weather();
  /// Fair weather, once what is still under way has arrived.
  void relent() {
    network_.call([](fault_proxy& proxy) { proxy.set_rates({}); });
    std::this_thread::sleep_for(longest_delay);
  }

 private:
  using span = std::chrono::milliseconds;
  static constexpr span longest_delay = 2s;

  void say(std::string const& what) { std::cout << "  " << what << std::endl; }
  void wait(span least, span most) { std::this_thread::sleep_for(draws_.between(least, most)); }
  std::size_t leader() { return cluster_.find_leader().value_or(0); }
  std::size_t follower() { return (leader() + 1 + draws_.below(cluster_.size() - 1)) % cluster_.size(); }

  void freeze_member(std::size_t which, char const* role);
  void kill_member(std::size_t which, char const* role);
  void freeze_majority();
  void cut_connections();

  sim::chance draws_;
  etcd_cluster& cluster_;
  network& network_;
  crew& crew_;
};

void nemesis::freeze_member(std::size_t which, char const* role) {
  say(std::string("freeze the ") + role);
  cluster_.freeze(which);
  wait(300ms, 3s);
  cluster_.thaw(which);
}

void nemesis::kill_member(std::size_t which, char const* role) {
  say(std::string("kill the ") + role);
  cluster_.kill(which);
  wait(0ms, 1s);
  cluster_.revive(which);
}

// What is asked of the leader meanwhile is answered with a failure, and carried out when the others come
// back.
void nemesis::freeze_majority() {
  say("freeze all but the leader");
  auto const leads = leader();
  for (std::size_t i = 0; i < cluster_.size(); ++i)
    if (i != leads) cluster_.freeze(i);
  wait(500ms, 4s);
  for (std::size_t i = 0; i < cluster_.size(); ++i) cluster_.thaw(i);
}

void nemesis::change_weather() {
  fault_rates rates;
  bool const storm = draws_.happens(0.5);
  double const most = storm ? 0.06 : 0.01;
  for (auto* rate : {&rates.delay, &rates.lose_request, &rates.lose_reply, &rates.duplicate, &rates.ghost})
    *rate = most * draws_.fraction();
  rates.longest_delay = draws_.between(50ms, longest_delay);
  say(storm ? "a stormy network" : "a network with its moods");
  network_.call([rates](fault_proxy& proxy) { proxy.set_rates(rates); });
}

void nemesis::cut_connections() {
  say("cut all connections");
  network_.call([](fault_proxy& proxy) { proxy.cut_all(); });
}

void nemesis::do_harm() {
  auto const server = draws_.below(crew_.size());
  switch (draws_.below(10)) {
    case 0: freeze_member(leader(), "leader"); break;
    case 1: freeze_member(follower(), "follower"); break;
    case 2: kill_member(leader(), "leader"); break;
    case 3: kill_member(follower(), "follower"); break;
    case 4: freeze_majority(); break;
    case 5: cut_connections(); break;
    case 6:
      say("kill a game server");
      crew_.replace(server);
      break;
    case 7:
      say("freeze a game server");
      crew_.freeze(server);
      wait(500ms, 7s);
      crew_.thaw(server);
      break;
    default: change_weather();
  }
  wait(100ms, 2s);
}

bool report(campaign_options const& options, verdict const& found, network& proxies) {
  proxies.call([n = 0](fault_proxy& proxy) mutable {
    std::cout << "proxy " << n++ << ": " << proxy.counts().to_string() << '\n';
  });
  std::cout << found.revisions << " revisions of player records, " << found.sessions << " sessions, "
            << found.takeovers << " takeovers, " << found.claims << " claims, " << found.violations.size()
            << " violations\n";
  for (auto const& line : found.violations) std::cout << "VIOLATION " << line << '\n';
  bool const enough = static_cast<std::int64_t>(found.revisions) >= options.revisions;
  if (!enough) std::cout << "TOO FEW REVISIONS: " << options.revisions << " were wanted\n";
  return enough && found.violations.empty();
}

}  // namespace

bool run_campaign(campaign_options const& options) {
  std::cout << "chaos with seed " << options.seed << std::endl;
  auto const began = std::chrono::steady_clock::now();
  auto const passed = [&] { return std::chrono::steady_clock::now() - began; };
  etcd_cluster cluster(3);
  std::vector<std::uint16_t> members;
  for (std::size_t i = 0; i < cluster.size(); ++i) members.push_back(cluster.port(i));
  network proxies(members, options.seed);
  crew servers(options, proxies);
  nemesis harm(options, cluster, proxies, servers);
  std::string const records = std::string(name_space) + "/kv/";
  harm.change_weather();
  while (passed() < options.at_most &&
         (passed() < options.at_least || cluster.count_writes(records) < options.revisions))
    harm.do_harm();
  std::cout << "calm after " << passed() / 1s << " s" << std::endl;
  harm.relent();
  bool const ended_well = servers.dismiss();
  auto const history = cluster.read_history(records);
  auto const found = judge(history, servers.read_journals(), servers.dead());
  std::cout << "done after " << passed() / 1s << " s" << std::endl;
  return report(options, found, proxies) && ended_well;
}

}  // namespace chronicle::chaos
