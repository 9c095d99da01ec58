#!/bin/bash
# A broker and two workers on a temporary folder, the sample articles through
# them, and who said what in each.  Leaves nothing running and nothing behind.
set -eu
cd "$(dirname "$0")/.."
bin=${BIN:-build/bin}
here=$(mktemp -d "${TMPDIR:-/tmp}/hearsay-demo.XXXXXX")
clients=ipc://$here/clients workers=ipc://$here/workers
pids=()

tidy() {
	kill -TERM "${pids[@]}" 2>/dev/null || true
	wait "${pids[@]}" 2>/dev/null || true
	rm -rf "$here"
}
trap tidy EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }
run() {
	say "$@"
	"$bin/$1" "${@:2}"
}
start() { # in the background, its log kept
	say "$* &"
	"$bin/$1" "${@:2}" 2>>"$here/log" &
	pids+=($!)
}

start hearsay-broker --data "$here/data" --clients "$clients" --workers "$workers"
start hearsay-worker --broker "$workers" --threads 1
start hearsay-worker --broker "$workers" --threads 1
export HEARSAY_BROKER=$clients

run hearsay submit docs/samples || { cat "$here/log" >&2; exit 1; }
keys=$(cd docs/samples && printf '%s\n' *.txt | sed 's/\.txt$//')
# shellcheck disable=SC2086 # names without spaces
run hearsay wait $keys
for key in $keys; do
	run hearsay get "$key"
done
run hearsay stats
echo
echo "Nothing is left running.  Next: $bin/hearsay extract YOUR-ARTICLE.txt, or man docs/man/hearsay.1"
