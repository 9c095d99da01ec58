"""Span scores by the protocol of the published results (exact, begin, overlap F1)."""
from . import labels

WAYS = ("exact", "begin", "overlap")


def token_spans(paragraph, predicted):
    """predicted labels of the network's words as spans of the corpus' tokens, by role"""
    out = {role: set() for role in labels.ROLES}
    for role, start, end in labels.spans(predicted):
        begin = paragraph.cut.words[start][0] + paragraph.begin
        stop = paragraph.cut.words[end - 1][1] + paragraph.begin
        hit = [i for i, (b, e) in enumerate(paragraph.tokens) if begin < e and b < stop]
        if hit:
            out[role].add((hit[0], hit[-1] + 1))
    return out


def touches(span, others):
    return any(span[0] < end and begin < span[1] for begin, end in others)


def count(mine, theirs, way):
    """(true positives, false positives, false negatives)"""
    if way == "exact":
        hit = len(mine & theirs)
        return hit, len(mine) - hit, len(theirs) - hit
    if way == "begin":
        m, t = [b for b, _ in mine], [b for b, _ in theirs]
        return sum(b in m for b in t), sum(b not in t for b in m), sum(b not in m for b in t)
    hit = sum(touches(s, mine) for s in theirs)
    return hit, sum(not touches(s, theirs) for s in mine), len(theirs) - hit


def f1(hit, extra, missed):
    return 200 * hit / (2 * hit + extra + missed or 1)


def score(articles, predictions):
    """articles: lists of paragraphs; predictions: the same of lists of label ids, a word each"""
    sums = {(way, role): [0, 0, 0] for way in WAYS for role in labels.ROLES}
    for article, predicted in zip(articles, predictions):
        for paragraph, p in zip(article, predicted):
            mine = token_spans(paragraph, p)
            for marks in paragraph.marked:
                theirs = {role: set() for role in labels.ROLES}
                for role, start, end in labels.spans(marks):
                    theirs[role].add((start, end))
                for way, role in sums:
                    c = count(mine[role], theirs[role], way)
                    sums[way, role] = [a + b for a, b in zip(sums[way, role], c)]
    return {way: {role: round(f1(*sums[way, role]), 2) for role in labels.ROLES} for way in WAYS}


def line(scores):
    return "  ".join(way + " " + " / ".join(f"{scores[way][r]:.1f}" for r in labels.ROLES)
                     for way in WAYS)
