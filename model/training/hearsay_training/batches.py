"""Windows of similar length together, as tensors."""
import dataclasses
import random

import numpy
import torch

from . import labels, pieces, windows


@dataclasses.dataclass
class Batch:
    ids: torch.Tensor      # [B, N]
    cases: torch.Tensor    # [B, N]
    lengths: torch.Tensor  # [B]
    row: torch.Tensor      # [S] the window of each part
    first: torch.Tensor    # [S, F] the first piece of each word
    words: torch.Tensor    # [S]
    parts: list            # (window, Part) of each


def order(wins, budget, seed=None):
    """Lists of indices of windows: at most `budget` pieces with padding.  Shuffled with a seed."""
    chance = random.Random(seed)
    jitter = (lambda: chance.random() * 20) if seed is not None else (lambda: 0)
    index = sorted(range(len(wins)), key=lambda i: len(wins[i].ids) + jitter())
    out, longest = [[]], 0
    for i in index:
        longest = max(longest, len(wins[i].ids))
        if out[-1] and longest * (len(out[-1]) + 1) > budget:
            out.append([])
            longest = len(wins[i].ids)
        out[-1].append(i)
    if seed is not None:
        chance.shuffle(out)
    return out


def collate(chosen):
    n = max(len(w.ids) for w in chosen)
    parts = [(row, part) for row, w in enumerate(chosen) for part in w.parts]
    most = max(len(part.first) for _, part in parts)
    ids = torch.full((len(chosen), n), pieces.special(pieces.PAD))
    cases = torch.full((len(chosen), n), windows.NO_CASE)
    first = torch.zeros(len(parts), most, dtype=torch.long)
    for row, w in enumerate(chosen):
        ids[row, :len(w.ids)] = torch.tensor(w.ids)
        cases[row, :len(w.ids)] = torch.tensor(w.cases)
    for i, (_, part) in enumerate(parts):
        first[i, :len(part.first)] = torch.tensor(part.first)
    return Batch(ids, cases, torch.tensor([len(w.ids) for w in chosen]),
                 torch.tensor([row for row, _ in parts]), first,
                 torch.tensor([len(part.first) for _, part in parts]), parts)


def targets(batch, wanted):
    """(single, pair) of a batch; wanted(window row, part) gives a part's own as numpy arrays"""
    s, f = batch.first.shape
    single = numpy.zeros((s, f, labels.COUNT), numpy.float32)
    pair = numpy.zeros((s, f - 1, labels.COUNT, labels.COUNT), numpy.float32)
    for i, (row, part) in enumerate(batch.parts):
        one, two = wanted(row, part)
        single[i, :len(one)] = one
        pair[i, :len(two)] = two
    return torch.from_numpy(single), torch.from_numpy(pair)
