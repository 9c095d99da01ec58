#!/bin/bash
# The wall clock jumps while articles are at work and one waits for its pause: nobody's
# lease ends by it, nothing is done twice, and no pause lasts for the size of the jump.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
have_shim
jumps="-3600 34560000"
[ -z "${SOAK:-}" ] || jumps="$jumps 3600 -34560000 -1 1 -60 60 -86400 86400 2147483647"
start broker env LD_PRELOAD="$shim" HEARSAY_SHIM="$T" "$BIN/hearsay-broker" --data "$T/data" \
	--clients "$HEARSAY_BROKER" --workers "ipc://$T/workers" "${broker_options[@]}" --lease 1s
fact "broker" within 30 logged broker listening
start_hand worker 2 400
first=0
fact "a worker" within 30 count_is workers 1
for jump in $jumps; do
	put "$first" 6 6 5000
	first=$((first + 1000))
	echo "$jump" >"$T/clock"
	tally "clock $jump s"
	rm "$T/clock"
done
equal "no lease ran out, no worker was lost" \
	"$(grep -c 'reason="\(its lease\|worker\)' "$T/broker.log")" 0
# A pause of a second or two begins, and the clock is set back and ahead in it.
for jump in -3600 3600; do
	retried=$(grep -c 'state=delayed' "$T/broker.log")
	printf 'It was not to be, she said: later %s.\n' "$jump" >"$T/later$jump.txt"
	"$hearsay" submit --quiet "$T/later$jump.txt" >/dev/null
	fact "an article waits for its pause" within 30 logged broker state=delayed $((retried + 1))
	echo "$jump" >"$T/clock"
	fact "it is tried again soon, the clock $jump s off" \
		within 30 logged broker state=delayed $((retried + 2))
	rm "$T/clock"
done
# A date is of the calendar, and comes when that is set past it; a delay is not.
state_is() { "$hearsay" get --json "$1" 2>/dev/null | grep -q "\"state\":\"$2\""; }
echo "It was to be so, he said." >"$T/dated.txt"
cp "$T/dated.txt" "$T/in-an-hour.txt"
"$hearsay" submit --quiet --not-before "$(date -u -d '+1 hour' +%FT%TZ)" "$T/dated.txt" >/dev/null
"$hearsay" submit --quiet --delay 1h "$T/in-an-hour.txt" >/dev/null
fact "an article waits for its date" state_is dated delayed
echo 7200 >"$T/clock"
fact "which comes with the calendar" within 30 state_is dated "done"
fact "a delay does not" state_is in-an-hour delayed
rm "$T/clock"
stop_broker
fact "every law holds" check_data "$T/data"
equal "bad rounds" "$bad_rounds" 0
finish
