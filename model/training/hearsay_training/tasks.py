"""The heads beside attribution: what each computes from hidden states, and learns from `told`.

A place is a piece of a window in a batch, (row, piece); heads look at the first piece of a word.
Every loss is a mean over what a batch tells of it, damped by DAMP so that a batch that tells
little moves little, and weighs little beside attribution (WEIGHT), which comes first.
"""
import dataclasses

import torch
from torch import nn
from torch.nn import functional

from . import told

PAIR = 64         # numbers by which two words are compared
DAMP = 20         # counted beside what a batch tells
SILVER = 0.3      # what a program's entities weigh beside people's
NO = -1e4
WEIGHT = {"sentence": 0.1, "entity": 0.1, "factuality": 0.15, "checkworthy": 0.1,
          "antecedent": 0.06, "link": 0.08}


class Pair(nn.Module):
    """Which word another stands for, or belongs to: (from h_i) . (to h_j), and a score of none."""

    def __init__(self, hidden):
        super().__init__()
        self.source = nn.Linear(hidden, PAIR)
        self.goal = nn.Linear(hidden, PAIR, bias=False)
        self.none = nn.Linear(hidden, 1)

    def forward(self, asked, offered):
        """[Q, N + 1]: the scores of words `offered` [N, H] to words `asked` [Q, H]; none last"""
        scores = self.source(asked) @ self.goal(offered).T
        return torch.cat([scores, self.none(asked)], 1)


class Heads(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.sentence = nn.Linear(hidden, 1)
        self.entity = nn.Linear(hidden, len(told.ENTITIES))
        self.factuality = nn.Linear(hidden, 1)
        self.checkworthy = nn.Linear(hidden, 2)  # how much a word counts, and what it says
        self.antecedent = Pair(hidden)
        self.link = Pair(hidden)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def worthy(self, words):
        """a sentence's logit, from its words [F, H]: their mean by how much each counts"""
        counts, says = self.checkworthy(words).unbind(1)
        return (counts.softmax(0) * says).sum()


@dataclasses.dataclass
class Told:
    """what a batch tells, places as flat indices into [B * N]"""
    sentence: list   # (place, 0 or 1)
    entity: list     # (place, id, weight)
    fact: list       # (place, value)
    worthy: list     # (places, 0 or 1)
    antecedent: list  # (places that are offered, [(asked, its goals)]) of a window
    link: list


def words_told(out, told_of, part, place):
    """what is told of single words"""
    inside = range(part.word, part.end)
    if told_of.sentence is not None:
        out.sentence += [(place(w), float(told_of.sentence[w])) for w in inside]
    if told_of.entity is not None:
        weight = SILVER if told_of.silver else 1.0
        known = [w for w in inside if told_of.entity[w] != told.IGNORED]
        out.entity += [(place(w), cut_entity(told_of, w, part), weight) for w in known]
    out.fact += [(place(w), v) for w, v in told_of.fact if w in inside]
    out.worthy += [([place(w) for w in range(b, e)], label) for b, e, label in told_of.worthy
                   if part.word <= b < e <= part.end]


def cut_entity(told_of, w, part):
    """I-x as B-x where the word before it is not seen"""
    label = int(told_of.entity[w])
    return label - 1 if w == part.word and label and label % 2 == 0 else label


def pairs_told(out, of_row, offered):
    """what is told of two words of one window: of_row has (Told, part, place) of its parts"""
    chains, asked, links = {}, [], []
    for told_of, part, place in of_row:
        for w, chain in told_of.mention:
            if part.word <= w < part.end:
                asked.append((place(w), list(chains.get(chain, ()))))
                chains.setdefault(chain, []).append(place(w))
        links += [(place(w), [place(g) for g in goals if part.word <= g < part.end])
                  for w, goals in told_of.link if part.word <= w < part.end]
    if asked:
        out.antecedent.append((offered, asked))
    if links:
        out.link.append((offered, links))


def collect(batch, paragraph_of):
    """The Told of a batch; paragraph_of(row, part) gives the paragraph of a part."""
    n, out, rows = batch.ids.shape[1], Told([], [], [], [], [], []), {}
    for row, part in batch.parts:
        rows.setdefault(row, []).append(part)
    for row, parts in rows.items():
        known, offered = [], []
        for part in parts:
            offered += [row * n + f for f in part.first]
            told_of = paragraph_of(row, part).told
            if told_of is not None:
                place = lambda w, p=part: row * n + p.first[w - p.word]
                words_told(out, told_of, part, place)
                known.append((told_of, part, place))
        pairs_told(out, known, offered)
    return out


def damped(losses, count):
    return losses.sum() / (count + DAMP)


def pair_loss(head, x, windows, earlier):
    """-log of the share that right answers have; only words before the one asked when `earlier`"""
    sums, count = [], 0
    for offered, asked in windows:
        places = torch.tensor(offered)
        at = {p: i for i, p in enumerate(offered)}
        rows = torch.tensor([p for p, _ in asked])
        scores = head(x[rows], x[places])
        right = torch.zeros(scores.shape, dtype=torch.bool)
        for i, (_, goals) in enumerate(asked):
            right[i, [at[g] for g in goals] or [-1]] = True
        barred = torch.zeros_like(right)
        barred[:, :-1] = places[None] >= rows[:, None] if earlier else places[None] == rows[:, None]
        scores = scores.masked_fill(barred & ~right, NO)
        sums.append((scores.logsumexp(1) - scores.masked_fill(~right, NO).logsumexp(1)).sum())
        count += len(asked)
    return damped(torch.stack(sums), count)


def losses(heads, x, what):
    """the loss of each head that the batch tells something of; x is [B * N, H]"""
    out = {}
    if what.sentence:
        places, values = zip(*what.sentence)
        logits = heads.sentence(x[list(places)]).squeeze(1)
        out["sentence"] = damped(functional.binary_cross_entropy_with_logits(
            logits, torch.tensor(values), reduction="none"), len(values))
    if what.entity:
        places, ids, weights = zip(*what.entity)
        each = functional.cross_entropy(heads.entity(x[list(places)]), torch.tensor(ids),
                                        reduction="none")
        out["entity"] = damped(each * torch.tensor(weights), len(ids))
    if what.fact:
        places, values = zip(*what.fact)
        guess = heads.factuality(x[list(places)]).squeeze(1)
        out["factuality"] = damped(functional.smooth_l1_loss(
            guess, torch.tensor(values, dtype=torch.float32), reduction="none"), len(values))
    if what.worthy:
        logits = torch.stack([heads.worthy(x[places]) for places, _ in what.worthy])
        labels = torch.tensor([float(label) for _, label in what.worthy])
        out["checkworthy"] = damped(functional.binary_cross_entropy_with_logits(
            logits, labels, reduction="none"), len(labels))
    if what.antecedent:
        out["antecedent"] = pair_loss(heads.antecedent, x, what.antecedent, True)
    if what.link:
        out["link"] = pair_loss(heads.link, x, what.link, False)
    return out


def together(found):
    return sum(WEIGHT[name] * loss for name, loss in found.items())
