"""What a run learns from: articles, and for each paragraph a distribution over labellings.

Gold is the mean over those who annotated the paragraph, counted once each; a teacher's opinion
(`soften` writes it) can be mixed in, and is all there is for text that nobody has annotated.
"""
import dataclasses
import random

import numpy

from . import batches, corpus, crf, labels, styles, tasks, windows
from . import told as other_heads


class Opinion:
    """Teachers' marginals of every paragraph of a text, as half floats in the files of a folder."""

    def __init__(self, folder):
        files = sorted(folder.glob("*.npz"))
        if not files:
            raise SystemExit(f"{folder}: no teacher's opinion there; run soften first")
        self.index = {}
        for path in files:
            with numpy.load(path) as f:
                single, pair, at = f["single"], f["pair"], f["at"]
                for i, key in enumerate(f["keys"].tolist()):
                    words = slice(at[i], at[i + 1])
                    self.index[key] = single[words], pair[words][:-1]

    @staticmethod
    def key(paragraph):
        return f"{paragraph.article}:{paragraph.begin}:{len(paragraph.cut.words)}"

    @staticmethod
    def write(path, paragraphs, marginals):
        at = numpy.cumsum([0] + [len(single) for single, _ in marginals])
        pair = [numpy.concatenate([p, numpy.zeros((1,) + p.shape[1:], p.dtype)])
                for _, p in marginals]  # one row a word, the last of a paragraph empty
        with open(path, "wb") as f:
            numpy.savez_compressed(
                f, at=at, single=numpy.concatenate([s for s, _ in marginals]).astype("float16"),
                pair=numpy.concatenate(pair).astype("float16"),
                keys=numpy.array([Opinion.key(p) for p in paragraphs]))

    def of(self, paragraph):
        """(single, pair), each place summing to 1 again after the rounding; None if unknown"""
        found = self.index.get(self.key(paragraph))
        if found is None:
            return None
        single, pair = (x.astype("float32") for x in found)
        return (single / single.sum(1, keepdims=True),
                pair / pair.sum((1, 2), keepdims=True).clip(1e-6))


NOTHING = numpy.zeros((0, labels.COUNT)), numpy.zeros((0, labels.COUNT, labels.COUNT))


def mean(targets):
    return tuple(sum(parts) / len(targets) for parts in zip(*targets))


@dataclasses.dataclass
class Lessons:
    articles: list       # annotated
    more: list = ()      # not annotated: learned from by opinion alone, and never rewritten
    opinion: Opinion = None
    trust: float = 0.5   # share of the opinion where there is gold, too
    styled: float = 0.0  # share of articles rewritten into another style of quotation
    others: list = ()    # for the other heads alone, where there is no opinion
    fill: float = 1.0    # share of `more` and `others` that one epoch reads, drawn anew for each

    def target(self, paragraph):
        """None: nothing is known of attributions in it, but of other things"""
        said = self.opinion.of(paragraph) if self.opinion else None
        if not paragraph.gold:
            if said is None and paragraph.told is None:
                raise SystemExit(f"no opinion of {Opinion.key(paragraph)}: let soften finish")
            return said
        gold = mean([crf.hard_target(g) for g in paragraph.gold])
        if said is None:
            return gold
        return tuple(g * (1 - self.trust) + s * self.trust for g, s in zip(gold, said))

    def windows(self, size, seed):
        """[(window, its article)] of one epoch"""
        out, chance = [], random.Random(seed)
        besides = [a for a in [*self.more, *self.others] if chance.random() < self.fill]
        for article in [*styles.restyle(self.articles, self.styled, seed), *besides]:
            out += [(w, article) for w in windows.pack([p.cut for p in article], size)]
        return out

    def batch(self, chosen):
        """(batch, its targets, the weight of each part) of some (window, article)"""
        batch = batches.collate([w for w, _ in chosen])
        texts = [chosen[row][1][part.paragraph] for row, part in batch.parts]
        known = {id(p): self.target(p) for p in {id(p): p for p in texts}.values()}

        def wanted(row, part):
            target = known[id(chosen[row][1][part.paragraph])]
            return crf.cut_target(*target, part.word, part.end) if target else NOTHING

        weights = [max(1, len(p.gold)) if known[id(p)] else 0 for p in texts]
        return batch, batches.targets(batch, wanted), weights

    def told(self, batch, chosen):
        """what the batch tells the heads beside attribution"""
        return tasks.collect(batch, lambda row, part: chosen[row][1][part.paragraph])


def annotated(corpora, split="train", tell=False):
    """tell: with what the corpus says for the other heads"""
    path = corpora / "polnear" / (split + ".jsonl")
    articles = corpus.read_polnear(path, merge=True)
    if tell:
        other_heads.tell_polnear(path, articles)
    return articles
