#!/bin/bash
# Everything ends when it is told to, whoever is there to hear of it or not.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
seconds_of() { # COMMAND...: prints how long it took, in whole seconds; its status in $T/status
	local began=$SECONDS
	"$@"
	echo $? >"$T/status"
	echo $((SECONDS - began))
}
start_broker --drain 1s
fact "broker" within 10 logged broker listening
start_hand worker 1 50
put 0 100 50 5000
within 20 eval '[ "$(count done)" -gt 5 ]'
signal worker STOP
put 1000 100 50 5000
sleep 1
took=$(seconds_of stop_broker)
equal "with a worker that is stopped the broker ends by itself" "$(cat "$T/status")" 0
fact "soon ($took s)" test "$took" -le 8
fact "and the store is whole" check_data "$T/data"
took=$(seconds_of "$hearsay" submit -q --timeout 3s "$samples/harbour-wire.txt" 2>"$T/err")
equal "a submission that nobody takes ends with its own status" "$(cat "$T/status")" 7
fact "in its time ($took s)" test "$took" -le 6
start_broker
fact "broker again" within 10 logged broker listening 2
sleep 0.5
equal "what was given up is not sent later" "$("$hearsay" get --json harbour-wire | grep -c unknown)" 1
stop_broker
signal worker CONT
kill9 worker
start_hand lonely 1 0
fact "a worker without a broker waits" within 10 logged lonely waiting
signal lonely TERM
took=$(seconds_of ended lonely)
fact "and ends when it is told to ($took s)" test "$took" -le 3
for ((i = 0; i < $(either 3 30); i++)); do
	start_broker
	sleep_ms "$(chance 0 60)"
	signal broker INT
	signal broker TERM
	ended broker
	fact "two signals at its start: it ends ($status)" test "$status" -le 143
done
fact "and the store is whole" check_data "$T/data"
equal "bad rounds" "$bad_rounds" 0
finish
