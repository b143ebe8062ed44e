#!/bin/sh
# The main job: installs what is missing, builds, and lets two game servers play against chronicle-kv on a SQLite file,
# with players who hop between them and a kill -9 in the middle. Ends non-zero unless every coin is there in the end.
#
#   cmake/run_game.sh [OPTION...]     options go to the demonstration; --help lists them
set -eu
cd "$(dirname "$0")/.."

sh cmake/setup.sh
build=build/game  # not build/release, which may have tests
cmake --preset release -B "$build" -DCHRONICLE_BUILD_TESTS=OFF
cmake --build "$build" -j "$(nproc)" --target demonstration game_server chronicle-kv
exec "$build/examples/demonstration" --game-server "$build/examples/game_server" \
  --kv "$build/src/kv_server/chronicle-kv" "$@"
