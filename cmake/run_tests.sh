#!/bin/sh
# Installs what is missing, builds, and runs the tests: all of them with g++, then those without sockets with clang under
# the address and undefined-behaviour sanitizers. Ends non-zero when anything fails.
#
#   cmake/run_tests.sh [--quick]     --quick leaves the sanitizers out
set -eu
cd "$(dirname "$0")/.."
jobs=$(nproc)

quick=no
case "${1:-}" in
  "") ;;
  --quick) quick=yes ;;
  *) echo "run_tests.sh: unknown option '$1'; the only one is --quick" >&2; exit 2 ;;
esac

sh cmake/setup.sh --tests
cmake --preset debug
cmake --build --preset debug -j "$jobs"
ctest --preset debug -j "$jobs"
[ "$quick" = no ] || exit 0

cmake --preset asan-ubsan
cmake --build --preset asan-ubsan -j "$jobs" --target chronicle_sanitized_tests
ctest --preset asan-ubsan -j "$jobs" -L sanitized
