#!/bin/sh
# Checks the rules of this project that no compiler checks.
#
#   cmake/lint.sh [--root DIRECTORY] [RULE...]     without a rule: all of them; of DIRECTORY in place of this project
#
# coroutines  no statement that g++ 12 miscompiles without a warning: co_await in a condition, ?:, && or ||, and
#             temporaries in braces or lambdas with captures beside it
# functions   no function longer than 60 lines, tables of values not counted
# files       no file longer than 600 lines
# layers      a layer includes itself and lower ones; Beast only in transport and kv_server; public headers free of
#             Beast, OpenSSL and SQLite
# injected    nothing but base reads clocks, seeds generators or has timers; unit tests never sleep
# leftovers   nothing marked as to be done later, no path of the machine it was written on
# format      clang-format 14 has nothing to change (skipped where it is not installed)
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
layers="base integrity record lease resilience transport backend session kv_server"
# Public headers that every layer may include: interfaces and plain values. Another public header belongs to the layer
# that has a source file of its name, or else to session.
vocabulary="backend circuit_breaker etcd_options hooks log message_bus rest_options retry_budget session_state shared_bytes simulation
  store_options time_source"

sources() {  # of the given folders
  (cd "$root" && find "$@" \( -name '*.hpp' -o -name '*.cpp' \) 2>/dev/null | sort)
}

# Prints where an extended regular expression matches outside comments in the files that standard input names; fails
# if it does anywhere.
forbid() {  # expression, complaint
  tr '\n' '\0' | (cd "$root" && xargs -0 -r awk -v expression="$1" -v complaint="$2" '
    { line = $0; sub(/\/\/.*/, "", line) }
    line ~ expression { printf "%s:%d: %s: %s\n", FILENAME, FNR, complaint, $0; found = 1 }
    END { exit found }')
}

# Of the whole tree, for games use this one too, and theirs look different from ours.
check_statements() {  # rule
  # The compiler probes are wrong on purpose.
  code=$(project_files -regextype posix-extended -regex '.*\.([cht](pp|xx|\+\+)|cc|hh?|ipp|inl)' ! -path './test/canary/*' |
    sed 's|^\./||' | sort)
  [ -n "$code" ] || { echo "$1: no C++ files below $root" >&2; return 1; }
  echo "$code" | tr '\n' '\0' | (cd "$root" && xargs -0 awk -v rule="$1" -f "$here/lint/statements.awk")
}

check_coroutines() { check_statements coroutines; }
check_functions() { check_statements functions; }

project_files() {  # of the whole tree but what is built: find's tests
  (cd "$root" && find . -type f ! -path './build/*' ! -path './build-*' ! -path './.git/*' ! -name .git "$@")
}

check_files() {
  project_files \( -name '*.?pp' -o -name '*.cmake' -o -name '*.sh' -o -name '*.awk' -o -name CMakeLists.txt \) \
    -exec awk 'FNR == 601 { print FILENAME ": longer than 600 lines"; long = 1 } END { exit long }' {} +
}

# "header:layer" for each public header whose layer is known; the first word counts.
homes() {
  for header in $vocabulary; do echo "$header.hpp:base"; done
  for source in "$root"/src/*/*.cpp; do
    [ -f "$root/include/chronicle/$(basename "$source" .cpp).hpp" ] || continue
    echo "$(basename "$source" .cpp).hpp:$(basename "$(dirname "$source")")"
  done
}

check_layers() {
  sources src include | tr '\n' '\0' | (cd "$root" && xargs -0 -r \
      awk -v layers="$layers" -v homes="$(homes | tr '\n' ' ')" -f "$here/lint/includes.awk")
}

outside_base() { sources src include | grep -v -e '^src/base/' -e '^include/chronicle/time_source\.hpp$'; }

check_injected() {
  status=0
  outside_base | forbid '_clock::now|clock_gettime|gettimeofday|[^A-Za-z0-9_]time\\((NULL|nullptr|0)\\)' 'reads a clock' || status=1
  outside_base | forbid 'random_device|mt19937|minstd_rand|default_random_engine|[^A-Za-z0-9_]s?rand\\(' 'seeds a generator' || status=1
  # A steady_timer that never expires is a condition to wait for, and allowed.
  outside_base | forbid '(system|high_resolution|waitable|deadline)_timer|steady_timer.*(chrono::|[0-9](h|min|m?s)[^A-Za-z])|expires_(after|at)\\(|this_thread::sleep' \
    'waits on a clock' || status=1
  sources test/unit test/conformance test/sim test/support | forbid 'this_thread::sleep|[^A-Za-z0-9_](u|nano)?sleep\\(' 'a test that sleeps' ||
    status=1
  return $status
}

check_leftovers() {
  # The brackets keep the expression from finding itself.
  project_files -exec grep -nHE '(^|[^A-Za-z])([T]ODO|[F]IXME|[X]XX|[H]ACK)([^A-Za-z]|$)|/[w]ork/|\.\./[s]hared' {} + &&
    return 1
  return 0
}

check_format() {
  formatter=$(command -v clang-format-14) || { echo "format: skipped, clang-format-14 is not installed"; return 0; }
  sources src include test examples | tr '\n' '\0' | (cd "$root" && xargs -0 -r "$formatter" --dry-run --Werror)
}

[ "${1:-}" = --root ] && { root=$(cd "$2" && pwd) || exit 2; shift 2; }
[ $# -gt 0 ] || set -- coroutines functions files layers injected leftovers format
failed=
for rule in "$@"; do
  case $rule in
    coroutines | functions | files | layers | injected | leftovers | format) "check_$rule" || failed="$failed $rule" ;;
    *) echo "lint: no rule named $rule" >&2; exit 2 ;;
  esac
done
[ -z "$failed" ] || { echo "lint: broken rules:$failed" >&2; exit 1; }
