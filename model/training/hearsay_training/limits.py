"""How sure a span must be to be worth keeping.

Leaving out a span that is right less often than half of F1 raises F1.  How often a span is right
at a given chance differs from network to network, so the limits belong to the weights.
"""
from . import crf, labels, predict, score

STEPS = [i / 20 for i in range(14)]


def spans(paragraph, labelled, chances):
    """[(role, chance, is it right?)] of one paragraph"""
    gold = {(role, b, e) for role, b, e in labels.spans(paragraph.marked[0])}
    out = []
    for role, begin, end in labels.spans(labelled):
        one = [0] * len(labelled)
        one[begin:end] = labelled[begin:end]
        right = any((role, b, e) in gold for b, e in score.token_spans(paragraph, one)[role])
        begin_label = labels.IDS["B-" + role]
        out.append((role, crf.span_chance(*chances, begin_label, begin, end), right))
    return out


def exact_f1(found, wanted, limit):
    kept = [right for _, chance, right in found if chance >= limit]
    return score.f1(sum(kept), len(kept) - sum(kept), wanted - sum(kept))


def table(net, articles, **how):
    """role to [(limit, exact F1)]; each role's is independent of the others'"""
    scores = predict.scores(net, [[p.cut for p in a] for a in articles], **how)
    chances = iter(predict.marginals(net, scores))
    found, wanted = [], dict.fromkeys(labels.ROLES, 0)
    for article, labelled in zip(articles, predict.decode(net, scores)):
        for paragraph, best in zip(article, labelled):
            found += spans(paragraph, best, next(chances))
            for role, _, _ in labels.spans(paragraph.marked[0]):
                wanted[role] += 1
    return {role: [(limit, exact_f1([s for s in found if s[0] == role], wanted[role], limit))
                   for limit in STEPS] for role in labels.ROLES}
