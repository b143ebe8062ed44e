// Gives every target what its corpus holds, and all that ever made one fail: a test without a fuzzer, for any
// compiler. The argument is the folder of the corpora.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/targets.hpp"

namespace {

namespace fs = std::filesystem;

std::string read(fs::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// How many inputs there were.
std::size_t replay(chronicle::fuzz::target const& target, fs::path const& folder) {
  std::size_t count = 0;
  for (auto const& input : fs::directory_iterator(folder)) {
    auto const bytes = read(input.path());
    std::printf("%s/%s\n", std::string(target.name).c_str(), input.path().filename().c_str());
    std::fflush(stdout);  // the last line names the input that ends us
    target.run(bytes);
    for (std::size_t end : {bytes.size() / 2, bytes.size() - bytes.size() / 8})
      target.run(std::string_view(bytes).substr(0, end));
    ++count;
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: fuzz_replay CORPORA\n"), 2;
  for (auto const& target : chronicle::fuzz::targets) {
    if (replay(target, fs::path(argv[1]) / target.name) > 0) continue;
    std::fprintf(stderr, "no corpus for %s\n", std::string(target.name).c_str());
    return 1;
  }
  return 0;
}
