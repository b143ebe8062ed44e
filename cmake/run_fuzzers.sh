#!/bin/sh
# Builds the fuzzers (clang 19) and runs each for a while, two at a time. New inputs that reach new code are kept in
# build/fuzz/corpus; one that breaks something stays in build/fuzz/found, and belongs into test/fuzz/corpus when it
# does not any more.
#
#   cmake/run_fuzzers.sh [SECONDS] [TARGET...]     60 seconds and all targets by default
set -eu
cd "$(dirname "$0")/.."
seconds="${1:-60}"
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- $(ls test/fuzz/corpus)

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
mkdir -p build/fuzz/found
for target; do
  mkdir -p "build/fuzz/corpus/$target"
  echo "$target"
done | xargs -P 2 -I TARGET sh -c '
  log=build/fuzz/TARGET.log
  if build/fuzz/test/fuzz/fuzz_TARGET build/fuzz/corpus/TARGET test/fuzz/corpus/TARGET -max_total_time='"$seconds"' \
      -timeout=10 -rss_limit_mb=2048 -artifact_prefix=build/fuzz/found/TARGET- -print_final_stats=1 >"$log" 2>&1; then
    echo "TARGET: $(grep -o "stat::number_of_executed_units: .*" "$log")"
  else
    echo "TARGET: FAILED, see $log"; exit 1
  fi'
