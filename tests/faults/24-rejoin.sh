#!/bin/bash
# A worker's session comes and is cut off, again and again, under a broker that may open
# few descriptors: they come back, it is one worker in the list, and the last gets work.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
port=$(chance 20000 29999)
workers=tcp://127.0.0.1:$port
descriptors() { ls "/proc/${pid[broker]}/fd" | wc -l; }
few() { [ "$(descriptors)" -le "$1" ]; }
start broker prlimit --nofile=128:128 "$BIN/hearsay-broker" --data "$T/data" \
	--clients "$HEARSAY_BROKER" --workers "$workers" "${broker_options[@]}"
fact "a broker that may open 128 descriptors" within 30 logged broker listening
before=$(descriptors)
fact "a session comes and is cut off often" "$hand" join "$workers" 7 "$(either 150 1500)"
fact "its descriptors come back ($before, now $(descriptors))" within 30 few $((before + 10))
fact "it is gone from the list" within 30 count_is workers 0
start worker "$hand" work "$workers" 2 0
fact "one worker" within 30 count_is workers 1
put 0 100 16 20000
tally "the next one works"
equal "bad rounds" "$bad_rounds" 0
stop_broker
fact "every law holds" check_data "$T/data"
finish
