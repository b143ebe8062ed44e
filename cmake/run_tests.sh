#!/bin/sh
# Installs what is missing, builds, and runs all tests with g++; with --sanitizers also those without sockets with clang
# under the address and undefined-behaviour sanitizers. Ends non-zero when anything fails.
#
#   cmake/run_tests.sh [--sanitizers]
set -eu
cd "$(dirname "$0")/.."
jobs=$(nproc)
export CCACHE_NOHASHDIR=1  # the test that builds the library inside another project reuses what was compiled here

sanitizers=no
case "${1:-}" in
  "") ;;
  --sanitizers) sanitizers=yes ;;
  *) echo "run_tests.sh: unknown option '$1'; the only one is --sanitizers" >&2; exit 2 ;;
esac

sh cmake/setup.sh --tests
cmake --preset debug
cmake --build --preset debug -j "$jobs"
ctest --preset debug -j "$jobs"
[ "$sanitizers" = yes ] || exit 0

cmake --preset asan-ubsan
cmake --build --preset asan-ubsan -j "$jobs" --target chronicle_sanitized_tests
ctest --preset asan-ubsan -j "$jobs" -L sanitized
