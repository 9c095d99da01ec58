#!/bin/bash
# kill -9 of the broker while articles are purged and while they expire: what goes is
# gone whole, what stays is there whole, and no number is given twice.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=$(either 8 100)
junk=ready,delayed,done,dead,cancelled

# Articles of another tenant, which come and are purged again and again.
churn() {
	local i n=0
	while :; do
		for ((i = 0; i < 40; i++)); do
			n=$((n + 1))
			printf '{"key":"junk-%d","text":"Junk number %d, she said.","delay":"%dms"}\n' \
				$n $n $((i % 3 * 50))
		done >"$T/junk.jsonl"
		"$hearsay" submit --quiet --timeout 30s --tenant junk "$T/junk.jsonl" >/dev/null
		"$hearsay" purge --json --timeout 30s --tenant junk --state "$junk" >>"$T/purged"
	done
}
kill_at_random() {
	local round
	for ((round = 1; round <= $1; round++)); do
		sleep_ms "$(chance 50 500)"
		before=$(count sequence)
		kill9 broker
		start_broker
		after=$(count sequence)
		[ "${after:-0}" -ge "${before:-0}" ] || bad_rounds=$((bad_rounds + 1))
	done
}
at_rest() { [ "$(count ready)$(count delayed)$(count leased)" = 000 ]; }

start_broker
for i in 1 2; do start_hand "worker-$i" 2 1; done
start put "$load" put "$HEARSAY_BROKER" "$T/receipts" 0 $((rounds * 600)) 16 60000
churn 2>"$T/churn.log" &
pid[churn]=$!
kill_at_random "$rounds"
ended put # so that each that was committed has its receipt
kill9 churn
tally "$rounds kills amid purges" 60000
fact "all is worked off" within 60 at_rest
"$hearsay" purge --tenant junk --state "$junk" --quiet --timeout 30s >/dev/null
equal "what was acknowledged is there, and nothing else" "$(count "done")" "$acknowledged"
fact "something was purged" grep -q '"purged":[1-9]' "$T/purged"
equal "all articles were acknowledged" "$acknowledged" $((rounds * 600))
equal "bad rounds" "$bad_rounds" 0
newest=$(count sequence)
stop_broker
fact "every law holds" check_data "$T/data"

# All that is done expires; what waits stays.
broker_options+=(--keep 1ms)
start_broker
for ((i = 0; i < 200; i++)); do
	printf '{"key":"waits-%d","text":"It waits, he said.","delay":"1h"}\n' $i
done >"$T/waits.jsonl"
"$hearsay" submit --quiet --timeout 30s "$T/waits.jsonl" >/dev/null
for ((round = 1; round <= rounds; round++)); do
	sleep_ms "$(chance 1 120)"
	kill9 broker
	fact "every law holds amid expiry" check_data "$T/data" >"$T/law"
	grep -q '^ok' "$T/law" || bad_rounds=$((bad_rounds + 1))
	start_broker
done
fact "all that was done expires" within 60 count_is "done" 0
equal "what waits is there" "$(count delayed)" 200
equal "sequence numbers go on" "$(count sequence)" "$newest"
equal "bad rounds" "$bad_rounds" 0
stop_broker
fact "every law holds" check_data "$T/data"
finish
