"""factuality.py SHARED PROGRAM: how near what is said of events' factuality comes to what people say.

PROGRAM is build/tests/bench/bench_reading.  For each annotated word of the UW and MEANTIME development
sentences (-3 surely not so .. 3 surely so) it is asked how sure it is, by the rules and, where the weights
have that head, by the network; printed are Pearson's r and the mean absolute error, beside those of saying 3
of everything.  Goal of the network: r 0.75, MAE 0.65 at most."""
import json
import math
import subprocess
import sys


def places(shared, corpus):
    """[(byte of the word, sentence, label)]; the sentences are words with a blank between them"""
    out = []
    for line in open(f"{shared}/corpus/factuality/{corpus}/dev.jsonl", encoding="utf-8"):
        x = json.loads(line)
        words = x["text"].split(" ")
        for target in x["targets"]:
            before = " ".join(words[: target["span1"][0]])
            byte = len(before.encode("utf-8")) + (len(before) > 0)
            out.append((byte, x["text"], float(target["label"])))
    return out


def ask(program, asked):
    lines = "".join(f"{byte}\t{text}\n" for byte, text, _ in asked)
    run = subprocess.run([program, "factuality"], input=lines.encode("utf-8"), stdout=subprocess.PIPE, check=True)
    out = [line.split() for line in run.stdout.decode().splitlines()]
    assert len(out) == len(asked)
    return out


def pearson(a, b):
    ma, mb = sum(a) / len(a), sum(b) / len(b)
    both = sum((x - ma) * (y - mb) for x, y in zip(a, b))
    return both / math.sqrt(sum((x - ma) ** 2 for x in a) * sum((y - mb) ** 2 for y in b) or 1)


def error(a, b):
    return sum(abs(x - y) for x, y in zip(a, b)) / len(a)


def main():
    shared, program = sys.argv[1:3]
    for corpus in ("uw", "meantime"):
        asked = places(shared, corpus)
        labels = [label for _, _, label in asked]
        words = []
        for how, way in zip(("rules", "network"), zip(*ask(program, asked))):
            if way[0] != "-":
                said = [float(x) for x in way]
                words.append(f"{how} r {pearson(said, labels):.3f} MAE {error(said, labels):.3f}")
        print(f"{corpus:9s} {len(asked):5d} events:  {'  '.join(words)}"
              f"   (3 of everything: MAE {error([3.0] * len(labels), labels):.3f})")


if __name__ == "__main__":
    main()
