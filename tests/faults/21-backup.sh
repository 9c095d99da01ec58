#!/bin/bash
# A backup is taken under load, again and again; each, put into an empty folder, keeps
# every law and has whatever was acknowledged before it was asked for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=$(either 2 30)
load_on() { start put "$load" put "$HEARSAY_BROKER" "$T/all-receipts" "$@"; }

start_broker
start_hand worker 2 1
load_on 0 1000000 "$(either 2 16)" 5000
fact "articles come" within 20 test -s "$T/all-receipts"
for ((round = 1; round <= rounds; round++)); do
	sleep_ms "$(chance 100 500)"
	cp "$T/all-receipts" "$T/receipts"
	"$hearsay" backup --quiet "$T/copy-$round.db"
	fact "backup $round" test $? = 0
done
fact "articles came meanwhile" test "$(wc -l <"$T/all-receipts")" -gt "$(wc -l <"$T/receipts")"
"$hearsay" backup "$T/copy-1.db" 2>/dev/null
equal "a file that is there is not written over" $? 11
equal "nothing is left of how they were made" "$(find "$T" -name '*.partial*' | wc -l)" 0
kill9 put
kill9 worker
stop_broker

# The newest of them, restored.
mkdir "$T/restored"
cp "$T/copy-$rounds.db" "$T/restored/queue.db"
fact "every law holds" check_data "$T/restored"
start_broker --data "$T/restored"
fact "a broker starts on it" within 20 logged broker "opened data=$T/restored"
start_hand worker
tally "restored" 60000
fact "articles were acknowledged" test "$acknowledged" -gt 100
equal "bad rounds" "$bad_rounds" 0
stop_broker

# Killed in the middle: no half file is taken for one, and the next backup is made.
start_broker
fact "broker" within 20 logged broker listening 3
start backup "$hearsay" backup -t 2s "$T/killed.db"
sleep_ms "$(chance 0 60)"
kill9 broker
ended backup
fact "no file, or a whole one" test "$status" != 0 -o -s "$T/killed.db"
start_broker
fact "backup after that" "$hearsay" backup "$T/after.db"
finish
