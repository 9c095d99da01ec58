#!/bin/bash
# Nobody comes in without a key that is on the list of his door; a tenant's key sees its
# tenant alone; who is revoked is out within a second, with all that he holds.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
port=$((20000 + RANDOM % 9000))
export HEARSAY_BROKER=tcp://127.0.0.1:$port
keys=$T/data/keys
as() { # WHO VERB...: as the owner of that key
	local who=$1
	shift
	"$hearsay" "$@" --secret-key "$T/$who" --broker-key "$keys/broker.pub"
}
work_as() { # NAME SECRET [BROKER-KEY]
	start "$1" "$BIN/hearsay-worker" --broker "tcp://127.0.0.1:$((port + 1))" --threads 1 \
		--secret-key "$2" --broker-key "${3:-$keys/broker.pub}"
}
keyed_broker() {
	start broker "$BIN/hearsay-broker" --data "$T/data" --clients "$HEARSAY_BROKER" \
		--workers "tcp://127.0.0.1:$((port + 1))" --require-keys --heartbeat 300ms
}
threads_are() { [ "$(as boss stats --json 2>/dev/null | sed -n 's/.*"threads":\([0-9]*\).*/\1/p')" = "$1" ]; }

keyed_broker
fact "a broker makes itself a key" within 20 logged broker 'keys broker_key='
fact "which it shows nobody" test "$(stat -c %a "$keys/broker")" = 600
for who in ann bob boss hand other stranger; do "$hearsay" keys new -q "$T/$who" >/dev/null; done
"$hearsay" keys new "$T/ann" 2>/dev/null
equal "a pair is not written over" $? 11
"$hearsay" keys allow -q --keys "$keys" "$T/ann.pub" --tenant north
"$hearsay" keys allow -q --keys "$keys" "$T/bob.pub"
"$hearsay" keys allow -q --keys "$keys" --as admin "$T/boss.pub"
"$hearsay" keys allow -q --keys "$keys" --as worker "$(sed 's/.* //' "$T/hand.pub")" --name hand
"$hearsay" keys allow -q --keys "$keys" --as worker "$T/other.pub"
equal "five are on the lists" "$("$hearsay" keys list --keys "$keys" | wc -l)" 5
fact "the broker reads them without a restart" within 10 logged broker 'list=.*/workers state=read keys=2'

cp "$samples/harbour-wire.txt" "$T/story.txt"
"$hearsay" stats --timeout 2s 2>"$T/err"
equal "no key: no answer" $? 7
as stranger stats --timeout 5s 2>"$T/err"
equal "a key on no list is told so" $? 14
fact "and the log has it" within 10 logged broker 'refused door=clients'
as hand stats --timeout 5s 2>"$T/err"
equal "a worker's key is no client's" $? 14
as ann submit -q --tenant south "$T/story.txt" 2>"$T/err"
equal "a tenant's key cannot submit for another" $? 14
as ann submit -q --tenant north "$T/story.txt" >/dev/null
equal "but for its own" $? 0
as bob get --json --by-id 1 >"$T/out" 2>/dev/null
fact "who is bound to no tenant sees it" grep -q '"state":"ready"' "$T/out"
as bob kick --all 2>"$T/err"
equal "orders are for admins" $? 14
as boss kick --all --quiet 2>"$T/err"
equal "who may give them" $? 0

work_as thief "$T/stranger"
work_as client "$T/ann"
work_as wrong "$T/hand" "$T/ann.pub" # takes another for the broker
sleep 1
fact "no worker without a worker's key" threads_are 0
fact "as the log says" logged broker 'refused door=workers'
fact "and theirs" logged client 'does not let us in'
for name in thief client wrong; do kill9 $name; done
work_as hand "$T/hand"
as ann wait --tenant north --timeout 60s --json story >"$T/out" 2>/dev/null
fact "with it the work is done" grep -q '"state":"done"' "$T/out"
as bob submit -q "$T/story.txt" >/dev/null
as boss wait --timeout 60s --json story >"$T/out" 2>/dev/null
as ann get --json --by-id 2 >"$T/out" 2>/dev/null
equal "a tenant's key does not see another's, by number either" $? 6
timeout 4 "$hearsay" watch --after 0 --json --secret-key "$T/ann" --broker-key "$keys/broker.pub" >"$T/seen" 2>/dev/null
equal "a tenant's key watches its tenant alone" "$(grep -c '"key"' "$T/seen")" 1

"$hearsay" keys revoke -q --keys "$keys" hand
fact "a revoked worker is out" within 10 logged broker 'its key was revoked'
fact "and stays out" within 10 threads_are 0
"$hearsay" keys revoke -q --keys "$keys" "$T/ann.pub"
fact "the list is read" within 10 logged broker 'list=.*/clients state=read keys=1'
as ann stats --timeout 5s 2>"$T/err"
equal "a revoked client too" $? 14
work_as other "$T/other"
fact "others work on" within 20 threads_are 1
kill9 broker
keyed_broker
fact "and find the same broker after its restart" within 30 threads_are 1
finish
