#!/bin/bash
# What people get wrong, and what goes wrong around us: each is one line that
# says what to do, and an exit status of its own.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# fails WHAT STATUS PATTERN COMMAND...: with that status, and one line on standard error
fails() {
	local what=$1 want=$2 pattern=$3 got
	shift 3
	timeout 60 "$@" >"$T/out" 2>"$T/err"
	got=$?
	fact "$what: status $want, one line, it says \"$pattern\"" \
		said_so "$got" "$want" "$pattern"
}
said_so() {
	[ "$1" = "$2" ] && [ "$(wc -l <"$T/err")" = 1 ] && grep -q -- "$3" "$T/err" && return
	echo "      status $1, $(wc -l <"$T/err") lines:"
	sed 's/^/      /' "$T/err"
	return 1
}

# ------------------------------------------------------------------- articles
mkdir "$T/in" "$T/in/none" "$T/in/some"
: >"$T/in/empty.txt"
printf 'Rain is coming, said the mill\377er.\n' >"$T/in/latin.txt"
head -c 50000000 /dev/zero | tr '\0' a >"$T/in/big.txt"
: >"$T/in/none/readme.pdf"
cp "$samples"/harbour-wire.txt "$T/in/some/"
: >"$T/in/some/empty.txt"

start_broker
fact "broker listens" within 10 logged broker listening
for verb in extract submit; do
	fails "$verb: an empty file" 4 empty "$hearsay" $verb "$T/in/empty.txt"
	fails "$verb: not UTF-8" 3 'byte 29' "$hearsay" $verb "$T/in/latin.txt"
	fails "$verb: 50 MB" 5 'split it' "$hearsay" $verb "$T/in/big.txt"
	fails "$verb: a folder without articles" 13 'without articles' \
		"$hearsay" $verb "$T/in/none"
	fails "$verb: no such file" 6 'no such file' "$hearsay" $verb "$T/in/nothing.txt"
	fails "$verb: a bad one among good ones" 4 empty "$hearsay" $verb -q --json "$T/in/some"
	equal "$verb: the good ones are done all the same" "$(wc -l <"$T/out")" 1
done
fails "no such verb" 2 'no verb' "$hearsay" sumbit
fails "no such option" 2 'no option' "$hearsay" submit --fast
fails "an unknown key" 6 'no such article' "$hearsay" get nothing
fails "a key given another text" 11 another \
	"$hearsay" submit -q --key harbour-wire "$samples/bridge-comment.txt"
fails "a second broker on the folder" 12 "$T/data" "$BIN/hearsay-broker" --data "$T/data" \
	--clients "ipc://$T/c2" --workers "ipc://$T/w2"

start_worker worker
fact "the good one is done" within 20 count_is "done" 1
signal worker TERM
ended worker
signal broker TERM
ended broker

# -------------------------------------------------------------------- brokers
fails "no broker there" 7 'no broker answers' \
	"$hearsay" submit --timeout 1s "$samples/harbour-wire.txt"
fails "what is no address" 2 'tcp://HOST:PORT' "$hearsay" stats --broker nonsense
fails "worker: what is no address" 2 'tcp://HOST:PORT' \
	"$BIN/hearsay-worker" --broker nonsense --log-level error
fails "worker: no weights" 6 'HEARSAY_MODEL' "$BIN/hearsay-worker" --model "$T/nothing"
fails "worker: no such option" 2 '--help' "$BIN/hearsay-worker" --fast
fails "broker: no such option" 2 '--help' "$BIN/hearsay-broker" --fast

# shellcheck disable=SC2046 # flags are words
if ${CC:-cc} -o "$T/other_broker" "$e2e/other_broker.c" \
	$(pkg-config --cflags --libs libzmq) 2>"$T/cc.log"; then
	for version in 1 99; do
		start other "$T/other_broker" "ipc://$T/other" "$version"
		fails "a broker of another version, in envelopes of version $version" 8 \
			version "$hearsay" stats --broker "ipc://$T/other"
		fails "worker: the same" 8 version "$BIN/hearsay-worker" \
			--broker "ipc://$T/other" --log-level error
		kill9 other
	done
