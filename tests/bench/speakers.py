"""usage: speakers.py GUM-FOLDER COMMAND [ARG ...] [--show]

Runs COMMAND FILE ... (hearsay extract --json) on the documents and compares speakers with the
chains of mentions that people made.  Of the attributions whose source GUM marks, those count
that a source of ours touches and in whose chain a proper name stands:

    right   the speaker's name, where it stands as such, is a mention of that chain
    wrong   it is one of another chain
    null    no speaker is named

Each twice: the text alone, and transcripts with the labels of their turns (see gum.py)."""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import gum

PRONOUNS = "i he she they we you it who that which this".split()


def extract(command, documents):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for document in documents:
            paths.append(pathlib.Path(folder, document.name + ".txt"))
            paths[-1].write_text(document.text, encoding="utf-8")
        run = subprocess.run(command + [str(p) for p in paths], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def touch(spans, at):
    return any(begin < at[1] and at[0] < end for begin, end in spans)


def source_of(document, found, attribution):
    """our attribution whose source touches the marked one"""
    for ours in found["attributions"]:
        if any(touch(ours["source"], document.at[word]) for word in attribution.source):
            return ours
    return None


def mention_of(document, words):
    """the smallest mention that holds them all"""
    around = [m for m in document.mentions if m.begin <= min(words) and max(words) < m.end]
    return min(around, key=lambda m: m.end - m.begin, default=None)


def proper(document, mention):
    """It is a proper name: that is what its head is made of."""
    heads = mention.heads or [mention.end - 1]
    return any(document.tags[w].startswith("NNP") for w in heads if w < mention.end)


def name_tokens(document, mention):
    """of a mention that is a name rather than holds one: its proper nouns"""
    if mention.end - mention.begin > 6:
        return set()
    words = range(mention.begin, mention.end)
    return {document.words[w].lower() for w in words if document.tags[w].startswith("NNP")}


def is_of(document, chain, speaker):
    """The name stands in a mention of the chain and in no smaller one of another, or is spelled alike."""
    text = document.text.encode()
    places = [p for p in speaker["mentions"] if text[p[0] : p[1]].decode() == speaker["name"]]
    for place in places or speaker["mentions"][:1]:
        around = [m for m in document.mentions if touch([place], document.bytes(m.begin, m.end))]
        around = [m for m in around if touch([place], document.at[m.end - 1]) or m.chain == chain]
        best = min(around, key=lambda m: m.end - m.begin, default=None)
        if best is not None and best.chain == chain:
            return True
    last = speaker["name"].lower().split()[-1]
    return any(last in name_tokens(document, m) for m in document.mentions if m.chain == chain)


def judge(document, found, attribution):
    """(verdict, mention, our attribution), or None for what does not count"""
    mention = mention_of(document, attribution.source) if attribution.source else None
    if mention is None or not any(proper(document, m) for m in document.mentions if m.chain == mention.chain):
        return None
    ours = source_of(document, found, attribution)
    if ours is None:
        return None
    if ours["speaker"] is None:
        return "null", mention, ours
    good = is_of(document, mention.chain, found["speakers"][ours["speaker"]])
    return "right" if good else "wrong", mention, ours


def show(document, found, verdict, mention, ours):
    words = " ".join(document.words[mention.begin : mention.end])
    named = "" if ours["speaker"] is None else found["speakers"][ours["speaker"]]["name"]
    print(f"  {verdict:5s} {document.name}: {words[:60]} = {named} ({ours['speaker_reason']})")


def main():
    folder, command = sys.argv[1], [word for word in sys.argv[2:] if word != "--show"]
    for labels in (False, True):
        tally = collections.defaultdict(collections.Counter)
        documents = gum.documents(folder, labels)
        for document, found in zip(documents, extract(command, documents)):
            for attribution in document.attributions:
                judged = judge(document, found, attribution)
                if judged is None:
                    continue
                verdict, mention, ours = judged
                words = document.words[mention.begin : mention.end]
                pronoun = len(words) == 1 and words[0].lower() in PRONOUNS
                for row in ("all", document.genre, "by pronoun" if pronoun else "not by pronoun"):
                    tally[row][verdict] += 1
                if pronoun and words[0].lower() in ("he", "she"):
                    tally["he, she"][verdict] += 1
                if "--show" in sys.argv and verdict != "right":
                    show(document, found, *judged)
        print("\ntranscripts with labels" if labels else "text alone")
        for row, n in sorted(tally.items(), key=lambda item: (item[0] != "all", item[0])):
            total = sum(n.values())
            shares = "  ".join(f"{v} {100 * n[v] / total:5.1f}" for v in ("right", "wrong", "null"))
            print(f"  {row:16s}{total:5d}   {shares}")


if __name__ == "__main__":
    main()
