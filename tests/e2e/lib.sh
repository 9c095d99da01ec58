# shellcheck shell=bash
# Sourced by every end-to-end test.
#
# A test has a folder of its own, $T, in which all its sockets, data and logs
# lie, so that any number of tests may run beside each other.  Whatever it
# starts it starts with `start`, by a name; what still runs at its end is
# killed, and the folder goes, unless KEEP is set.
#
# Each fact that a test shows is one line on standard output.
set -u
export LC_ALL=C

e2e=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$e2e/../.." && pwd)
BIN=${BIN:-$root/build/bin}
[ ! -d "$BIN" ] || BIN=$(cd "$BIN" && pwd)
samples=$root/docs/samples
T=$(mktemp -d "${TMPDIR:-/tmp}/hearsay-e2e.XXXXXX")
export HEARSAY_BROKER=ipc://$T/clients HEARSAY_MODEL=${HEARSAY_MODEL:-$root/model/hearsay-en.safetensors}
export XDG_CONFIG_HOME=$T
hearsay=$BIN/hearsay
for program in hearsay hearsay-broker hearsay-worker; do
	[ -x "$BIN/$program" ] || { echo "no $BIN/$program: run make first" >&2; exit 1; }
done
broker_options=() # a test's own
declare -A pid    # by name, of what was started
failed=0

clean_up() {
	local name
	trap - EXIT INT TERM
	for name in "${!pid[@]}"; do
		kill -CONT "${pid[$name]}" 2>/dev/null # a stopped one could not die
		kill -KILL "${pid[$name]}" 2>/dev/null
	done
	wait 2>/dev/null
	if declare -F clean_up_more >/dev/null; then clean_up_more; fi
	if [ -n "${KEEP:-}" ]; then echo "kept $T"; else rm -rf "$T"; fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# fact WHAT COMMAND...: it holds when the command succeeds.
fact() {
	local what=$1
	shift
	if "$@"; then
		echo "ok    $what"
	else
		echo "FAIL  $what"
		failed=$((failed + 1))
	fi
}

# equal WHAT GOT WANTED
equal() {
	fact "$1 ($2)" test "$2" = "$3"
	[ "$2" = "$3" ] || echo "      wanted $3"
}

# same WHAT FILE FILE: byte for byte, and there is something in them
same() {
	fact "$1" cmp_filled "$2" "$3"
}
cmp_filled() { [ -s "$1" ] && cmp "$1" "$2"; }

# The last line of every test.
finish() {
	[ "$failed" = 0 ] && exit 0
	echo "$failed facts do not hold"
	[ -n "${KEEP:-}" ] || tail -n 15 "$T"/*.log
	exit 1
}

skip() {
	echo "skip  $1"
	exit 0
}

# start NAME COMMAND...: in the background, its words in $T/NAME.log
start() {
	local name=$1
	shift
	: >>"$T/$name.log" # there when `logged` looks
	"$@" >>"$T/$name.log" 2>&1 &
	pid[$name]=$!
}

start_broker() {
	start broker "$BIN/hearsay-broker" --data "$T/data" --clients "$HEARSAY_BROKER" \
		--workers "ipc://$T/workers" ${broker_options[@]+"${broker_options[@]}"} "$@"
}

# start_worker NAME [OPTION...]
start_worker() {
	local name=$1
	shift
	start "$name" "$BIN/hearsay-worker" --broker "ipc://$T/workers" --threads 1 \
		--log-level debug "$@"
}

# signal NAME SIGNAL
signal() { kill "-$2" "${pid[$1]}" 2>/dev/null; }

# ended NAME: waits for it; its exit status is in $status
ended() {
	wait "${pid[$1]}" 2>/dev/null
	# shellcheck disable=SC2034 # for the test to read
	status=$?
	unset "pid[$1]"
}

# Both under one redirection, or the shell tells of the death in between.
kill9() {
	{
		signal "$1" KILL
		ended "$1"
	} 2>/dev/null
}

running() { kill -0 "${pid[$1]}" 2>/dev/null; }

# within SECONDS COMMAND...: tried again and again until it succeeds.
within() {
	local end=$((SECONDS + $1))
	shift
	while ! "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# logged NAME PATTERN [TIMES]
logged() { [ "$(grep -c -- "$2" "$T/$1.log")" -ge "${3:-1}" ]; }

# count NAME: a number of the broker's
count() {
	timeout 20 "$hearsay" stats --json 2>/dev/null |
		sed -n "s/.*\"$1\":\([0-9][0-9]*\).*/\1/p"
}

count_is() { [ "$(count "$1")" = "$2" ]; }

# What `get --json` prints, as `extract --json` would print it.
as_extracted() { sed 's/"key":"[^"]*","state":"done",//'; }

# events FILE: every end of a job there has been so far, a line each
events() {
	timeout 3 "$hearsay" watch --after 0 --json >"$1" 2>/dev/null
	return 0
}

# make_articles DIR N: all distinct, of the samples' paragraphs, the same each time
make_articles() {
	mkdir -p "$1"
	awk -v dir="$1" -v n="$2" '
		BEGIN { RS = "" }
		{ p[np++] = $0 }
		function next_one() { seed = (seed * 1103 + 12345) % 65536; return seed }
		END {
			for (i = 1; i <= n; i++) {
				f = sprintf("%s/story-%04d.txt", dir, i)
				printf "Story number %d\n\n", i > f
				for (k = 2 + next_one() % 5; k > 0; k--)
					printf "%s\n\n", p[int(next_one() / 7) % np] > f
				close(f)
			}
		}' "$samples"/*.txt
}

# paragraphs N: the samples', over and over
paragraphs() {
	awk -v n="$1" '
		BEGIN { RS = "" }
		{ p[np++] = $0 }
		END { for (i = 0; i < n; i++) printf "%s\n\n", p[i % np] }' "$samples"/*.txt
}

# took_us COMMAND...
took_us() {
	local began=${EPOCHREALTIME/./}
	"$@" >/dev/null
	echo $((${EPOCHREALTIME/./} - began))
}

# make_long FILE SECONDS: one article that takes a thread about so long, whatever
# the machine and however the engine was built
make_long() {
	local few many
	paragraphs 1 >"$T/few.txt"
	paragraphs 101 >"$T/many.txt"
	few=$(took_us "$hearsay" extract --json "$T/few.txt")
	many=$(took_us "$hearsay" extract --json "$T/many.txt")
	[ "$many" -gt $((few + 1000)) ] || many=$((few + 1000))
	paragraphs $((100 * 1000000 * $2 / (many - few))) >"$1"
}