else
	fact "tests/e2e/other_broker.c compiles (see $T/cc.log)" false
fi

# ---------------------------------------------------------------------- disks
disk=$T/disk
mounted=
clean_up_more() {
	if [ -n "$mounted" ]; then umount -l "$disk"; fi
}
# A small file system of our own at $disk.
on_disk() {
	mkdir -p "$disk"
	mount -t tmpfs -o "$1" hearsay-e2e "$disk" 2>/dev/null && mounted=yes
}
off_disk() {
	umount "$disk"
	mounted=
}
disk_broker=("$BIN/hearsay-broker" --data "$disk/data" --clients "$HEARSAY_BROKER"
	--workers "ipc://$T/workers")
broker_answers() { "$hearsay" stats --timeout 1s >/dev/null 2>&1; }
# fill_up BYTES: leave so much room
fill_up() {
	local free
	free=$(($(df --output=avail -B1 "$disk" | tail -n 1)))
	head -c $((free > $1 ? free - $1 : 0)) /dev/zero >"$disk/filler"
}
# submit_some N: the Nth ten of the articles, given to the broker
submit_some() {
	"$hearsay" submit --json --timeout 3s "$T"/stories/story-00"$1"?.txt
}
acknowledge() { sed -n 's/.*"key":"\([^"]*\)".*"status":"accepted".*/\1/p' >>"$T/keys"; }
all_done() {
	"$hearsay" wait --json --timeout 60s --all-from "$T/keys" 2>/dev/null |
		grep -c '"state":"done"'
}

if on_disk size=24m; then
	make_articles "$T/stories" 59
	: >"$T/keys"

	# Below --min-free: no new articles, but results of those that are here.
	start broker "${disk_broker[@]}" --min-free 8M --heartbeat 300ms --lease 3s
	fact "a broker on a small disk" within 10 broker_answers
	submit_some 1 | acknowledge
	fill_up 4000000
	sleep 1.2 # it looks about once a second
	fails "little room: submit" 12 'disk' "$hearsay" submit --json --timeout 3s \
		"$T"/stories/story-0020.txt
	start_worker worker
	equal "little room: what was acknowledged is done" "$(all_done)" "$(wc -l <"$T/keys")"
	rm "$disk/filler"
	sleep 1.2
	submit_some 3 | acknowledge
	equal "room again: articles are taken" "$(wc -l <"$T/keys")" 20
	equal "and done" "$(all_done)" 20
	signal broker TERM
	ended broker

	# No room at all, in the middle of it: articles are refused, and nothing is lost.
	start broker "${disk_broker[@]}" --min-free 0 --heartbeat 300ms --lease 3s
	fact "a broker that is told to use the last byte" within 10 broker_answers
	signal worker STOP # the articles are to stay
	submit_some 4 | acknowledge
	fill_up 0
	submit_some 5 >"$T/out" 2>"$T/err"
	equal "no room: submit fails, as when the broker is busy" $? 12
	fact "and is told why" grep -q disk "$T/err"
	acknowledge <"$T/out"
	fact "the broker lives, and says what to do" logged broker 'make room'
	fact "it does" running broker
	rm "$disk/filler"
	fact "room again: it sees that by itself" within 20 logged broker 'disk_has_room'
	signal worker CONT
	equal "and every acknowledged article is done" "$(all_done)" "$(wc -l <"$T/keys")"
	signal worker TERM
	ended worker
	signal broker TERM
	ended broker

	mount -o remount,ro "$disk"
	fails "a read-only folder" 10 'cannot be written' "${disk_broker[@]}"
	off_disk
else
	echo "skip  full disk, read-only file system: only root can mount them"
	mkdir -p "$disk/data"
	chmod 500 "$disk/data"
	fails "a read-only folder" 10 'cannot be written' "${disk_broker[@]}"
fi
finish
