#!/bin/bash
# A client that is given several brokers uses the next one when one is away, and nothing is
# submitted twice to one.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
broker_options=(--heartbeat 300ms)
both="ipc://$T/clients,ipc://$T/clients2"
start other "$BIN/hearsay-broker" --data "$T/data2" --clients "ipc://$T/clients2" --workers "ipc://$T/workers2" --heartbeat 300ms
fact "the second broker listens" within 10 logged other listening
"$hearsay" submit -q --broker "$both" "$samples/harbour-wire.txt" >/dev/null
equal "with the first away the second takes the article" $? 0
equal "it has it" "$(HEARSAY_BROKER=ipc://$T/clients2 count ready)" 1
start_broker
fact "the first listens" within 10 logged broker listening
"$hearsay" submit -q --broker "$both" "$samples/harbour-wire.txt" >/dev/null
equal "when it is there, it is the first that is used" "$(count ready)" 1
make_articles "$T/many" 400
"$hearsay" submit -q --batch 5 --broker "$both" "$T/many" >/dev/null &
pid[submit]=$!
within 20 eval '[ "$(count ready)" -gt 20 ]'
kill9 broker
ended submit
equal "killed amid a long submission: the client goes on at the next" "$status" 0
there=$(HEARSAY_BROKER=ipc://$T/clients2 count ready)
start_broker
within 10 logged broker listening 2
here=$(count ready)
fact "every article is somewhere ($here here, $there there)" test $((here + there)) -ge 402
"$hearsay" get --broker "$both" --json story-0001 >"$T/out" 2>/dev/null
fact "the first in the list answers for what it has" grep -q '"state":"ready"' "$T/out"
"$hearsay" stats --broker "ipc://$T/nowhere,ipc://$T/nobody" --timeout 3s 2>"$T/err"
equal "none there: said as ever" $? 7
finish
