#!/bin/bash
# The disk fills up under load, at whatever write it happens, and has room again:
# the broker ends with a sentence, and what it acknowledged is there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=$(either 3 30)
mounted=$T/disk
clean_up_more() { umount -l "$mounted" 2>/dev/null; }
mkdir "$mounted"
mount -t tmpfs -o size=64m hearsay-faults "$mounted" 2>/dev/null ||
	skip "a small disk needs root"
room() { df --output=avail -B1 "$mounted" | tail -n 1; }
broker_on_it() { start_broker --data "$mounted/data"; }

for ((round = 1; round <= rounds; round++)); do
	: >"$T/broker.log"
	broker_on_it
	fact "round $round: broker" within 10 logged broker listening
	start_hand worker
	left=$(chance 100000 3000000)
	head -c $(($(room) - left)) /dev/zero >"$mounted/filler" 2>/dev/null
	put $((round * 100000)) 20000 16 1500
	ended broker
	equal "$left bytes were left: the broker ends, status 9" "$status" 9
	fact "it says what to do" logged broker 'make room'
	rm "$mounted/filler"
	broker_on_it
	tally "disk full $round"
	kill9 worker
	stop_broker
	fact "every law holds" check_data "$mounted/data"
	rm -rf "$mounted/data" "$T/receipts"
done
equal "bad rounds" "$bad_rounds" 0
umount "$mounted"
finish
