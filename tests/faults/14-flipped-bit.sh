#!/bin/bash
# A bit flips in the file of a store, or in its log, while no broker runs.  In an
# article it is found by who opens it, and costs that article alone; anywhere else
# the broker serves what is right, or says that the file is damaged.  Never does it
# hand out what was not put in.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=$(either 6 300)
export HEARSAY_BROKER=ipc://$T/clients

start_broker --attempts 1
put 0 200 16 5000
stop_broker
cp -a "$T/data" "$T/whole"
start_again() {
	: >"$T/broker.log"
	start_broker --attempts 1
}
listening() { logged broker listening || ! running broker; }

# In the middle of an article's compressed text, which nothing but its own checksum covers.
for key in 7 77 177; do
	"$disk" flip "$T/data/queue.db" $(($("$disk" find "$T/data" story-$key) + 60)) 3
done
start_again
start_hand worker
tally "three articles" 20000
equal "three are dead, no more" "$(count dead)" 3
equal "their neighbours are done" "$(count "done")" 197
"$hearsay" get --json story-77 >"$T/out" 2>/dev/null
fact "the reason says what is wrong" grep -q damaged "$T/out"
stop_broker
kill9 worker
bad_rounds=0 # they were to be found

# Anywhere: nothing wrong may come out, whatever is found or not.
corrupt=0 doubled=0 refused=0 served=0 silent=0
for ((round = 1; round <= rounds; round++)); do
	rm -rf "$T/data"
	cp -a "$T/whole" "$T/data"
	"$disk" flip "$T/data/queue.db" "$(chance 0 $(($(stat -c %s "$T/data/queue.db") - 1)))" \
		"$(chance 0 7)"
	start_again
	within 30 listening
	start_hand worker
	line=$("$load" check "$HEARSAY_BROKER" "$T/receipts" 2500 2>>"$T/load.log")
	[[ -z $line || $line == *' corrupt=0 '* ]] || corrupt=$((corrupt + 1))
	[[ -z $line || $line == *' doubled=0 '* ]] || doubled=$((doubled + 1))
	if [ -z "$line" ] || ! running broker; then
		refused=$((refused + 1))
		logged broker 'damaged' || silent=$((silent + 1))
		kill9 broker
	else
		served=$((served + 1))
		stop_broker
	fi
	kill9 worker
done
echo "      $rounds flips anywhere: served=$served refused=$refused corrupt=$corrupt doubled=$doubled"
equal "rounds with something corrupt" "$corrupt" 0
equal "rounds with something doubled" "$doubled" 0
equal "rounds that ended without a word about damage" "$silent" 0
finish
