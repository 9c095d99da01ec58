#!/bin/bash
# A worker is stopped beyond its lease and wakes when another has its article:
# what it says then changes nothing, and it goes on working.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
broker_options=(--heartbeat 300ms --lease 2s)
make_long "$T/long.txt" 4

start_broker
start_worker sleeper
fact "a worker is welcomed" within 10 count_is workers 1
"$hearsay" submit --quiet "$T/long.txt" >/dev/null
fact "it is at work" within 10 count_is leased 1
sleep 0.3
signal sleeper STOP
start_worker other
fact "the article becomes another's" within 20 logged broker 'reason="worker .* was lost'
fact "which finishes it" within 60 count_is "done" 1
"$hearsay" get --json long >"$T/first"
signal sleeper CONT
fact "the sleeper comes back" within 10 logged sleeper ' connected ' 2
fact "with a result that comes too late" within 30 logged sleeper ' done job=1 '
sleep 1
fact "it is alive" running sleeper
"$hearsay" get --json long >"$T/second"
same "the result is as it was" "$T/first" "$T/second"
"$hearsay" extract --json "$T/long.txt" >"$T/extracted"
as_extracted <"$T/second" >"$T/compared"
same "and the right one" "$T/compared" "$T/extracted"
events "$T/events"
equal "the job has ended once" "$(wc -l <"$T/events")" 1

signal other TERM
ended other
"$hearsay" submit --quiet "$samples"/*.txt >/dev/null
fact "the sleeper works on" within 20 count_is "done" $((1 + $(ls "$samples"/*.txt | wc -l)))
finish
