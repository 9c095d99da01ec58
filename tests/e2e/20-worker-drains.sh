#!/bin/bash
# SIGTERM: a worker hands back what waits, finishes what is at work, and goes.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
broker_options=(--heartbeat 500ms --lease 30s)
make_articles "$T/in" 60

start_broker
start_worker first --threads 2 --prefetch 5
"$hearsay" submit --quiet "$T/in" >/dev/null
some_done() { local n; n=$(count "done"); [ "${n:-0}" -ge 3 ]; }
fact "the worker is at work" within 20 some_done
signal first TERM
began=$SECONDS
ended first
equal "it ends with status 0" "$status" 0
fact "within a few seconds" test $((SECONDS - began)) -le 5
equal "it leaves nothing leased" "$(count leased)" 0
equal "nothing waits for a pause" "$(count delayed)" 0
fact "it had articles to hand back" logged first 'draining handed_back=[1-9]'
at_end=$(grep -c ' done job=' "$T/first.log")
equal "each article that it finished is stored" "$(count "done")" "$at_end"
start_worker second
fact "another worker does the rest" within 60 count_is "done" 60
equal "no article was worked on twice" \
	"$(sed -n 's/.* done job=\([0-9]*\) .*/\1/p' "$T"/*.log | sort | uniq -d | wc -l)" 0
signal second TERM
ended second

make_long "$T/long.txt" 60
"$hearsay" submit --quiet "$T/long.txt" >/dev/null
start_worker third --drain 1s
fact "a long article is at work" within 10 count_is leased 1
signal third TERM
ended third
equal "a drain that is too short ends with status 7" "$status" 7
equal "and gives the article back" "$(count leased)" 0
start_worker fourth
fact "it is at work again" within 10 count_is leased 1
signal fourth TERM
fact "the worker is draining" within 5 logged fourth draining
signal fourth TERM
began=$SECONDS
ended fourth
equal "a second signal ends it at once, status 128+15" "$status" 143
fact "at once" test $((SECONDS - began)) -le 1
finish
