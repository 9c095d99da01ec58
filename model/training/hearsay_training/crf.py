"""A linear chain over labels.

A target is not one labelling but a distribution over labellings, given by what a chain can see
of it: how probable each label is at each word (`single`) and each pair at each two neighbours
(`pair`).  A labelling that a person made is the case of ones and zeros; several annotators, or a
mean of several networks, are just averages.  `cross_entropy` is exact for all of them.
"""
import numpy
import torch

from . import labels

NEVER = -1e4


def forbidden():
    """(for the first word [K], for neighbours [K, K]): 0 or NEVER"""
    k = range(labels.COUNT)
    start = [0.0 if labels.may_follow(None, j) else NEVER for j in k]
    step = [[0.0 if labels.may_follow(i, j) else NEVER for j in k] for i in k]
    return torch.tensor(start), torch.tensor(step)


def log_partition(scores, lengths, start, step):
    """Log of the sum over all labellings, for each row of scores [S, F, K].

    step is [K, K], or [S, F - 1, K, K] when each place is to have its own gradient.
    """
    # Taken apart once: slices would each have a gradient as large as the whole.
    scores = scores.unbind(1)
    steps = step.unbind(1) if step.dim() == 4 else [step] * (len(scores) - 1)
    alpha = start + scores[0]
    for t in range(1, len(scores)):
        after = torch.logsumexp(alpha[:, :, None] + steps[t - 1], 1) + scores[t]
        alpha = torch.where((lengths > t)[:, None], after, alpha)
    return torch.logsumexp(alpha, 1)


def cross_entropy(scores, lengths, start, step, single, pair):
    """-E[log p(labelling)] of each row, the labellings distributed as the target says.

    single [S, F, K] and pair [S, F - 1, K, K] are zero beyond a row's length.
    """
    expected = (scores * single).sum((1, 2)) + (start * single[:, 0]).sum(1)
    # Pairs that may not be have probability 0, but 0 * NEVER must stay 0 in sums of floats.
    allowed = step.clamp_min(NEVER / 2)
    expected = expected + (pair.sum(1) * allowed).sum((1, 2))
    return log_partition(scores, lengths, start, step) - expected


def marginals(scores, lengths, start, step):
    """(single, pair) of the chain itself: the gradients of the log partition."""
    scores = scores.detach().double().requires_grad_()
    shape = (scores.shape[0], scores.shape[1] - 1, labels.COUNT, labels.COUNT)
    steps = step.detach().double().expand(shape).clone().requires_grad_()
    with torch.enable_grad():
        total = log_partition(scores, lengths, start.detach().double(), steps).sum()
    if shape[1] == 0:
        return torch.autograd.grad(total, scores)[0].float(), torch.zeros(shape)
    single, pair = torch.autograd.grad(total, (scores, steps))
    return single.float(), pair.float()


def best(scores, start, step):
    """Viterbi: label ids of one paragraph; numpy arrays [F, K], [K], [K, K]"""
    alpha, back = start + scores[0], []
    for row in scores[1:]:
        paths = alpha[:, None] + step
        back.append(paths.argmax(0))
        alpha = paths.max(0) + row
    out = [int(alpha.argmax())]
    for pointers in reversed(back):
        out.append(int(pointers[out[-1]]))
    return out[::-1]


def span_chance(single, pair, begin_label, begin, end):
    """How probable it is that exactly words [begin, end) are a span of the role whose B-x is
    begin_label, by a chain's marginals (heads.c knows the same of each mention)."""
    inside, label = begin_label + 1, begin_label
    chance = float(single[begin, begin_label])
    for t in range(begin, min(end, len(single) - 1)):
        goes_on = float(pair[t, label, inside]) / max(float(single[t, label]), 1e-9)
        chance *= goes_on if t + 1 < end else 1 - goes_on
        label = inside
    return chance


def hard_target(label_ids):
    """(single [F, K], pair [F - 1, K, K]) of one labelling"""
    n = len(label_ids)
    single = numpy.zeros((n, labels.COUNT), numpy.float32)
    pair = numpy.zeros((max(n - 1, 0), labels.COUNT, labels.COUNT), numpy.float32)
    single[range(n), label_ids] = 1
    pair[range(n - 1), label_ids[:-1], label_ids[1:]] = 1
    return single, pair


def cut_target(single, pair, begin, end):
    """The target of words [begin, end) when what came before is not seen: a span that goes on
    from there begins here, so the first word's I-x counts as B-x."""
    single, pair = single[begin:end].copy(), pair[begin:end - 1].copy()
    for i in labels.INSIDE:
        single[0, i - 1] += single[0, i]
        single[0, i] = 0
        if len(pair):
            pair[0, i - 1] += pair[0, i]
            pair[0, i] = 0
    return single, pair
