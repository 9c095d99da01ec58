#!/bin/bash
# A great many jobs expire while others are worked on, and the broker is killed in the
# middle: work goes on, no lease is lost by it, what was kept long enough goes and
# nothing else, and the log stays small.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
old=$(either 6000 1000000)
broker_options=(--heartbeat 300ms --lease 2s --min-free 0)

# How long answers take meanwhile, in ms: the command itself included.
ping_on() {
	local began
	while :; do
		began=${EPOCHREALTIME/./}
		"$hearsay" stats --json >/dev/null 2>&1 &&
			echo $(((${EPOCHREALTIME/./} - began) / 1000)) >>"$T/pings"
		log_mb >>"$T/logs"
		sleep 0.05
	done
}
percentile() { sort -n "$T/pings" | awk -v p="$1" '{ v[NR] = $1 } END { print v[int((NR - 1) * p / 100) + 1] }'; }
log_mb() { echo $(($(stat -c %s "$T/data/queue.db-wal" 2>/dev/null || echo 0) >> 20)); }
left() { count "done"; }
fewer_than() { [ "$(left)" -lt "$1" ]; }

start_broker
fact "broker" within 10 logged broker listening
stop_broker
"$disk" fill "$T/data" "$old" # they ended before all that follow
start_broker
fact "broker, with $old old jobs" within 20 logged broker listening 2
start_hand worker 2 20
put 0 40 8 10000
tally "before"
stop_broker
broker_options+=(--keep 1h)
start_broker
fact "and told to keep them no longer" within 20 logged broker listening 3
ping_on &
pid[ping]=$!
start put "$load" put "$HEARSAY_BROKER" "$T/receipts" 1000 400 1 20000
fact "some have gone" within 60 fewer_than $((old - old / 6))
kill9 broker
start_broker
fact "after a kill it goes on" within 200 fewer_than 500
ended put
tally "beside the expiry" 30000
kill9 ping
largest=$(sort -n "$T/logs" | tail -n 1)
echo "      $(wc -l <"$T/pings") answers: p50 $(percentile 50) ms, p99 $(percentile 99) ms; log $largest MB"
equal "what was acknowledged is there, and nothing else" "$(left)" "$acknowledged"
equal "no lease ran out" "$(grep -c 'reason="its lease' "$T/broker.log")" 0
fact "the log is small" test "$largest" -lt 150
equal "bad rounds" "$bad_rounds" 0
stop_broker
fact "every law holds" check_data "$T/data"
finish
