#!/bin/sh
# Install what building, running and testing Hearsay needs, if anything is missing.
# usage: deploy/deps.sh [build|check|lint|deploy|all]      (Debian and Ubuntu)
#
# Prints nothing and needs no network when everything is there already.
set -eu

build="build-essential pkg-config libzmq3-dev libprotobuf-c-dev protobuf-c-compiler
       libsqlite3-dev libdnnl-dev libutf8proc-dev libzstd-dev libsodium-dev libsystemd-dev
       libjansson-dev libmicrohttpd-dev"
check="check sqlite3 python3 procps iproute2 nftables"
lint="clang clang-tidy clang-format libclang-rt-dev mandoc shellcheck"
deploy="debhelper lintian systemd prometheus python3-venv"

case "${1:-build}" in
build) want=$build ;;
check) want="$build $check" ;;
lint) want="$build $check $lint" ;;
deploy) want="$build $check $deploy" ;;
all) want="$build $check $lint $deploy" ;;
*) echo "usage: $0 [build|check|lint|deploy|all]" >&2; exit 2 ;;
esac

missing=
for package in $want; do
	# A name may be provided by another package (pkg-config by pkgconf), so ask for both.
	dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "deps: this is no Debian: install these packages' counterparts by hand:$missing" >&2
	exit 1
fi
root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "deps: missing:$missing; run as root: apt-get install$missing" >&2
		exit 1
	}
	root=sudo
fi
echo "deps: installing$missing" >&2
$root apt-get update -qq
# shellcheck disable=SC2086 # a list of names
DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $missing >/dev/null
