#!/bin/bash
# A thousand connections; ten thousand that never finish their greeting, on a broker
# that may open far fewer; port scans and sockets of the wrong kind.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
port=$(chance 20000 29999)
clients=tcp://127.0.0.1:$port
descriptors() { ls "/proc/${pid[broker]}/fd" | wc -l; }
few() { [ "$(descriptors)" -le "$1" ]; }
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/${pid[broker]}/stat"; }
# a_broker DESCRIPTORS
a_broker() {
	: >"$T/broker.log"
	start broker prlimit --nofile="$1:$1" "$BIN/hearsay-broker" --data "$T/data" \
		--clients "$clients" --workers "ipc://$T/workers" "${broker_options[@]}"
	fact "a broker that may open $1 descriptors" within 30 logged broker listening
	before=$(descriptors)
}
export HEARSAY_BROKER=$clients
start_hand worker

a_broker 20000
put 0 50 16 10000
start crowd "$crowd" open "$clients" 1000 1000
fact "1000 connections" within 60 logged crowd opened=1000
put 100 50 16 10000
ended crowd
"$crowd" talk "$clients"
fact "what is no peer is talked to and survived" test $? = 0
put 200 50 16 10000
fact "their descriptors come back" within 60 few $((before + 10))
tally "1000 connections"

many=$(either 10000 10000)
[ "$(ulimit -n)" -gt $((many + 100)) ] || many=$(($(ulimit -n) - 100))
: >"$T/crowd.log"
start crowd "$crowd" open "$clients" "$many" "$(either 1000 8000)"
fact "$many half-open connections" within 60 logged crowd "opened=$many"
put 300 50 16 20000
ended crowd
fact "their descriptors come back" within 30 few $((before + 10))
tally "$many half-open"
kill9 broker

a_broker 256
put 400 50 16 10000
: >"$T/crowd.log"
start crowd "$crowd" open "$clients" 400 "$(either 3000 30000)"
fact "400 where 256 are allowed" within 60 logged crowd opened=
ticks=$(cpu_ticks)
sleep 2
spent=$(($(cpu_ticks) - ticks))
fact "the broker does not spin while it is full ($spent ticks of 200)" test "$spent" -lt 60
fact "it lives" running broker
ended crowd
put 500 50 16 20000
tally "flood over"
stop_broker
fact "every law holds" check_data "$T/data"
equal "bad rounds" "$bad_rounds" 0
finish
