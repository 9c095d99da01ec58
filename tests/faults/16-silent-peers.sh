#!/bin/bash
# A client that submits and never reads, and a worker that takes and never answers:
# neither holds up anybody, nor costs much.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
port=$(chance 20000 29999)
rss() { sed -n 's/VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/${pid[broker]}/status"; }
start_broker --clients "tcp://127.0.0.1:$port"
export HEARSAY_BROKER=tcp://127.0.0.1:$port
fact "broker" within 30 logged broker listening
start mute "$hand" mute "ipc://$T/workers" 200
start deaf "$crowd" deaf "$HEARSAY_BROKER" "$(either 4000 100000)"
fact "the deaf client has sent what it could" within 60 logged deaf sent=
put 0 "$(either 300 20000)" 16 20000
fact "the mute worker has taken articles" within 30 logged mute 'took [1-9]'
fact "their leases run out" within 30 logged broker 'its lease ran out'
start_hand worker
signal mute STOP
fact "it is found to be gone" within 30 logged broker 'the same name.* state=\(left\|lost\)'
tally "silent peers" 60000
fact "the broker has stayed small ($(rss) kB)" test "$(rss)" -lt 300000
stop_broker
fact "every law holds" check_data "$T/data"
equal "bad rounds" "$bad_rounds" 0
finish
