"""usage: away.py GUM-FOLDER COMMAND [ARG ...]

By genre: of the attributions that GUM's people marked, for another purpose than ours, the
share whose source or reporting word a source or a cue of ours touches."""
import collections
import sys

import gum
import speakers


def is_touched(document, found, attribution):
    at = [document.at[word] for word in attribution.source + attribution.cue]
    spans = [s for ours in found["attributions"] for s in ours["source"] + ours["cue"]]
    return any(speakers.touch(spans, word) for word in at)


def main():
    tally = collections.defaultdict(lambda: [0, 0])
    documents = gum.documents(sys.argv[1])
    for document, found in zip(documents, speakers.extract(sys.argv[2:], documents)):
        for attribution in document.attributions:
            if attribution.source or attribution.cue:
                for row in ("all", document.genre):
                    tally[row][0] += is_touched(document, found, attribution)
                    tally[row][1] += 1
    for row, (hit, total) in sorted(tally.items(), key=lambda item: (item[0] != "all", item[0])):
        print(f"  {row:16s}{hit:5d} of {total:4d}   {100 * hit / total:5.1f}")


if __name__ == "__main__":
    main()
