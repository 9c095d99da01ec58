"""quality.py SHARED OUTPUT: score OUTPUT on the development articles and print the table beside
the figures of the model's README, with differences. Exit status 1 when one is too far below."""
import json
import re
import subprocess
import sys

SPANS, LINKS = ("exact", "begin", "overlap"), ("link-exact", "link-soft")
ROLES = ("source", "cue", "content")
ALLOWED = {"spans": 0.3, "links": 1.0}  # F1 points below the README


def readme_figures(path):
    """{(measure, role or None): F1} from the table of the README"""
    out = {}
    for line in open(path, encoding="utf-8"):
        words = line.split()
        if not line.startswith("    ") or not words or words[0] not in SPANS + LINKS:
            continue
        f1 = [float(x) for x in re.findall(r"F1\s+([\d.]+)", line)]
        out.update(zip([(words[0], r) for r in (ROLES if words[0] in SPANS else (None,))], f1))
    return out


def our_figures(shared, output):
    run = subprocess.run([sys.executable, f"{shared}/eval/score_attribution.py", "--json",
                          f"{shared}/corpus/polnear/dev.jsonl", output],
                         check=True, stdout=subprocess.PIPE)
    score = json.loads(run.stdout)
    out = {(m, r): score[m][r] for m in SPANS for r in ROLES}
    out.update({(m, None): score[m] for m in LINKS})
    return out


def main():
    shared, output = sys.argv[1:]
    theirs, ours = readme_figures(f"{shared}/model/README.md"), our_figures(shared, output)
    assert set(theirs) == set(ours), "the README's table has other rows"
    failed = 0
    print(f"{'':22s}      P      R     F1   README   difference")
    for key, x in ours.items():
        difference = round(x["f1"] - theirs[key], 1)
        low = difference < -ALLOWED["spans" if key[1] else "links"]
        failed += low
        print(f"{key[0]:12s}{key[1] or '':10s} {x['p']:6.1f} {x['r']:6.1f} {x['f1']:6.1f}"
              f" {theirs[key]:8.1f} {difference:+12.1f}{'  too low' if low else ''}")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
