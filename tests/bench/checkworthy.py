"""checkworthy.py SHARED PROGRAM [--fit]: how well what is worth a check is told from what is not.

PROGRAM is build/tests/bench/bench_worth, which says so of each sentence by the rules.  Printed are
average precision and F1 on a held-out fifth of ClaimBuster's training debates (by the sentence's
number, so always the same fifth) and on the documents of CheckThat! 2019, each by itself and the mean,
beside what always saying the same gives.  --fit fits the rules' weights to the other sentences and
prints them for worth.c."""
import csv
import json
import math
import os
import subprocess
import sys


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


def ask(program, sentences, *options):
    lines = "".join(" ".join(text.split()) + "\n" for text, _ in sentences)
    run = subprocess.run([program, *options], input=lines.encode("utf-8"), stdout=subprocess.PIPE, check=True)
    out = [[float(v) for v in line.split()] for line in run.stdout.decode().splitlines()]
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


def show(name, scores, labels):
    share = sum(labels) / len(labels)
    print(f"{name:34s} {len(labels):6d} sentences, {100 * share:5.1f}% worth it:"
          f"  AP {100 * average_precision(scores, labels):5.1f}  F1 {100 * f1(scores, labels):5.1f}"
          f"   (all the same: AP {100 * share:.1f}, F1 {200 * share / (1 + share):.1f})")


def fit(rows, labels, weight=1.0, rounds=400, rate=2.0, decay=1e-3):
    """logistic regression by plain descent; both classes count the same when weight is 1"""
    n = len(rows[0])
    w = [0.0] * n
    positive = sum(labels)
    up = weight * (len(labels) - positive) / positive
    total = positive * up + len(labels) - positive
    for _ in range(rounds):
        step = [0.0] * n
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
    documents = checkthat(shared)
    if "--fit" in sys.argv:
        rows = ask(program, learn, "--traits")
        for w in fit(rows, [l for _, l in learn]):
            print(f"{w:.2f}F,")
        return
    show("ClaimBuster, held-out fifth", [s for s, in ask(program, held)], [l for _, l in held])
    each = []
    for name, sentences in sorted(documents.items()):
        labels = [l for _, l in sentences]
        if sum(labels):
            scores = [s for s, in ask(program, sentences)]
            each.append((average_precision(scores, labels), f1(scores, labels)))
            show(f"CheckThat {os.path.basename(name)[:22]}", scores, labels)
    print(f"CheckThat, mean of {len(each)} documents:  MAP {100 * sum(a for a, _ in each) / len(each):.1f}"
          f"  F1 {100 * sum(f for _, f in each) / len(each):.1f}")


if __name__ == "__main__":
    main()
