#!/bin/bash
# Another program holds the store: its lock, while workers are at work beyond their leases'
# length, which costs nobody a lease, since nobody could be heard; and a read of it, while
# the log grows, which is cut when that ends.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034 # the library's
broker_options=(--heartbeat 300ms --lease 1s --min-free 0)
log_size() { stat -c %s "$T/data/queue.db-wal"; }
log_is_under() { [ "$(log_size)" -lt "$1" ]; }

start_broker
start_hand worker 2 400
put 0 20 16 20000
fact "work is under way" within 30 count_is leased 10
start holder "$disk" hold "$T/data" 3000
fact "the lock is held" within 30 logged holder held
ended holder
tally "lock held" 60000
equal "no lease ran out, no worker was lost" \
	"$(grep -c 'reason="\(its lease\|worker\)' "$T/broker.log")" 0
kill9 worker

start reader "$disk" read "$T/data" "$(either 1500 30000)"
fact "a read is open" within 30 logged reader held
start_hand worker
put 1000 "$(either 300 60000)" 64 20000
tally "read open" 120000
ended reader
put 200000 "$(either 300 20000)" 64 20000
fact "the log is within its bound ($(log_size))" within 30 log_is_under 140000000
tally "read over" 120000
equal "bad rounds" "$bad_rounds" 0
stop_broker
fact "every law holds" check_data "$T/data"
finish
