#!/bin/bash
# The command's ways in and out: standard input, lines, JSON Lines, tables, threads;
# and that watch misses nothing while the broker is away.
. "$(dirname "$0")/lib.sh"

article=$samples/harbour-wire.txt
found() { sed 's/.*"model"/"model"/' "$1"; }

# ------------------------------------------------------------------- extract
"$hearsay" extract --json "$article" >"$T/file"
"$hearsay" extract --json - <"$article" >"$T/stdin"
fact "standard input is called stdin" grep -q '^{"id":"stdin",' "$T/stdin"
"$hearsay" extract --json --id port - <"$article" >"$T/named"
fact "unless it is given an id" grep -q '^{"id":"port",' "$T/named"
found "$T/file" >"$T/a"
found "$T/stdin" >"$T/b"
same "the same text gives the same, from a file or a pipe" "$T/a" "$T/b"

make_articles "$T/stories" 30
"$hearsay" extract --json --threads 1 "$T/stories" >"$T/one"
"$hearsay" extract --json --threads 5 "$T/stories" >"$T/five"
same "the same bytes in the same order with any number of threads" "$T/one" "$T/five"
equal "a line an article" "$(wc -l <"$T/one")" 30

"$hearsay" extract --table "$T/stories" >"$T/table"
equal "a table has nine columns in every row" \
	"$(awk -F '\t' '{ print NF }' "$T/table" | sort -u)" 9
equal "one heading, and a row for each attribution" "$(wc -l <"$T/table")" \
	$((1 + $(grep -o '"cue"' "$T/one" | wc -l)))
"$hearsay" extract "$article" >"$T/pipe"
fact "no escapes in a pipe" test "$(grep -c $'\x1b' "$T/pipe")" = 0
"$hearsay" extract --color always "$article" >"$T/colour"
fact "colour where it is asked for" grep -q $'\x1b\\[32m' "$T/colour"
NO_COLOR=1 "$hearsay" extract "$article" >"$T/plain"
same "NO_COLOR is plain" "$T/pipe" "$T/plain"

printf 'It rains, he said.\r\n\nShe said it snows.\n' >"$T/news.txt"
"$hearsay" extract --json --format lines "$T/news.txt" >"$T/out"
equal "an article a line" "$(sed 's/{"id":"\([^"]*\)".*/\1/' "$T/out" | tr '\n' ' ')" \
	"news-1 news-3 "

cat >"$T/feed.jsonl" <<'END'
{"key":"snow","id":"s 1","title":"Snow","text":"It snows, said Ana Ruiz."}
{"id":42,"text":"Tom Becker said: \"No.\""}
{"title":"without a text"}
END
"$hearsay" extract --json - <"$T/feed.jsonl" >"$T/out" 2>"$T/err"
equal "JSON Lines: a bad line does not stop the others" "$?" 3
equal "ids are those of the lines" \
	"$(sed 's/{"id":"\([^"]*\)".*/\1/' "$T/out" | tr '\n' ' ')" "s 1 42 "
fact "the bad line is named" grep -q 'line 3' "$T/err"

# -------------------------------------------------------------------- broker
start_broker
fact "broker listens" within 10 logged broker listening
"$hearsay" watch --json >"$T/watched" 2>"$T/watch.log" &
pid[watch]=$!
sleep 0.5 # until it has asked where now is
"$hearsay" submit --json "$T/feed.jsonl" >"$T/receipts" 2>/dev/null
equal "keys are those of the lines" \
	"$(sed 's/{"key":"\([^"]*\)".*/\1/' "$T/receipts" | tr '\n' ' ')" "snow 42 "
"$hearsay" get snow >"$T/out"
fact "an article nobody has read yet is said to wait" grep -q 'waits for a worker' "$T/out"
"$hearsay" submit --quiet --json "$T/stories" |
	sed 's/{"key":"\([^"]*\)".*/\1/' >"$T/keys"
start_worker worker
fact "some are done" within 30 logged worker 'done job' 3
kill9 broker
sleep 0.3
start_broker
"$hearsay" wait --json --timeout 60s --all-from "$T/keys" snow 42 >"$T/waited"
equal "wait brings all, though the broker was killed" "$(wc -l <"$T/waited")" 32
watched_all() { [ "$(wc -l <"$T/watched")" -ge 32 ]; }
fact "watch saw them all" within 20 watched_all
equal "in order, none twice, none left out" \
	"$(sed 's/.*"sequence":\([0-9]*\),.*/\1/' "$T/watched" | tr '\n' ' ')" \
	"$(seq -s ' ' 32) "
"$hearsay" submit --wait --json "$T/stories" 2>/dev/null | as_extracted |
	grep '"model"' | sort >"$T/again"
sort "$T/one" >"$T/sorted"
same "submit --wait of what is done already gives the results" "$T/again" "$T/sorted"
"$hearsay" get --json --by-id 1 >"$T/out"
fact "a job has a number too" grep -q '"key":"snow"' "$T/out"
echo snow | "$hearsay" get --table - >"$T/out"
equal "keys from standard input" "$(cut -f 1 "$T/out" | tr '\n' ' ')" "ARTICLE snow "
"$hearsay" submit --tenant other --json --key snow "$article" >"$T/out"
fact "another tenant's key is another key" grep -q accepted "$T/out"
finish
