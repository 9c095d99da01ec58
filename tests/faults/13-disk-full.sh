#!/bin/bash
# The disk fills up under load, at whatever write it happens: the broker stays, refuses
# what is new, and goes on by itself when there is room.  One that is started on a full
# disk waits for it.  What was acknowledged is there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=$(either 2 30)
mounted=$T/disk
clean_up_more() { umount -l "$mounted" 2>/dev/null; }
mkdir "$mounted"
mount -t tmpfs -o size=64m hearsay-faults "$mounted" 2>/dev/null ||
	skip "a small disk needs root"
room() { df --output=avail -B1 "$mounted" | tail -n 1; }
broker_on_it() { start_broker --data "$mounted/data"; }
fill() { head -c $(($(room) - $1)) /dev/zero >>"$mounted/filler" 2>/dev/null; }
say_hello() { echo "The harbour is closed, she said." | "$hearsay" submit -t 1s --key "$1" - 2>&1; }

for ((round = 1; round <= rounds; round++)); do
	: >"$T/broker.log"
	broker_on_it
	fact "round $round: broker" within 30 logged broker listening
	start_hand worker
	left=$(chance 100000 3000000)
	fill "$left"
	put $((round * 100000)) 20000 16 1500
	fact "$left bytes were left, and they are used" within 30 logged broker disk_full
	fact "the broker lives" running broker
	fact "who submits is told why not" grep -q 'disk is' <(say_hello "no-$round")
	if ((round % 2 == 0)); then
		kill9 broker
		fill 0
		: >"$T/broker.log"
		broker_on_it
		fact "one that is started meanwhile waits, or refuses" within 30 logged broker 'state=waiting\|disk_full\|listening'
	fi
	rm "$mounted/filler"
	fact "there is room, and it sees that" within 30 logged broker 'disk_has_room\|listening'
	fact "it takes articles again" within 30 eval "say_hello yes-$round >/dev/null"
	tally "disk full $round" 30000
	kill9 worker
	stop_broker
	fact "every law holds" check_data "$mounted/data"
	rm -rf "$mounted/data" "$T/receipts"
done
equal "bad rounds" "$bad_rounds" 0
umount "$mounted"
finish
