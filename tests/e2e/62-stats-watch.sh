#!/bin/bash
# hearsay stats --watch: a line a tick for programs, a page for people, through an end of
# the broker, until it is interrupted.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
lines() { [ "$(grep -c '"ready":' "$T/json.log")" -ge "$1" ]; }

start_broker
fact "broker" within 30 logged broker listening
start json "$hearsay" stats --watch --every 100ms --json -t 1s
start page "$hearsay" stats --watch --every 100ms --color never -t 1s
fact "lines come" within 30 lines 3
kill9 broker
fact "the broker's end is said" within 30 logged json 'broker'
start_broker
before=$(grep -c '"ready":' "$T/json.log")
fact "lines come again" within 30 lines $((before + 3))
make_articles "$T/in" 5
"$hearsay" submit --quiet "$T/in" >/dev/null
fact "they say what is there" within 30 logged json '"ready":5'
fact "the page has rates" within 30 logged page 'a second .* in .* out'
for name in json page; do
	signal "$name" INT
	ended "$name"
	equal "$name: Ctrl-C ends it well" "$status" 0
done
fact "each line is whole" test -z "$(grep -v '^{.*}$\|^hearsay: ' "$T/json.log")"
finish
