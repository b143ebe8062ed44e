#!/bin/sh
# Installs what is missing, builds with g++, and runs all tests. Ends non-zero when anything fails. run_matrix.sh has
# the other compiler and the sanitizers.
set -eu
cd "$(dirname "$0")/.."
jobs=$(nproc)
export CCACHE_NOHASHDIR=1  # the test that builds the library inside another project reuses what was compiled here

[ $# -eq 0 ] || { echo "run_tests.sh: takes no arguments" >&2; exit 2; }

sh cmake/setup.sh --tests
cmake --preset debug
cmake --build --preset debug -j "$jobs"
ctest --preset debug -j "$jobs"
