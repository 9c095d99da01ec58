"""checkworthy.py SHARED PROGRAM [--fit]: how well what is worth a check is told from what is not.

PROGRAM is build/tests/bench/bench_reading, which says so of each sentence by the rules and, where the
weights have that head, by the network.  Printed are average precision and F1 on a held-out fifth of
ClaimBuster's training debates (by the sentence's number, so always the same fifth) and on the documents
of CheckThat! 2019, each by itself and the mean, beside what calling all of them worth it gives.
--fit fits the rules' weights to the other four fifths and prints them for worth.c."""
import csv
import json
import math
import os
import subprocess
import sys

# The best of its lab, by the lab's overview.
PUBLISHED = "published, on the test documents of the same year: best MAP 16.6, 25.0 on speeches and 5.4 on debates"


def claimbuster(shared):
    """[(text, label)] to learn from, and the fifth that is held out"""
    learn, held = [], []
    for x in json.load(open(f"{shared}/corpus/checkworthy/claimbuster-train.json", encoding="utf-8")):
        (held if x["sentence_id"] % 5 == 0 else learn).append((x["text"], int(x["label"])))
    return learn, held


def checkthat(shared):
    """{document: [(text, label)]}"""
    out = {}
    path = f"{shared}/corpus/checkworthy/CT19-T1-Training.csv"
    for row in csv.DictReader(open(path, encoding="utf-8")):
        if row["speaker"] != "SYSTEM":
            out.setdefault(row["file_name"], []).append((row["text"], int(row["label"])))
    return out


def ask(program, mode, sentences):
    lines = "".join(" ".join(text.split()) + "\n" for text, _ in sentences)
    run = subprocess.run([program, mode], input=lines.encode("utf-8"), stdout=subprocess.PIPE, check=True)
    out = [line.split() for line in run.stdout.decode().splitlines()]
    assert len(out) == len(sentences)
    return out


def average_precision(scores, labels):
    found = total = 0
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    for rank, i in enumerate(order, 1):
        if labels[i]:
            found += 1
            total += found / rank
    return total / max(1, sum(labels))


def f1(scores, labels, least=0.5):
    said = [s >= least for s in scores]
    both = sum(1 for s, l in zip(said, labels) if s and l)
    return 2 * both / max(1, sum(said) + sum(labels))


def figures(answers, labels):
    """[(AP, F1)] of the rules and, if it answers, of the network"""
    ways = [way for way in zip(*answers) if way[0] != "-"]
    return [(100 * average_precision(s, labels), 100 * f1(s, labels)) for s in
            ([float(x) for x in way] for way in ways)]


def show(name, n, share, ways):
    words = "  ".join(f"{how} AP {ap:5.1f} F1 {f:5.1f}" for how, (ap, f) in zip(("rules", "network"), ways))
    print(f"{name:34s} {n:5d} sentences, {100 * share:4.1f}% worth it:  {words}"
          f"   (all of them: AP {100 * share:.1f}, F1 {200 * share / (1 + share):.1f})")


def fit(rows, labels, rounds=400, rate=2.0, decay=1e-3):
    """logistic regression by plain descent, both classes counting the same"""
    w = [0.0] * len(rows[0])
    up = (len(labels) - sum(labels)) / sum(labels)
    total = 2 * (len(labels) - sum(labels))
    for _ in range(rounds):
        step = [0.0] * len(w)
        for x, y in zip(rows, labels):
            z = sum(a * b for a, b in zip(w, x) if b)
            d = (1 / (1 + math.exp(-z)) - y) * (up if y else 1)
            for i, b in enumerate(x):
                if b:
                    step[i] += d * b
        w = [a - rate * (s / total + decay * a * (i > 0)) for i, (a, s) in enumerate(zip(w, step))]
    return w


def main():
    shared, program = sys.argv[1:3]
    learn, held = claimbuster(shared)
    if "--fit" in sys.argv:
        rows = [[float(v) for v in row] for row in ask(program, "traits", learn)]
        print("\n".join(f"{w:.2f}F," for w in fit(rows, [label for _, label in learn])))
        return
    labels = [label for _, label in held]
    show("ClaimBuster, held-out fifth", len(held), sum(labels) / len(held),
         figures(ask(program, "checkworthy", held), labels))
    each = []
    for name, sentences in sorted(checkthat(shared).items()):
        labels = [label for _, label in sentences]
        if sum(labels):
            each.append(figures(ask(program, "checkworthy", sentences), labels))
            show(f"CheckThat {os.path.basename(name)[:22]}", len(labels), sum(labels) / len(labels), each[-1])
    for how, ways in zip(("rules", "network"), zip(*each)):
        print(f"CheckThat, mean of {len(ways)} documents, {how}:  "
              f"MAP {sum(a for a, _ in ways) / len(ways):.1f}  F1 {sum(f for _, f in ways) / len(ways):.1f}")
    print(PUBLISHED)


if __name__ == "__main__":
    main()
