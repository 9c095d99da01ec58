#!/bin/bash
# What the broker tells systemd is true: it is ready when it can be spoken to, asks for time
# while it opens its store, its watchdog's beats are the loop's own, and it says when it ends.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
start notices python3 -u -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    for line in s.recv(4096).decode().splitlines():
        print("%.2f %s" % (time.monotonic(), line))
' "$T/notify"
within 10 test -S "$T/notify"
said() { logged notices "$@"; }
beats() { grep -c WATCHDOG=1 "$T/notices.log"; }
notified() {
	start broker env NOTIFY_SOCKET="$T/notify" WATCHDOG_USEC=2000000 "$BIN/hearsay-broker" --data "$T/data" \
		--clients "$HEARSAY_BROKER" --workers "ipc://$T/workers" "${broker_options[@]}"
}
start_broker
within 10 logged broker listening
put 0 3000 250 10000
kill9 broker # its log is long
: >"$T/notices.log"
notified
fact "it says that it is ready" within 30 said READY=1
"$hearsay" submit -q --timeout 2s "$samples/harbour-wire.txt" >/dev/null
equal "and takes the first article at once" $? 0
fact "while it opened its store it asked for time" said EXTEND_TIMEOUT_USEC
fact "and before it was ready" test "$(grep -n EXTEND_TIMEOUT "$T/notices.log" | head -n 1 | cut -d: -f1)" -lt \
	"$(grep -n READY=1 "$T/notices.log" | head -n 1 | cut -d: -f1)"
before=$(beats)
sleep 3
fact "its watchdog hears it ($before, then $(beats))" test "$(beats)" -ge $((before + 2))
kill -STOP "${pid[broker]}" # all of its threads, and so the loop
sleep 1
before=$(beats)
sleep 3
equal "but not when the loop stands still" "$(beats)" "$before"
kill -CONT "${pid[broker]}"
fact "and again when it turns" within 10 eval '[ "$(beats)" -gt "$before" ]'
signal broker HUP
fact "a reload is said" within 10 said RELOADING=1
signal broker TERM
ended broker
equal "it ends well" "$status" 0
fact "and says so" within 10 said STOPPING=1
start_broker
fact "what was submitted is there" within 20 count_is ready 3001
stop_broker
fact "every law holds" check_data "$T/data"
finish
