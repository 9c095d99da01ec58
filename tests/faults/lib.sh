# shellcheck shell=bash
# Sourced by every fault test: the end-to-end tests' library, and what counts.
#
# A round ends with `tally`, which waits for what was acknowledged, reads all of
# it back and prints acknowledged, lost, doubled and corrupt.  ROUNDS and STORIES
# are small by default; with SOAK=1 they are what the test itself asks for.
faults=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../e2e/lib.sh
. "$faults/../e2e/lib.sh"
FAULT_BIN=${FAULT_BIN:-$BIN/../tests/faults}
load=$FAULT_BIN/load
hand=$FAULT_BIN/hand
disk=$FAULT_BIN/disk
crowd=$FAULT_BIN/crowd
for program in "$load" "$hand" "$disk" "$crowd"; do
	[ -x "$program" ] || { echo "no $program: run make faults first" >&2; exit 1; }
done
# shellcheck disable=SC2034 # the library's
broker_options=(--heartbeat 300ms --lease 3s --min-free 0)
acknowledged=0
bad_rounds=0

# A broker may be given another clock and another disk, unless it is built with sanitizers.
shim=$FAULT_BIN/shim.so
have_shim() {
	local said
	said=$(LD_PRELOAD=$shim "$BIN/hearsay-broker" --version 2>&1)
	[[ $said == hearsay-broker* ]] || skip "nothing can be preloaded into this build"
}

# either SHORT LONG: what fits the form of this run
either() { [ -n "${SOAK:-}" ] && echo "$2" || echo "$1"; }

# start_hand NAME [THREADS [MS]]
start_hand() {
	start "$1" "$hand" work "ipc://$T/workers" "${2:-2}" "${3:-0}"
}

# put FIRST N BATCH PATIENCE_MS: receipts go to $T/receipts
put() { "$load" put "$HEARSAY_BROKER" "$T/receipts" "$@" >>"$T/load.log" 2>&1; }

# tally WHAT [PATIENCE_MS]: a worker must be there, or be coming
tally() {
	line=
	line=$("$load" check "$HEARSAY_BROKER" "$T/receipts" "${2:-20000}" 2>>"$T/load.log") ||
		bad_rounds=$((bad_rounds + 1))
	echo "      $1: $line"
	acknowledged=$(sed 's/acknowledged=\([0-9]*\).*/\1/' <<<"$line")
}

# check_data FOLDER: every law that a store must keep, no broker being on it
check_data() { "$hearsay" check "$1" >"$T/check" 2>&1 || { cat "$T/check"; false; }; }

stop_broker() {
	signal broker TERM
	ended broker
}

chance() { echo $(((RANDOM * 32768 + RANDOM) % ($2 - $1 + 1) + $1)); } # chance LEAST MOST
sleep_ms() { sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"; }
