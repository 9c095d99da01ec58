"""How right the heads beside attribution are, with 95% intervals by resampling paragraphs."""
import dataclasses
import random

import numpy
import torch

from . import batches, predict, score, told, windows

AGAIN = 200  # resamplings
PRONOUNS = ("he she they it him her them his hers their its himself herself themselves itself "
            "i we you me us my our your who").split()


@dataclasses.dataclass
class Said:
    """what the heads say of a paragraph's words"""
    sentence: numpy.ndarray
    entity: numpy.ndarray
    fact: numpy.ndarray
    worthy: numpy.ndarray   # [F, 2]
    mention: list           # (is it a pronoun?, is a word right?, chance of none, has gold)


def empty(paragraph):
    n = len(paragraph.cut.words)
    return Said(numpy.zeros(n), numpy.zeros(n, int), numpy.zeros(n), numpy.zeros((n, 2)), [])


def chains(article, parts):
    """heads of mentions in a window: [(part, word, chain)]"""
    return [(part, w, chain) for part in parts if article[part.paragraph].told
            for w, chain in article[part.paragraph].told.mention if part.word <= w < part.end]


def point(heads, x, article, window, said):
    """which earlier word each mention of a window stands for"""
    offered = [f for part in window.parts for f in part.first]
    at, words, before = {f: i for i, f in enumerate(offered)}, [], {}
    for part, w, chain in chains(article, window.parts):
        place = part.first[w - part.word]
        words.append((part, w, place, list(before.get(chain, ()))))
        before.setdefault(chain, []).append(place)
    if not words:
        return
    scores = heads.antecedent(x[[p for _, _, p, _ in words]], x[offered])
    for (part, w, place, gold), row in zip(words, scores):
        if not part.keep <= w < part.keep_end:
            continue
        paragraph = article[part.paragraph]
        begin, end = paragraph.cut.words[w]
        chance = torch.cat([row[:at[place]], row[-1:]]).softmax(0)
        best = int(chance.argmax())
        right = offered[best] in gold if best < at[place] else not gold
        said[part.paragraph].mention.append(
            (paragraph.text[begin:end].lower() in PRONOUNS, right, best == at[place], bool(gold)))


def read(network, articles, size=predict.READ_SIZE, overlap=predict.READ_OVERLAP, budget=2560,
         fast=True):
    """a Said for each paragraph of each article"""
    out = [[empty(p) for p in a] for a in articles]
    wins = [(w, number) for number, a in enumerate(articles)
            for w in windows.pack([p.cut for p in a], size, overlap)]
    network.eval()
    with torch.inference_mode():
        for chosen in batches.order([w for w, _ in wins], budget):
            batch = batches.collate([wins[i][0] for i in chosen])
            states = network.read(batch, fast).float()
            for row, i in enumerate(chosen):
                window, number = wins[i]
                for part in window.parts:
                    keep_part(network.heads, states[row], part, out[number][part.paragraph])
                point(network.heads, states[row], articles[number], window, out[number])
    return out


def keep_part(heads, x, part, said):
    words = x[part.first[part.keep - part.word:part.keep_end - part.word]]
    here = slice(part.keep, part.keep_end)
    said.sentence[here] = heads.sentence(words).squeeze(1).numpy()
    said.entity[here] = heads.entity(words).argmax(1).numpy()
    said.fact[here] = heads.factuality(words).squeeze(1).clamp(-3, 3).numpy()
    said.worthy[here] = heads.checkworthy(words).numpy()


def worthy(said, begin, end):
    """0..1, as reading.c computes it"""
    counts = numpy.exp(said.worthy[begin:end, 0] - said.worthy[begin:end, 0].max())
    says = (counts * said.worthy[begin:end, 1]).sum() / counts.sum()
    return 1 / (1 + numpy.exp(-says))


