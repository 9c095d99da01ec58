#!/bin/bash
# The life of a job as people order it: priority, delay and date, pause and drain, bounds
# for each tenant, what is kept and for how long, purge; and all of it over a kill.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
broker_options=(--heartbeat 300ms --grace 500ms)
state_is() { "$hearsay" get --json "$1" 2>/dev/null | grep -q "\"state\":\"$2\""; }
# line KEY [FIELDS]: an article as a line of JSON
line() { printf '{"key":"%s","text":"The mayor said that %s was late."%s}\n' "$1" "$1" "${2:+,$2}"; }
submit() { line "$@" | "$hearsay" submit --quiet --format jsonl - >/dev/null; }

start_broker
fact "broker listens" within 10 logged broker listening

# ----- terms
submit low '"priority":-3'
submit usual
submit high '"priority":"7"'
submit later '"delay":"1h"'
submit dated '"not_before":"2100-01-01T00:00:00+01:00"'
submit soon '"delay":"1500ms"'
"$hearsay" why low >"$T/out"
kill9 broker
start_broker
fact "a delay holds over a kill" within 10 state_is later delayed
"$hearsay" why usual >"$T/out"
fact "a priority stands before age" grep -q 'waits: no worker' "$T/out"
"$hearsay" why later >"$T/out"
fact "why says how long" grep -Eq 'waits for its time, in 3[0-9]{3} s' "$T/out"
"$hearsay" why dated >"$T/out"
fact "and of a date" grep -q 'waits for its date, in' "$T/out"
submit bad '"priority":12' 2>"$T/err"
equal "a priority that is none is refused" $? 3
fact "with what would be one" grep -q '"priority".*from -9 to 9' "$T/err"
"$hearsay" submit --not-before tomorrow "$samples/harbour-wire.txt" 2>/dev/null
equal "a date that is none too" $? 2
start_worker worker
fact "what is ready is done" within 30 count_is "done" 4 # low, usual, high, soon
events "$T/events"
order=$(grep -o '"key":"[a-z]*"' "$T/events" | head -n 3 | cut -d'"' -f4 | tr '\n' ' ')
equal "in the order of priority" "$order" "high usual low "
"$hearsay" kick --quiet later
fact "a kick ends a delay" within 20 state_is later "done"

# ----- pause, drain, resume
"$hearsay" pause --all-tenants --wait >"$T/out"
fact "everything is paused" grep -q '^paused' "$T/out"
submit while-paused
kill9 broker
start_broker
fact "it still is after a kill" within 10 state_is while-paused ready
sleep 0.5
fact "and nothing is worked on" state_is while-paused ready
"$hearsay" why while-paused >"$T/out"
fact "why says so" grep -q 'waits: it was paused' "$T/out"
"$hearsay" drain --all-tenants --json >"$T/out"
fact "and it drains" grep -q '{"changed":true}' "$T/out"
line too-late | "$hearsay" submit --timeout 1s --format jsonl - >/dev/null 2>"$T/err"
equal "what comes then is told to come again" $? 12
fact "with the reason" grep -q 'draining' "$T/err"
submit usual
equal "what was there is there" $? 0
"$hearsay" resume --all-tenants --quiet
fact "once resumed work goes on" within 20 state_is while-paused "done"
submit too-late
equal "and articles are taken" $? 0
"$hearsay" pause --tenant other --quiet
printf '{"key":"o","tenant":"other","text":"He said so."}' |
	"$hearsay" submit --quiet --format jsonl - >/dev/null
submit mine
fact "a tenant is paused alone" within 20 state_is mine "done"
fact "its articles wait" count_is ready 1
"$hearsay" stats >"$T/out"
fact "stats says that one is" grep -q 'of tenants 1 paused' "$T/out"
"$hearsay" resume --tenant other --quiet
fact "until it is resumed" within 20 count_is ready 0

# ----- purge
"$hearsay" purge --state done,cancelled --older 1h --json >"$T/out"
equal "nothing is so old" "$(cat "$T/out")" '{"purged":0}'
before=$(count sequence)
"$hearsay" purge --state "done" --all-tenants --json >"$T/out"
fact "what is done is purged" grep -Eq '"purged":[1-9]' "$T/out"
kill9 broker
start_broker
fact "and stays so" within 10 count_is "done" 0
equal "sequence numbers go on" "$(count sequence)" "$before"
"$hearsay" get mine 2>/dev/null
equal "what is gone is not known" $? 6
submit mine
fact "its key may be used again" within 20 state_is mine "done"
"$hearsay" purge mine >"$T/out"
fact "one goes by its key" grep -q '^mine  purged' "$T/out"
"$hearsay" wait --timeout 10s dated >"$T/waited" 2>/dev/null &
pid[waiter]=$!
sleep 0.3
"$hearsay" purge --quiet dated >/dev/null
ended waiter
equal "who waited for it hears" "$status" 6
"$hearsay" purge --state leased 2>/dev/null
equal "what is leased is not purged" $? 2
signal worker TERM
ended worker
kill9 broker

# ----- bounds of a tenant, retention
broker_options+=(--tenant-queue 3 --tenant-rate 2 --tenant-burst 4 --keep 6s --keep-articles 500ms)
start_broker
fact "broker listens again" within 10 count_is ready 0
submit one
submit two
submit three
line four | "$hearsay" submit --timeout 1s --format jsonl - >/dev/null 2>"$T/err"
equal "more than a tenant may have is refused for now" $? 12
fact "with its reason" grep -q 'as many unfinished articles as it may' "$T/err"
printf '{"key":"o","tenant":"other","text":"He said so."}' |
	"$hearsay" submit --quiet --format jsonl - >/dev/null
equal "which is nothing to another" $? 0
start_worker worker
fact "they are done" within 20 count_is ready 0
for i in 1 2 3 4 5 6; do line "fast-$i"; done >"$T/fast.jsonl"
"$hearsay" submit --timeout 20s --batch 1 --quiet "$T/fast.jsonl" >/dev/null
equal "too fast is slowed down, and arrives" $? 0
"$hearsay" drain --all-tenants --wait --timeout 30s --quiet
equal "a drain waits until nothing is left" "$?$(count leased)$(count ready)" 000
"$hearsay" resume --all-tenants --quiet
submit last
fact "it is done" within 20 state_is last "done"
fact "and goes when it was kept long enough" within 40 count_is "done" 0
"$hearsay" get last 2>/dev/null
equal "then it is not known" $? 6
finish
