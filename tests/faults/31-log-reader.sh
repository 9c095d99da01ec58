#!/bin/bash
# Nobody reads the log, or its reader goes away: work goes on as ever.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
mkfifo "$T/pipe"
exec 8<>"$T/pipe" # held open, and not read
"$BIN/hearsay-broker" --data "$T/data" --clients "$HEARSAY_BROKER" --workers "ipc://$T/workers" "${broker_options[@]}" \
	--log-level debug 2>"$T/pipe" 8>&- &
pid[broker]=$!
"$hand" work "ipc://$T/workers" 2 0 2>/dev/null >/dev/null 8>&- &
pid[worker]=$!
within 20 count_is workers 1
put 0 2000 50 10000 # a line for each at this level: more than a pipe takes
tally "nobody reads"
timeout 3 cat <&8 >"$T/read.txt" &
pid[cat]=$!
put 3000 20 10 10000
ended cat
fact "when somebody does, he learns how many lines there were" grep -q 'lines_dropped=' "$T/read.txt"
exec 8<&-
put 4000 100 10 10000
tally "the reader is gone"
fact "the broker lives" running broker
stop_broker
equal "and ends well" "$status" 0
"$BIN/hearsay-broker" --data "$T/data" --clients "$HEARSAY_BROKER" --workers "ipc://$T/workers" "${broker_options[@]}" 0<&- 1>&- 2>&- &
pid[broker]=$!
put 5000 50 10 10000
tally "descriptors 0, 1 and 2 closed at the start"
for fd in 0 1 2; do
	equal "descriptor $fd is no file of ours" "$(readlink "/proc/${pid[broker]}/fd/$fd")" /dev/null
done
stop_broker
fact "every law holds" check_data "$T/data"
equal "bad rounds" "$bad_rounds" 0
finish
