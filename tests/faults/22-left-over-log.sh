#!/bin/bash
# A copy of the database is put back beside a log that was left over: no mixture of both
# is taken for a queue.  A database without the log it had is said to be one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
refuses() {
	: >"$T/broker.log"
	start_broker
	ended broker
	equal "$1: the broker does not start" "$status" "$2"
	fact "$1: it says what to do" logged broker "$3"
}

start_broker
put 0 100 16 20000
"$hearsay" backup --quiet "$T/backup.db"
stop_broker
cp "$T/data/queue.db" "$T/copy.db"
start_broker
put 100 500 16 20000
kill9 broker
cp -a "$T/data" "$T/killed"
fact "a log is left" test -s "$T/data/queue.db-wal"

for copy in copy backup; do
	rm -rf "$T/data"
	cp -a "$T/killed" "$T/data"
	cp "$T/$copy.db" "$T/data/queue.db"
	refuses "an older $copy beside a newer log" 15 'move .*queue.db-wal away'
	rm "$T/data/queue.db-wal"
	start_broker
	fact "without that log it starts" within 30 logged broker 'listening'
	equal "and has what the $copy has" "$(count ready)" 100
	stop_broker
	fact "every law holds" check_data "$T/data"
done

rm -rf "$T/data"
cp -a "$T/killed" "$T/data"
rm "$T/data/queue.db"
refuses "a log without its database" 1 'is missing but its log is there'

rm -rf "$T/data"
cp -a "$T/killed" "$T/data"
rm "$T/data/queue.db-wal" "$T/data/queue.db-shm"
: >"$T/broker.log"
start_broker
fact "a database without its log: it starts" within 30 logged broker listening
fact "and says so" logged broker log_missing
stop_broker

rm -rf "$T/data"
cp -a "$T/killed" "$T/data"
: >"$T/broker.log"
start_broker
fact "what was killed starts" within 30 logged broker listening
fact "without a word about logs" test "$(grep -c log_missing "$T/broker.log")" = 0
start_hand worker
tally "killed, as it was" 60000
equal "bad rounds" "$bad_rounds" 0
finish
