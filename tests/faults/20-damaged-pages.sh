#!/bin/bash
# Pages of the database are gone.  Under a running broker that costs the articles on them,
# which are dead with that reason, and no other; what has become of more than that is said
# by hearsay check and made good by hearsay repair: no article is lost of which anything
# but its key can be read, and none comes out as another.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
page=8192
# zero PAGE...: their numbers, from 1
zero() { for n in "$@"; do "$disk" zero "$T/data/queue.db" $(((n - 1) * page)) $page; done; }
some() { "$disk" pages "$T/data" "$1" | shuf -n "$2"; }
again() { rm -rf "$T/data"; cp -a "$T/whole" "$T/data"; }
start_again() {
	: >"$T/broker.log"
	start_broker
	fact "broker" within 30 logged broker listening
}
check_says() { "$hearsay" check "$T/data" >"$T/check" 2>&1; [ $? = "$1" ]; }
repair() { "$hearsay" repair "$T/data" >"$T/repair" 2>&1; }

start_broker
put 0 300 16 20000
start_hand worker
fact "a part is done" within 30 count_is "done" 300
fact "repair leaves a running broker's folder alone" test "$(repair; echo $?)" = 12
fact "check does not need it to be stopped" check_says 0
kill9 worker
put 300 300 16 20000
stop_broker
cp -a "$T/data" "$T/whole"

# While it runs: those that wait, on three pages.
# shellcheck disable=SC2046 # numbers
zero $("$disk" pages "$T/data" article | tail -n 12 | shuf -n 3)
start_again
start_hand worker
tally "articles on bad pages" 30000
fact "it lives" running broker
dead=$(count dead)
fact "some are dead ($dead)" test "$dead" -ge 1 -a "$dead" -le 60
equal "the others are done" "$(count "done")" $((600 - dead))
"$hearsay" dead >"$T/dead"
equal "each with the reason" "$(grep -c 'damaged page' "$T/dead")" "$dead"
stop_broker
kill9 worker

# damaged WHAT PAGE...: check finds it, repair makes it good, what comes out is right
damaged() {
	local what=$1
	shift
	again
	zero "$@"
	fact "$what: check says so" check_says 15
	fact "$what: repair" repair
	check_says 0 || { cat "$T/check" "$T/repair"; false; }
	fact "$what: nothing is wrong after it" test $? = 0
	start_again
	start_hand worker
	tally "$what, $(grep -c 'job [0-9]' "$T/repair") mended" 30000
	grep -q ' doubled=0 corrupt=0' <<<"$line" || wrong=$((wrong + 1))
	lost=$(sed 's/.* lost=\([0-9]*\).*/\1/' <<<"$line")
	told=$(grep -c 'submit it again\|its key stood\|all but its result' "$T/repair")
	fact "$what: what is lost has been told ($lost of $told)" test "$lost" -le "$told"
	kill9 worker
	stop_broker
}
wrong=0
root() { "$disk" root "$T/whole" "$1"; }
# shellcheck disable=SC2046 # numbers
for what in $(either "job" "job result sqlite_autoindex_job_1 job_ready job_ended"); do
	again
	damaged "3 pages of $what" $(some "$what" 3)
done
last=$(($(stat -c %s "$T/whole/queue.db") / page))
damaged "what leads to the articles and jobs" "$(root article)" "$(root job)"
damaged "the first page" 1
if [ -n "${SOAK:-}" ]; then
	# shellcheck disable=SC2046 # numbers
	damaged "the middle" $(seq $((last / 2 - 20)) $((last / 2 + 20)))
fi
equal "rounds with something doubled or corrupt" "$wrong" 0

# As small as it can be, with the same in it.
again
"$hearsay" check "$T/data" >"$T/before"
fact "compact" "$hearsay" compact "$T/data"
"$hearsay" check "$T/data" >"$T/after"
same "check says the same of it" "$T/before" "$T/after"
finish
