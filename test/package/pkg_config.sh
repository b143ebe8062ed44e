#!/bin/sh
# Compiles, links and runs the consumer with nothing but a compiler and what pkg-config says.
#
#   pkg_config.sh FOLDER_OF_PC_FILES PROGRAM
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export PKG_CONFIG_PATH="$1"
flags=$(pkg-config --cflags --libs chronicle_kv_server)
"${CXX:-c++}" -std=c++20 -DWITH_KV_SERVER "$here/consumer/main.cpp" -o "$2" $flags
exec "$2"
