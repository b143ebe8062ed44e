#!/bin/sh
# Prints how long a user's translation unit takes to compile with our headers, and with Asio's alone. The least of
# three runs each, in processor seconds; g++ unless CXX says otherwise. Flags are arguments, such as -O2.
set -eu
include=$(cd "$(dirname "$0")/../../include" && pwd)

seconds() {  # included headers
  for header in "$@"; do echo "#include <$header>"; done >"$folder/user.cpp"
  shift $#
  for run in 1 2 3; do
    # times: of the shell, then of its children, each "user system"
    (eval "$compile" && times) | awk 'NR == 2 { split($1, t, "[ms]"); print t[1] * 60 + t[2] }'
  done | sort -n | head -n 1
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
compile="${CXX:-g++} -std=c++20 -DBOOST_ASIO_SEPARATE_COMPILATION -I$include $* -c $folder/user.cpp -o $folder/user.o"

printf '%-46s %s s\n' 'Asio, as coroutines need it' \
  "$(seconds boost/asio/awaitable.hpp boost/asio/co_spawn.hpp boost/asio/io_context.hpp)"
printf '%-46s %s s\n' 'all of Asio (boost/asio.hpp)' "$(seconds boost/asio.hpp)"
printf '%-46s %s s\n' 'chronicle/chronicle.hpp' "$(seconds chronicle/chronicle.hpp)"
printf '%-46s %s s\n' 'chronicle/chronicle.hpp and all of Asio' "$(seconds chronicle/chronicle.hpp boost/asio.hpp)"
