#!/bin/bash
# One worker for two brokers: each gets its work done, and one that goes away costs the other
# nothing.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
broker_options=(--heartbeat 300ms)
start_broker
start other "$BIN/hearsay-broker" --data "$T/data2" --clients "ipc://$T/clients2" --workers "ipc://$T/workers2" --heartbeat 300ms
start worker "$BIN/hearsay-worker" --broker "ipc://$T/workers, ipc://$T/workers2" --threads 1
there() { HEARSAY_BROKER=ipc://$T/clients2 "$hearsay" "$@"; }
fact "it joins the one" within 20 logged broker state=joined
fact "and the other" within 20 logged other state=joined
"$hearsay" submit -q --wait --timeout 60s "$samples/harbour-wire.txt" >/dev/null
equal "work of the one is done" $? 0
there submit -q --wait --timeout 60s "$samples/harbour-wire.txt" >/dev/null
equal "work of the other too" $? 0
kill9 broker
cp "$samples/harbour-wire.txt" "$T/again.txt"
there submit -q --wait --timeout 60s "$T/again.txt" >/dev/null
equal "with the one gone the other goes on" $? 0
start_broker
"$hearsay" submit -q --wait --timeout 60s "$T/again.txt" >/dev/null
equal "and the one is served again when it is back" $? 0
signal worker TERM
ended worker
equal "a signal ends both lines" "$status" 0
finish
