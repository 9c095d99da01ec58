#!/bin/bash
# Claims with dates counted from the day of publication, and as ClaimReview: the same from
# extract and, by way of the broker and a worker, from get.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$T/story.jsonl" <<'END'
{"key":"port","url":"https://example.org/port","title":"Port","published":"2019-03-28T17:00:00Z","text":"The port lost $3.2 million on Tuesday, harbour chief Ana Ruiz said. \"We have no choice,\" Ruiz added."}
END
"$hearsay" extract --json "$T/story.jsonl" >"$T/dated"
fact "a day of the week is one before publication" grep -q '"value":"2019-03-26"' "$T/dated"
fact "money is counted" grep -q '"value":3200000,"unit":"dollars"' "$T/dated"

printf 'The port lost money on Tuesday, Ana Ruiz said.\n' >"$T/plain.txt"
"$hearsay" extract --json "$T/plain.txt" >"$T/out"
fact "without a day to count from it is left out" grep -q '"times":\[\]' "$T/out"
"$hearsay" extract --json --published 2019-03-28 "$T/plain.txt" >"$T/out"
fact "--published gives one" grep -q '"value":"2019-03-26"' "$T/out"
"$hearsay" extract --json --published 2019-05-02 "$T/story.jsonl" >"$T/out"
same "what the article says of itself goes before it" "$T/out" "$T/dated"
"$hearsay" extract --published soon "$T/plain.txt" 2>/dev/null
equal "what is no date is refused" "$?" 2

"$hearsay" extract --claimreview "$T/story.jsonl" >"$T/reviews"
fact "a claim is a ClaimReview" grep -q '"@type":"ClaimReview","claimReviewed":' "$T/reviews"
fact "with the article it appears in" grep -q '"url":"https://example.org/port"' "$T/reviews"

start_broker
start_worker worker
"$hearsay" submit --quiet "$T/story.jsonl" >/dev/null
"$hearsay" wait --json port >"$T/waited"
as_extracted <"$T/waited" >"$T/compared"
same "a worker counts from the same day" "$T/compared" "$T/dated"
"$hearsay" get --claimreview port >"$T/got"
same "get gives the same ClaimReviews" "$T/got" "$T/reviews"
finish
