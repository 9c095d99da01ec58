#!/bin/bash
# SIGSTOP beyond the lease, then SIGCONT: of workers, whose articles are others' by
# then, and of the broker, whose sleep is nobody's silence.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=$(either 1 20)
# shellcheck disable=SC2034 # the library's
broker_options=(--heartbeat 200ms --lease 1500ms --min-free 0)
start_broker
start_hand sleeper 2 20
start_hand other 2 20
for ((round = 0; round < rounds; round++)); do
	put $((round * 1000)) 400 16 5000
	fact "the sleeper has articles" within 60 count_is workers 2
	signal sleeper STOP
	sleep_ms "$(chance 2200 3000)"
	signal sleeper CONT
	tally "worker stopped, round $round"
	lost=$(grep -c 'was lost' "$T/broker.log")
	put $((round * 1000 + 500)) 200 16 5000
	signal broker STOP
	sleep_ms "$(chance 2200 3000)"
	signal broker CONT
	tally "broker stopped, round $round"
	equal "nobody was lost by the broker's own sleep" \
		"$(grep -c 'was lost' "$T/broker.log")" "$lost"
done
fact "workers were lost on the way" test "$lost" -ge 1
fact "both live" running sleeper
stop_broker
fact "every law holds" check_data "$T/data"
equal "bad rounds" "$bad_rounds" 0
finish
