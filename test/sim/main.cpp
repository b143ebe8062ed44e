// sim_fleet: plays simulated worlds, one for each seed, and reports the seeds that break a promise.
#include <boost/program_options.hpp>
#include <iostream>

#include "sim/campaign.hpp"
#include "support/program.hpp"

namespace {

namespace po = boost::program_options;
using namespace chronicle::sim;

po::options_description describe_options() {
  po::options_description all("sim_fleet: simulated fleets that try to break the promises\n\nOptions", 100);
  all.add_options()("help", "this text")(
      "seeds", po::value<std::string>()->value_name("A..B")->default_value("1..200"), "play these seeds")(
      "seed", po::value<std::uint64_t>()->value_name("N"), "play one seed")(
      "list", po::value<std::string>()->value_name("FILE"), "play the seeds in this file, one a line")(
      "trace", "with --seed: print everything that happens")(
      "shrink", "with --seed: look for the smallest scenario that still fails")(
      "without", po::value<std::string>()->value_name("KIND,..."), "switch these kinds of faults off")(
      "http", "through the HTTP client and chronicle-kv, over streams in memory")(
      "seconds", po::value<std::uint64_t>()->value_name("N"), "simulated time with faults")(
      "servers", po::value<std::size_t>()->value_name("N"))("players",
                                                            po::value<std::size_t>()->value_name("N"))(
      "hashes", "print the hash of each seed's log, to compare with those of another build")(
      "jobs", po::value<unsigned>()->value_name("N")->default_value(2), "processes")(
      "variant", po::value<std::string>()->value_name("V1..V13"), "play a wrong variant of the protocol")(
      "teeth", "play every wrong variant until it is caught, and print the table");
  return all;
}

changes read_changes(po::variables_map const& given) {
  changes cut;
  if (given.count("without")) cut.without = given["without"].as<std::string>();
  if (given.count("seconds")) cut.seconds = given["seconds"].as<std::uint64_t>();
  if (given.count("servers")) cut.servers = given["servers"].as<std::size_t>();
  cut.http = given.count("http") > 0;
  if (given.count("players")) cut.players = given["players"].as<std::size_t>();
  return cut;
}

std::vector<std::uint64_t> read_seeds(po::variables_map const& given) {
  if (given.count("list")) return seeds_in_file(given["list"].as<std::string>());
  return seeds_in_range(given["seeds"].as<std::string>());
}

int run(po::variables_map const& given) {
  unsigned const jobs = given["jobs"].as<unsigned>();
  changes const cut = read_changes(given);
  if (given.count("variant")) select_variant(given["variant"].as<std::string>());
  if (given.count("teeth")) return show_teeth(jobs) ? 0 : 1;
  if (given.count("seed")) {
    scenario const plan = cut.apply(scenario(given["seed"].as<std::uint64_t>()));
    if (given.count("shrink")) return shrink(plan) ? 0 : 1;
    return play_one(plan, given.count("trace") > 0) ? 0 : 1;
  }
  return play_many(read_seeds(given), cut, jobs, given.count("hashes") > 0) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return chronicle::test::run_program(argc, argv, "sim_fleet", describe_options(), run);
}
