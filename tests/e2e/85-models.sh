#!/bin/bash
# A broker deals only to workers whose model it accepts, and takes a new list at SIGHUP: so a
# new model comes in one worker after another, and a result says which model made it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
echo "models = of-another-year*, nobody" >"$T/broker.conf"
broker_options=(--heartbeat 300ms --config "$T/broker.conf")
start_broker
fact "broker listens" within 10 logged broker listening
start_worker worker
fact "a worker with another model joins, and is barred" within 20 logged broker 'state=barred model='
model=$(sed -n 's/.*state=barred model="\([^"]*\)".*/\1/p' "$T/broker.log" | tail -n 1)
"$hearsay" submit -q "$samples/harbour-wire.txt" >/dev/null
sleep 0.5
fact "it is dealt nothing" count_is ready 1
"$hearsay" why harbour-wire >"$T/out"
fact "and why says so" grep -q 'no worker that is connected runs a model' "$T/out"
echo "models = nobody, ${model%?}*" >"$T/broker.conf"
signal broker HUP
fact "a list that has it is taken without a restart" within 20 logged broker 'state=accepted'
"$hearsay" wait --json --timeout 30s harbour-wire >"$T/out"
fact "and the result names the model" grep -q "\"model\":\"$model\"" "$T/out"
finish
