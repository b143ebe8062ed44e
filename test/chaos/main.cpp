// etcd_chaos: game servers on a real etcd cluster that is being broken, and a verdict on what they wrote.
#include <boost/program_options.hpp>
#include <iostream>
#include <random>

#include "chaos/campaign.hpp"
#include "chaos/worker.hpp"
#include "support/etcd_process.hpp"
#include "support/program.hpp"

namespace {

namespace po = boost::program_options;
using namespace chronicle::chaos;

constexpr int exit_skipped = 77;

po::options_description describe_options() {
  campaign_options const d;
  po::options_description all("etcd_chaos: game servers on an etcd cluster that is being broken\n\nOptions",
                              100);
  all.add_options()("help", "this text")("seed", po::value<std::uint64_t>()->value_name("N"),
                                         "of all chances; a random one by default, printed")(
      "seconds", po::value<std::int64_t>()->value_name("N")->default_value(d.at_least.count()),
      "of harm at least")("at-most",
                          po::value<std::int64_t>()->value_name("N")->default_value(d.at_most.count()),
                          "seconds of harm, then it ends in any case")(
      "revisions", po::value<std::int64_t>()->value_name("N")->default_value(d.revisions),
      "of player records at least; fewer are a failure")(
      "players", po::value<std::size_t>()->value_name("N")->default_value(d.players), "of each game server")(
      "keys", po::value<std::size_t>()->value_name("N")->default_value(d.keys));
  po::options_description inner("Of the processes it starts");
  inner.add_options()("worker", po::value<std::string>(), "play as this game server")(
      "journal", po::value<std::string>())("endpoints", po::value<std::vector<std::string>>()->multitoken());
  all.add(inner);
  return all;
}

int work(po::variables_map const& given) {
  worker_options o;
  o.name = given["worker"].as<std::string>();
  o.endpoints = given["endpoints"].as<std::vector<std::string>>();
  o.journal = given["journal"].as<std::string>();
  o.seed = given["seed"].as<std::uint64_t>();
  o.players = given["players"].as<std::size_t>();
  o.keys = given["keys"].as<std::size_t>();
  return run_worker(o);
}

int run(po::variables_map const& given) {
  if (given.count("worker")) return work(given);
  if (!chronicle::test::find_etcd()) return exit_skipped;
  campaign_options o;
  o.seed = given.count("seed") ? given["seed"].as<std::uint64_t>() : std::random_device()();
  o.at_least = std::chrono::seconds(given["seconds"].as<std::int64_t>());
  o.at_most = std::chrono::seconds(given["at-most"].as<std::int64_t>());
  o.revisions = given["revisions"].as<std::int64_t>();
  o.players = given["players"].as<std::size_t>();
  o.keys = given["keys"].as<std::size_t>();
  return run_campaign(o) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return chronicle::test::run_program(argc, argv, "etcd_chaos", describe_options(), run);
}