def names(ids):
    """{(first, behind the last, kind)}; an I-x that follows no x begins a name (reading.c)"""
    out, at = set(), 0
    while at < len(ids):
        if ids[at] <= 0:
            at += 1
            continue
        inside = ids[at] + ids[at] % 2
        end = at + 1
        while end < len(ids) and ids[end] == inside:
            end += 1
        out.add((at, end, told.KINDS[(inside - 2) // 2]))
        at = end
    return out


def interval(units, statistic, seed=1):
    """(value, low, high) of a statistic of lists of units"""
    chance = random.Random(seed)
    if len(units) < 2:
        return statistic(units), float("nan"), float("nan")
    values = sorted(statistic(chance.choices(units, k=len(units))) for _ in range(AGAIN))
    return statistic(units), values[AGAIN // 40], values[-AGAIN // 40]


def f1_of(counts):
    return score.f1(*(sum(c[i] for c in counts) for i in range(3)))


def sets(mine, theirs):
    return len(mine & theirs), len(mine - theirs), len(theirs - mine)


def average_precision(pairs):
    ranked = [label for _, label in sorted(pairs, key=lambda p: -p[0])]
    hits, total = 0, 0.0
    for i, label in enumerate(ranked, 1):
        hits += label
        total += label * hits / i
    return 100 * total / max(hits, 1)


def worthy_f1(pairs, least=0.5):
    return f1_of([(int(c >= least and label), int(c >= least and not label),
                   int(c < least and label)) for c, label in pairs])


def pearson(units):
    mine, theirs = zip(*(pair for unit in units for pair in unit))
    return float(numpy.corrcoef(mine, theirs)[0, 1])


def mean_error(units):
    return float(numpy.mean([abs(a - b) for unit in units for a, b in unit]))


def both(articles, said):
    return [(p, s) for a, of in zip(articles, said) for p, s in zip(a, of) if p.told is not None]


def sentences(found):
    return [sets(set(numpy.flatnonzero(s.sentence > 0)), set(numpy.flatnonzero(p.told.sentence)))
            for p, s in found if p.told.sentence is not None]


def named(found):
    out = []
    for p, s in found:
        if p.told.entity is None:
            continue
        known = numpy.where(p.told.entity == told.IGNORED, 0, p.told.entity)
        asked = {n for n in names(s.entity)
                 if not (p.told.entity[n[0]:n[1]] == told.IGNORED).all()}
        out.append(sets(asked, names(known)))
    return out


def facts(found):
    return [[(s.fact[w], v) for w, v in p.told.fact] for p, s in found if p.told.fact]


def checks(found):
    return [(worthy(s, b, e), label) for p, s in found for b, e, label in p.told.worthy]


def share(units):
    return 100 * sum(units) / max(len(units), 1)


def report(network, corpora, **how):
    """[(what, (value, low, high))]"""
    out = []

    def say(what, units, statistic):
        out.append((what, interval(units, statistic)))

    def of(articles):
        articles = [a for a in articles if any(p.told for p in a)]
        return articles, read(network, articles, **how)

    gum, said = of(told.gum(corpora, "dev"))
    news = [i for i, a in enumerate(gum) if "_news_" in a[0].article]
    some = both([gum[i] for i in news], [said[i] for i in news])
    say("sentence F1, GUM dev news", sentences(some), f1_of)
    say("sentence F1, GUM dev", sentences(both(gum, said)), f1_of)
    say("entity F1, GUM dev news", named(some), f1_of)
    say("entity F1, GUM dev", named(both(gum, said)), f1_of)
    for name, found in (("news", some), ("all", both(gum, said))):
        mentions = [m for _, s in found for m in s.mention if m[0]]
        say(f"antecedent of pronouns right, GUM dev {name}",
            [right for _, right, _, gold in mentions if gold], share)
        say(f"antecedent given although there is none, GUM dev {name}",
            [not none for _, _, none, gold in mentions if not gold], share)
    say("entity F1, CrossNER politics dev", named(both(*of(told.crossner(corpora, "dev")))), f1_of)
    for name in ("uw", "meantime"):
        found = facts(both(*of(told.factuality(corpora, name, "dev"))))
        say(f"factuality Pearson, {name} dev", found, pearson)
        say(f"factuality mean error, {name} dev", found, mean_error)
    found = checks(both(*of(told.claims(corpora, True))))
    say("check-worthy average precision, a fifth of ClaimBuster", found, average_precision)
    say("check-worthy F1, a fifth of ClaimBuster", found, worthy_f1)
    held = [both([a], [s]) for a, s in zip(*of(told.debates(corpora, True)))]
    held = [checks(d) for d in held if any(p.told.worthy for p, _ in d)]
    say("check-worthy mean average precision, CheckThat debates held out", held,
        lambda units: sum(map(average_precision, units)) / len(units))
    say("check-worthy F1, CheckThat debates held out", held,
        lambda units: worthy_f1([pair for u in units for pair in u]))
    return out
