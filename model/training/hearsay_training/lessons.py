"""What a run learns from: articles, and for each paragraph a distribution over labellings.

Gold is the mean over those who annotated the paragraph, counted once each; a teacher's opinion
(`soften` writes it) can be mixed in, and is all there is for text that nobody has annotated.
"""
import dataclasses

import numpy

from . import batches, corpus, crf, styles, windows


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


def mean(targets):
    return tuple(sum(parts) / len(targets) for parts in zip(*targets))


@dataclasses.dataclass
class Lessons:
    articles: list       # annotated
    more: list = ()      # not annotated: learned from by opinion alone, and never rewritten
    opinion: Opinion = None
    trust: float = 0.5   # share of the opinion where there is gold, too
    styled: float = 0.0  # share of articles rewritten into another style of quotation

    def target(self, paragraph):
        told = self.opinion.of(paragraph) if self.opinion else None
        if not paragraph.gold:
            if told is None:
                raise SystemExit(f"no opinion of {Opinion.key(paragraph)}: let soften finish")
            return told
        gold = mean([crf.hard_target(g) for g in paragraph.gold])
        if told is None:
            return gold
        return tuple(g * (1 - self.trust) + t * self.trust for g, t in zip(gold, told))

    def windows(self, size, seed):
        """[(window, its article)] of one epoch"""
        out = []
        for article in [*styles.restyle(self.articles, self.styled, seed), *self.more]:
            out += [(w, article) for w in windows.pack([p.cut for p in article], size)]
        return out

    def batch(self, chosen):
        """(batch, its targets, the weight of each part) of some (window, article)"""
        batch = batches.collate([w for w, _ in chosen])
        texts = [chosen[row][1][part.paragraph] for row, part in batch.parts]
        known = {}

        def wanted(row, part):
            paragraph = chosen[row][1][part.paragraph]
            if id(paragraph) not in known:
                known[id(paragraph)] = self.target(paragraph)
            return crf.cut_target(*known[id(paragraph)], part.word, part.end)

        weights = [max(1, len(p.gold)) for p in texts]
        return batch, batches.targets(batch, wanted), weights


def annotated(corpora, split="train"):
    return corpus.read_polnear(corpora / "polnear" / (split + ".jsonl"), merge=True)
