#!/bin/bash
# A sync fails, once or for good: nothing is acknowledged on it, the broker ends and
# never tries the same again, and what was acknowledged before is there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
have_shim
rounds=$(either 3 50)
shimmed_broker() {
	: >"$T/broker.log"
	start broker env LD_PRELOAD="$shim" HEARSAY_SHIM="$T" "$BIN/hearsay-broker" \
		--data "$T/data" --clients "$HEARSAY_BROKER" --workers "ipc://$T/workers" \
		"${broker_options[@]}"
	within 30 logged broker listening
}
syncs() { stat -c %s "$T/syncs" 2>/dev/null || echo 0; }

fact "broker" shimmed_broker
before=$(syncs)
put 0 1 1 5000
fact "a receipt comes after a sync ($before, then $(syncs))" test "$(syncs)" -gt "$before"
before=$(syncs)
start flood "$crowd" deaf "$HEARSAY_BROKER" 1000
fact "999 articles, each in a message of its own" within 60 count_is ready 1000
fact "share their syncs ($(($(syncs) - before)))" test $(($(syncs) - before)) -lt 600
kill9 flood
for ((round = 1; round <= rounds; round++)); do
	receipts=$(wc -l <"$T/receipts")
	if ((round % 2)); then echo 1; else echo 1000; fi >"$T/sync"
	put $((round * 1000)) 100 1 1000
	ended broker
	equal "the broker ends, status 1" "$status" 1
	equal "no receipt on a sync that failed" "$(wc -l <"$T/receipts")" "$receipts"
	fact "it says that the disk does not work" logged broker 'disk does not work'
	rm "$T/sync"
	shimmed_broker
	put $((round * 1000 + 500)) 20 1 5000
	start_hand worker
	tally "sync failed, round $round"
	kill9 worker
done
stop_broker
fact "every law holds" check_data "$T/data"
equal "bad rounds" "$bad_rounds" 0
finish
