#include "options.hpp"

#include <boost/program_options.hpp>
#include <random>
#include <sstream>

namespace po = boost::program_options;

namespace {

std::chrono::seconds seconds_of(char const* option, unsigned given, unsigned least) {
  if (given < least || given > 3600)
    throw usage_error(std::string(option) + ": must be " + std::to_string(least) + " to 3600");
  return std::chrono::seconds(given);
}

}  // namespace

options parse_command_line(int argc, char const* const* argv) try {
  options o;
  o.seed = std::random_device{}();
  unsigned hop = 20, kill = 12, lease = 10;
  po::options_description known(
      "demonstration: players hop between two game servers, one of which is killed; are all coins there in "
      "the end?"
      "\n\nOptions",
      100);
  auto option = known.add_options();
  option("game-server", po::value(&o.game_server)->required()->value_name("FILE"), "the program game_server");
  option("kv", po::value(&o.kv)->value_name("FILE"), "the program chronicle-kv, to be run on a SQLite file");
  option("backend", po::value(&o.backend)->value_name("URL"),
         "use this backend instead: the URL of a chronicle-kv, or etcd://host:port,host:port,...");
  option("players", po::value(&o.players)->value_name("N")->default_value(o.players), "players per round");
  option("hop-seconds", po::value(&hop)->value_name("N")->default_value(hop),
         "length of the round without a kill");
  option("kill-seconds", po::value(&kill)->value_name("N")->default_value(kill),
         "length of the rounds with one; it comes in the middle");
  option("lease-seconds", po::value(&lease)->value_name("N")->default_value(lease),
         "how long leases last; at least 5");
  option("seed", po::value(&o.seed)->value_name("N"), "what the players do depends on it");
  option("help", "print this and end");
  po::variables_map given;
  auto const style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(argc, argv).options(known).positional({}).style(style).run(), given);
  if (given.count("help") > 0) {
    std::ostringstream text;
    text << known;
    o.help = text.str();
    return o;
  }
  po::notify(given);
  if (o.kv.empty() && o.backend.empty()) throw usage_error("--kv or --backend: one of them is needed");
  if (o.players < 1 || o.players > 10'000) throw usage_error("--players: must be 1 to 10000");
  o.hop_round = seconds_of("--hop-seconds", hop, 1);
  o.kill_round = seconds_of("--kill-seconds", kill, 2);
  o.lease = seconds_of("--lease-seconds", lease, 5);
  return o;
} catch (po::error const& e) {
  throw usage_error(std::string(e.what()) + "; see --help");
}
