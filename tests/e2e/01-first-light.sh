#!/bin/bash
# An article goes in, who said what comes out; and it is what `extract` says.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start_broker
start_worker worker-1
start_worker worker-2
fact "broker listens" within 10 logged broker listening
fact "two workers are welcomed" within 10 count_is workers 2

files=("$samples"/*.txt)
keys=()
for f in "${files[@]}"; do
	f=${f##*/}
	keys+=("${f%.txt}")
done

"$hearsay" submit --json "${files[@]}" >"$T/receipts"
equal "every sample is accepted" \
	"$(grep -c '"status":"accepted"' "$T/receipts")" "${#files[@]}"
"$hearsay" submit --json "${files[@]}" >"$T/receipts"
equal "given again, they are known" \
	"$(grep -c '"status":"exists"' "$T/receipts")" "${#files[@]}"

"$hearsay" wait --json "${keys[@]}" >"$T/waited"
equal "wait brings every result" "$(grep -c '"state":"done"' "$T/waited")" "${#files[@]}"
"$hearsay" get --json "${keys[@]}" >"$T/got"
"$hearsay" extract --json "${files[@]}" >"$T/extracted"
as_extracted <"$T/got" >"$T/compared"
same "get gives what extract gives, byte for byte" "$T/compared" "$T/extracted"
as_extracted <"$T/waited" | sort >"$T/compared"
sort "$T/extracted" >"$T/sorted"
same "wait gives it too" "$T/compared" "$T/sorted"
fact "somebody said something in each" \
	test "$(grep -c '"cue":\[\[' "$T/extracted")" = "${#files[@]}"
equal "the broker has them done" "$(count "done")" "${#files[@]}"

signal worker-1 TERM
ended worker-1
equal "a worker ends with status 0" "$status" 0
signal broker TERM
ended broker
equal "the broker ends with status 0" "$status" 0
start_broker
"$hearsay" get --json "${keys[@]}" >"$T/again"
same "a restarted broker has the same results" "$T/got" "$T/again"
finish
