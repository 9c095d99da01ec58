#!/bin/bash
# An article that kills its worker, and one whose failure is said in words that cannot be
# stored as they are: both are dead in the end, with a reason on one clean line, and their
# neighbours are done.  The broker is killed between two of the attempts.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
start_broker --attempts 3
supervise() { # a new worker whenever the last is dead
	while :; do
		"$hand" work "ipc://$T/workers" 2 0 >>"$T/worker.log" 2>&1 &
		echo $! >"$T/hand"
		wait 2>/dev/null
	done
}
clean_up_more() { kill -KILL "$(cat "$T/hand")" 2>/dev/null; }
submit() { echo "She said it was $1." | "$hearsay" submit --quiet --key "$1" - >/dev/null; }
is_dead() { "$hearsay" dead --json | grep -q "\"key\":\"$1\""; }

submit poison
submit refused
put 0 60 16 20000
supervise &
pid[supervisor]=$!
fact "the worker is lost by it" within 60 logged broker 'was lost'
kill9 broker
start_broker --attempts 3
fact "what kills is dead" within 60 is_dead poison
fact "what is refused is dead" within 60 is_dead refused
"$hearsay" dead >"$T/dead"
fact "the reason names what happened" grep -q 'poison.*worker .* was lost' "$T/dead"
equal "a line each" "$(wc -l <"$T/dead")" 2
equal "without control characters" "$(LC_ALL=C tr -d '\n -~' <"$T/dead" | LC_ALL=C tr -d '\200-\377' | wc -c)" 0
tally "their neighbours" 60000
equal "bad rounds" "$bad_rounds" 0
equal "nobody else is dead" "$(count dead)" 2
kill9 supervisor
stop_broker
fact "every law holds" check_data "$T/data"
finish
