#!/bin/bash
# kill -9 of the broker, of a worker and of the producer, at random instants.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=$(either 6 200)
first=0
start_put() {
	start put "$load" put "$HEARSAY_BROKER" "$T/receipts" "$first" 2000000 16 5000
	first=$((first + 20000))
}
start_broker
for i in 1 2 3; do start_hand "worker-$i" 2 1; done
start_put
for ((round = 1; round <= rounds; round++)); do
	sleep_ms "$(chance 20 500)"
	case $((round % 4)) in
	0 | 2)
		kill9 broker
		start_broker
		;;
	1)
		i=$(chance 1 3)
		kill9 "worker-$i"
		start_hand "worker-$i" 2 1
		;;
	3)
		kill9 put
		start_put
		;;
	esac
done
kill9 put
tally "$rounds kills" 60000
stop_broker
fact "every law holds" check_data "$T/data"
fact "articles were acknowledged" test "$acknowledged" -gt 100
equal "bad rounds" "$bad_rounds" 0
finish
