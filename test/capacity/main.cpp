// capacity: measures what sessions cost on virtual time, extrapolates to 10 million players, prints tables
// and draws a plot.
#include <boost/program_options.hpp>
#include <fstream>
#include <iostream>

#include "capacity/plot.hpp"
#include "support/program.hpp"

namespace {

namespace po = boost::program_options;
using namespace chronicle::capacity;

int run(po::variables_map const& given) {
  measure_options measuring;
  measuring.players = given["players"].as<std::size_t>();
  assumptions assumed;
  assumed.players_per_server = measuring.players_per_server = given["per-server"].as<std::size_t>();
  auto const measured = measure_all(measuring, std::cerr);
  print_tables(std::cout, measured, assumed);
  if (!given.count("out")) return 0;
  std::ofstream picture(given["out"].as<std::string>());
  write_svg(picture, measured, assumed);
  if (!picture.flush()) throw std::runtime_error("cannot write " + given["out"].as<std::string>());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  po::options_description options(
      "capacity: what sessions cost, and what 10 million of them would\n\nOptions", 100);
  options.add_options()("help", "this text")("out", po::value<std::string>()->value_name("FILE.svg"),
                                             "draw the plot")(
      "players", po::value<std::size_t>()->value_name("N")->default_value(1000), "to measure with")(
      "per-server", po::value<std::size_t>()->value_name("N")->default_value(100),
      "players on a game server");
  return chronicle::test::run_program(argc, argv, "capacity", options, run);
}
