#!/bin/bash
# A power cut: the file system under the store loses whatever was not synced, at a
# random instant.  What was acknowledged before is there afterwards.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=$(either 2 20)
mounted=$T/disk
clean_up_more() { umount -l "$mounted" 2>/dev/null; }
plug_in() { mount -o loop "$T/image" "$mounted" 2>>"$T/mount.log"; }
unplug() { within 20 umount "$mounted" 2>>"$T/mount.log"; }

mkdir "$mounted"
truncate -s 192M "$T/image"
mkfs.ext4 -q -F "$T/image" 2>"$T/mount.log" && plug_in ||
	skip "power cuts need root, loop devices and mkfs.ext4"
"$disk" cut "$mounted" 2>/dev/null || { unplug; skip "this file system cannot be cut off"; }
unplug
plug_in || exit 1
started() { start_broker --data "$mounted/data" && within 30 logged broker listening; }

for ((round = 1; round <= rounds; round++)); do
	: >"$T/broker.log"
	fact "round $round: broker" started
	start_hand worker
	put $((round * 100000)) 50000 16 600 &
	pid[put]=$!
	sleep_ms "$(chance 300 1200)"
	# Nothing runs on after a power cut: what the broker would say of a sync that was
	# under way is not to be heard (19-sync-fails is about such).
	signal broker STOP
	"$disk" cut "$mounted"
	ended put
	kill9 broker
	fact "the disk is let go" unplug
	plug_in || exit 1
	: >"$T/broker.log"
	fact "broker after the cut" started
	tally "power cut $round"
	stop_broker
	kill9 worker
	fact "every law holds" check_data "$mounted/data"
done
fact "articles were acknowledged in each round" test "$acknowledged" -gt $((rounds * 16))
equal "bad rounds" "$bad_rounds" 0
unplug
finish
