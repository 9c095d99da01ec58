"""What networks say about articles: scores of each word, marginals, labels."""
import numpy
import torch

from . import batches, crf, labels, windows

READ_SIZE, READ_OVERLAP = 320, 64


def scores(network, cuts, size=READ_SIZE, overlap=READ_OVERLAP, budget=2560, fast=True):
    """[F, K] for each paragraph of each article; cuts: lists of Pieces"""
    out = [[numpy.zeros((len(c.first), labels.COUNT), numpy.float32) for c in a] for a in cuts]
    wins, article = [], []
    for number, a in enumerate(cuts):
        packed = windows.pack(a, size, overlap)
        wins += packed
        article += [number] * len(packed)
    network.eval()
    with torch.inference_mode():
        for chosen in batches.order(wins, budget):
            batch = batches.collate([wins[i] for i in chosen])
            found = network(batch, fast).numpy()
            for (row, part), s in zip(batch.parts, found):
                keep = s[part.keep - part.word:part.keep_end - part.word]
                out[article[chosen[row]]][part.paragraph][part.keep:part.keep_end] = keep
    return out


def decode(network, found):
    """the best labels of each paragraph"""
    start, step = (x.detach().numpy() for x in network.chain())
    return [[crf.best(s, start, step) for s in article] for article in found]


def sure(labelled, chances, least):
    """The labels of a paragraph without spans that are less probable than least[role].

    A span adds to F1 when it is right more often than half of F1; below, leaving it out is better.
    """
    out = list(labelled)
    for role, begin, end in labels.spans(labelled):
        begin_label = labels.IDS["B-" + role]
        if crf.span_chance(*chances, begin_label, begin, end) < least[role]:
            out[begin:end] = [0] * (end - begin)
    return out


def marginals(network, found, rows=256):
    """(single, pair) of each paragraph, in the order of the articles"""
    start, step = network.chain()
    flat = [s for article in found for s in article]
    out = [None] * len(flat)
    index = sorted(range(len(flat)), key=lambda i: len(flat[i]))
    for at in range(0, len(index), rows):
        some = index[at:at + rows]
        lengths = torch.tensor([len(flat[i]) for i in some])
        padded = torch.zeros(len(some), int(lengths.max()), labels.COUNT)
        for row, i in enumerate(some):
            padded[row, :len(flat[i])] = torch.from_numpy(flat[i])
        single, pair = crf.marginals(padded, lengths, start, step)
        for row, i in enumerate(some):
            n = len(flat[i])
            out[i] = (single[row, :n].numpy(), pair[row, :n - 1].numpy())
    return out


def opinion(networks, articles, size=READ_SIZE):
    """mean marginals of several networks, a pair of arrays for each paragraph, in their order"""
    cuts = [[p.cut for p in a] for a in articles]
    each = [marginals(n, scores(n, cuts, size, min(READ_OVERLAP, size // 4))) for n in networks]
    return [tuple(sum(x) / len(x) for x in zip(*paragraph)) for paragraph in zip(*each)]


def decode_mean(singles):
    """Labels by a mean of networks, which is no chain: the most probable label of each word among
    labellings that may be, each word by itself."""
    start, step = (x.numpy() for x in crf.forbidden())
    return [crf.best(numpy.log(numpy.maximum(s, 1e-9)), start, step) for s in singles]
