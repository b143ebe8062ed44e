#!/bin/sh
# Builds and runs the benchmarks; all options go to chronicle_bench (--help). Takes three minutes, on a machine that
# has two cores and nothing else to do.
#
#   cmake/run_benchmarks.sh [--suites abcde] [--rounds 21] [--plot benchmarks.svg]
set -eu
cd "$(dirname "$0")/.."
cmake --preset release >/dev/null
cmake --build --preset release --target chronicle_bench
exec build/release/test/bench/chronicle_bench "$@"
