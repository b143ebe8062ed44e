#!/bin/sh
# Installs the Debian packages that are missing: what a build needs, with --tests what the tests need besides, and with
# --matrix also what run_matrix.sh needs.
#
#   cmake/setup.sh [--tests | --matrix]
set -eu

packages="g++ cmake ninja-build ccache libboost1.81-dev libboost-json1.81-dev libboost-program-options1.81-dev
          libssl-dev libsqlite3-dev"
for_tests="libboost-test1.81-dev clang-19 libclang-rt-19-dev clang-format-14 doxygen pkgconf etcd-server"
case "${1:-}" in
  "") ;;
  --tests) packages="$packages $for_tests" ;;
  --matrix) packages="$packages $for_tests clang-tidy-19 valgrind" ;;
  *) echo "setup.sh: unknown option '$1'; there are --tests and --matrix" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null 2>&1; then
  echo "setup.sh: this is no Debian system; please install what these packages hold:" $packages >&2
  exit 1
fi

missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1; then
  as_root="sudo"
else
  echo "setup.sh: these packages are missing and only root can install them:$missing" >&2
  exit 1
fi
echo "Installing$missing"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
