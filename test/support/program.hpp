// What the test programs with a command line of their own have in common.
#pragma once

#include <boost/program_options.hpp>
#include <exception>
#include <iostream>

namespace chronicle::test {

/// Parses the command line and returns what `run(given)` returns; answers `--help`. Whatever is thrown is
/// said on standard error with the program's `name` before it, and 2 returned.
template <class Run>
int run_program(int argc, char** argv, char const* name,
                boost::program_options::options_description const& options, Run const& run) {
  try {
    boost::program_options::variables_map given;
    boost::program_options::store(boost::program_options::parse_command_line(argc, argv, options), given);
    if (given.count("help")) {
      std::cout << options;
      return 0;
    }
    return run(given);
  } catch (std::exception const& e) {
    std::cerr << name << ": " << e.what() << '\n';
    return 2;
  }
}

}  // namespace chronicle::test
