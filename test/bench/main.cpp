// chronicle_bench [--suites abcde] [--rounds N] [--plot FILE]: measures, prints a table, draws a plot. Ends
// with status 1 when a promise is not kept.
#include <boost/program_options.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>

#include "bench/report.hpp"
#include "bench/suites.hpp"

namespace {

namespace po = boost::program_options;
using namespace chronicle::bench;

struct suite {
  char name;
  std::vector<row> (*measure)(effort);
};
constexpr suite suites[] = {{'a', measure_saves},
                            {'b', measure_canonical_hash},
                            {'c', measure_idle_sessions},
                            {'d', measure_cycles},
                            {'e', measure_requests}};

int run(int argc, char** argv) {
  std::string wanted = "abcde", plot;
  effort how_much;
  po::options_description known("chronicle_bench");
  known.add_options()("help", "print this and end")("suites", po::value(&wanted),
                                                    "which, as letters; all by default")(
      "rounds", po::value(&how_much.rounds), "how often each pair is measured; 21 by default")(
      "plot", po::value(&plot), "where to draw the ratios, an SVG file");
  po::variables_map given;
  po::store(po::parse_command_line(argc, argv, known), given);
  po::notify(given);
  if (given.count("help") > 0) return std::cout << known, 0;

  std::vector<row> report;
  for (auto const& one : suites) {
    if (wanted.find(one.name) == wanted.npos) continue;
    auto rows = one.measure(how_much);
    std::move(rows.begin(), rows.end(), std::back_inserter(report));
  }
  print_table(report);
  if (!plot.empty()) std::ofstream(plot) << draw(report);
  for (auto const& line : report)
    if (!line.holds()) return 1;
  return 0;
}

}  // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (std::exception const& e) {
  std::fprintf(stderr, "chronicle_bench: %s\n", e.what());
  return 2;
}
