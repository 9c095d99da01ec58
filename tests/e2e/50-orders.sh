#!/bin/bash
# Dead letters are listed and kicked, waiting and running articles cancelled; and what
# was said to be done is done, though the broker is killed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
broker_options=(--heartbeat 300ms --attempts 1) # who loses its worker is dead
make_long "$T/long.txt" 6
state_is() { "$hearsay" get --json "$1" 2>/dev/null | grep -q "\"state\":\"$2\""; }

start_broker
fact "broker listens" within 10 logged broker listening
"$hearsay" submit --quiet "$T/long.txt" >/dev/null
fact "an article waits" state_is long ready
"$hearsay" why long >"$T/out"
fact "and why says for whom" grep -q "^long  waits: no worker is connected" "$T/out"
"$hearsay" why nobody 2>/dev/null
equal "of a key that is none there is nothing to say" $? 6
"$hearsay" cancel long >"$T/out"
fact "it is cancelled" grep -q '^long  cancelled' "$T/out"
"$hearsay" cancel --json long >"$T/out"
fact "twice does no harm" grep -q '"changed":false,"state":"cancelled"' "$T/out"
kill9 broker
start_broker
fact "it still is after a kill" within 10 state_is long cancelled

start_worker worker
"$hearsay" kick --quiet long
fact "a kick has it worked on" within 10 state_is long leased
"$hearsay" wait --timeout 20s long >"$T/waited" 2>/dev/null &
pid[waiter]=$!
sleep 0.3
"$hearsay" cancel long >/dev/null
ended waiter
equal "a cancel reaches who waits" "$status" 1
"$hearsay" submit --quiet --wait --timeout 20s "$samples/harbour-wire.txt" >/dev/null
equal "and the worker goes on with other work" $? 0

"$hearsay" kick --quiet long
fact "kicked once more it is worked on" within 10 state_is long leased
kill9 worker
fact "a worker that is lost buries it" within 15 state_is long dead
"$hearsay" why --json long >"$T/out"
fact "why says so" grep -q '"state":"dead","why":"failed for good' "$T/out"
"$hearsay" dead --json >"$T/out"
fact "it stands among the dead, with its reason" grep -q '"key":"long".*"reason":"worker' "$T/out"
fact "and its last worker" grep -q '"worker":"[^"]' "$T/out"
"$hearsay" dead --reason 'no such words' >"$T/out"
equal "a reason that none has finds none" "$(wc -l <"$T/out")" 0
"$hearsay" cancel long 2>"$T/err"
equal "what is dead cannot be cancelled" $? 11
"$hearsay" kick --all --json >"$T/out"
equal "all are kicked" "$(cat "$T/out")" '{"kicked":1}'
equal "none is dead any more" "$("$hearsay" dead | wc -l)" 0
"$hearsay" kick nobody 2>/dev/null
equal "a key that is none is said" $? 6
"$hearsay" kick --all long 2>/dev/null
equal "keys and --all do not go together" $? 2
finish
