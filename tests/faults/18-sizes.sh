#!/bin/bash
# Messages of every wrong size and shape, to both ports: each is answered or dropped,
# at little cost, and others are served meanwhile.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
port=$(chance 20000 29998)
rss() { sed -n 's/VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/${pid[broker]}/status"; }
limit=$(either 4194304 67108864)
start broker "$BIN/hearsay-broker" --data "$T/data" --clients "tcp://127.0.0.1:$port" \
	--workers "tcp://127.0.0.1:$((port + 1))" "${broker_options[@]}" --max-message "$limit"
export HEARSAY_BROKER=tcp://127.0.0.1:$port
fact "broker" within 30 logged broker listening
start worker "$hand" work "tcp://127.0.0.1:$((port + 1))" 2 0
put 0 100 16 5000
for at in $port $((port + 1)); do
	start "sizes-$at" "$crowd" sizes "tcp://127.0.0.1:$at" "$limit"
done
put 1000 300 16 20000
for at in $port $((port + 1)); do
	ended "sizes-$at"
	equal "all were sent to port $at" "$status" 0
done
put 2000 100 16 20000
tally "sizes"
fact "the broker lives" running broker
fact "it took little memory for it ($(rss) kB at most)" test "$(rss)" -lt $((200000 + limit / 1024 * 4))
fact "and few lines ($(grep -c bad_message "$T/broker.log"))" \
	test "$(grep -c bad_message "$T/broker.log")" -lt 20
stop_broker
fact "every law holds" check_data "$T/data"
equal "bad rounds" "$bad_rounds" 0
finish
