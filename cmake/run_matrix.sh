#!/bin/sh
# Everything that run_tests.sh leaves out because it takes hours of a small machine: both compilers, debug and release,
# the sanitizers, valgrind and clang-tidy. Ends non-zero when anything fails, and goes on to the next step all the same.
#
#   cmake/run_matrix.sh [STEP...]     without a step: all of them, in this order
#
# debug release clang   every test
# replay                the same seed gives the same log byte for byte, whatever compiled the simulated fleet
# asan-ubsan asan-no-recycling tsan
#                       the tests of the library and the server; of the simulated fleet 50 seeds
# valgrind              the unit tests of the debug build, memcheck, ten seeds of each that plays thousands
# tidy                  clang-tidy on the library, the server and the examples
# fuzz                  every fuzzer for a minute
set -u
cd "$(dirname "$0")/.."
jobs=$(nproc)
export CCACHE_NOHASHDIR=1

build() { cmake --preset "$1" && cmake --build --preset "$1" -j "$jobs"; }

# The benchmarks are built here, for no other test does.
every_test() {
  build "$1" && cmake --build --preset "$1" -j "$jobs" --target chronicle_bench && ctest --preset "$1" -j "$jobs"
}

# The hashes of the logs of 200 worlds and of 20 over HTTP.
replay() {
  for preset in debug release clang; do
    cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" --target sim_fleet || return 1
    for level in "--seeds 1..200" "--http --seeds 1..20"; do
      # shellcheck disable=SC2086  # two words
      "build/$preset/test/sim/sim_fleet" $level --hashes --jobs "$jobs"
    done | grep -E '^[0-9]+ [0-9a-f]{16}$' > "build/$preset/hashes_of_logs" || return 1
  done
  cmp build/debug/hashes_of_logs build/release/hashes_of_logs && cmp build/debug/hashes_of_logs build/clang/hashes_of_logs
}

sanitized() {
  build "$1" && ctest --preset "$1" -j "$jobs" -LE 'lint|package|sim|documentation' &&
    "build/$1/test/sim/sim_fleet" --seeds 1..50 --jobs "$jobs"
}

valgrind_units() {
  cmake --preset debug && cmake --build --preset debug -j "$jobs" --target test/unit/all || return 1
  for program in build/debug/test/unit/*/unit_*; do
    echo "valgrind: ${program##*/}"
    CHRONICLE_SEEDS=10 valgrind --quiet --error-exitcode=1 --leak-check=full \
      --errors-for-leak-kinds=definite,indirect "$program" --catch_system_errors=no --report_level=short || return 1
  done
}

# Of every file on its own.
tidy() {
  cmake --preset clang -B build/tidy -DCMAKE_UNITY_BUILD=OFF || return 1
  find src examples -name '*.cpp' -print0 | xargs -0 -n 1 -P "$jobs" clang-tidy-19 -p build/tidy --quiet
}

[ $# -gt 0 ] || set -- debug release clang replay asan-ubsan asan-no-recycling tsan valgrind tidy fuzz
for step in "$@"; do
  case $step in
    debug | release | clang | replay | asan-ubsan | asan-no-recycling | tsan | valgrind | tidy | fuzz) ;;
    *) echo "run_matrix.sh: no step named $step; see the head of this file" >&2; exit 2 ;;
  esac
done

sh cmake/setup.sh --matrix || exit 1
failed=""
for step in "$@"; do
  echo "== $step"
  case $step in
    debug | release | clang) every_test "$step" ;;
    replay) replay ;;
    valgrind) valgrind_units ;;
    tidy) tidy ;;
    fuzz) sh cmake/run_fuzzers.sh 60 ;;
    *) sanitized "$step" ;;
  esac || failed="$failed $step"
done
[ -z "$failed" ] || { echo "run_matrix.sh: failed:$failed" >&2; exit 1; }
echo "run_matrix.sh: all of these hold: $*"
