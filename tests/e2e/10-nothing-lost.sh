#!/bin/bash
# 500 articles, three workers of which one is killed every second, a broker that
# is killed twice: each article has exactly one result, and the right one.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
n=${1:-500}
broker_options=(--heartbeat 300ms --lease 5s)
make_articles "$T/in" "$n"

# Twenty at a time, so that a broker is killed between and within them.
submit_all() {
	local batch
	# shellcheck disable=SC2086 # many words, none with a space in it
	printf '%s\n' "$T"/in/*.txt | xargs -n 20 | while read -r batch; do
		until "$hearsay" submit --json --timeout 20s $batch >"$T/batch" 2>>"$T/submit.log"; do
			cat "$T/batch" >>"$T/receipts"
			sleep 0.2
		done
		cat "$T/batch" >>"$T/receipts"
		sleep 0.5 # so that it lasts longer than the killing, however fast the workers
	done
}

start_broker
for i in 1 2 3; do start_worker "worker-$i"; done
submit_all &
pid[submit]=$!
began=$SECONDS
kills=0
broker_kills=0
tick=0
until count_is "done" "$n" || [ $((SECONDS - began)) -gt 240 ]; do
	sleep 1
	tick=$((tick + 1))
	i=$((tick % 3 + 1))
	kill9 "worker-$i"
	start_worker "worker-$i"
	kills=$((kills + 1))
	if [ "$tick" = 3 ] || [ "$tick" = 8 ]; then
		kill9 broker
		start_broker
		broker_kills=$((broker_kills + 1))
	fi
done
ended submit
took=$((SECONDS - began))
echo "      $kills workers and $broker_kills brokers killed in $took s"

ls "$T/in" | sed 's/\.txt$//' >"$T/keys"
"$hearsay" get --json --all-from "$T/keys" >"$T/got" 2>"$T/get.log"
"$hearsay" extract --json "$T/in" | sort >"$T/extracted"
events "$T/events"

sed -n 's/.*"key":"\([^"]*\)".*"status":"\(accepted\|exists\)".*/\1/p' "$T/receipts" |
	sort -u >"$T/acknowledged"
sed -n 's/.*"key":"\([^"]*\)","state":"done".*/\1/p' "$T/got" | sort >"$T/done"
sed -n 's/.*"key":"\([^"]*\)","state":.*/\1/p' "$T/events" | sort >"$T/ends"
grep '"state":"done"' "$T/got" | as_extracted | sort >"$T/results"

acknowledged=$(wc -l <"$T/acknowledged")
lost=$(comm -23 "$T/acknowledged" "$T/done" | wc -l)
doubled=$(uniq -d "$T/ends" | wc -l)
corrupt=$(comm -23 "$T/results" "$T/extracted" | wc -l)
echo "      acknowledged=$acknowledged lost=$lost doubled=$doubled corrupt=$corrupt"
equal "articles acknowledged" "$acknowledged" "$n"
equal "articles lost" "$lost" 0
equal "articles with two results" "$doubled" 0
equal "results that extract would not give" "$corrupt" 0
equal "results told to a watcher, one an article" "$(uniq "$T/ends" | wc -l)" "$n"
fact "two brokers were killed on the way" test "$broker_kills" = 2
fact "workers were killed on the way" test "$kills" -ge 9
fact "some had articles at work" logged broker "state=.* reason=\"worker .* was lost"
finish
