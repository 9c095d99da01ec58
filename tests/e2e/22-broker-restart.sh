#!/bin/bash
# The broker is killed, then stopped in order, while a worker is at work: the
# worker comes back by itself, keeps its lease and brings its result.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
broker_options=(--heartbeat 300ms --lease 10s)
make_long "$T/long.txt" 4

start_worker worker
fact "a worker without a broker waits" within 5 logged worker ' waiting '
sleep 1
equal "and says so once" "$(grep -c ' waiting ' "$T/worker.log")" 1
start_broker
fact "it finds the broker when there is one" within 15 logged worker ' connected '

"$hearsay" submit --quiet "$T/long.txt" >/dev/null
fact "it is at work" within 10 count_is leased 1
kill9 broker
start_broker
fact "it comes back after a kill" within 15 logged worker ' connected ' 2
equal "with its lease" "$(count leased)" 1
signal broker TERM
sleep 0.2
fact "a broker that ends waits for the result" running broker
ended broker
equal "and ends with status 0" "$status" 0
start_broker
fact "the result is there" within 30 count_is "done" 1
fact "the worker comes back after a stop" within 15 logged worker ' connected ' 3
equal "the article was worked on once" "$(grep -c ' done job=1 ' "$T/worker.log")" 1
"$hearsay" submit --quiet "$samples"/*.txt >/dev/null
fact "and the worker works on" within 20 count_is "done" $((1 + $(ls "$samples"/*.txt | wc -l)))
finish
