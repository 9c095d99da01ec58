"""The network: an encoder of BERT's kind and a linear layer to the scores of labels.

One class serves the small encoder that ships and the teachers.  Parameters are named as in the
exported file (worker/engine/encoder.c), queries, keys and values already in one matrix.  A
teacher of MPNet's kind has, besides, one table of scores by distance that all layers share.
"""
import dataclasses
import json
import math

import safetensors
import safetensors.torch
import torch
from torch import nn
from torch.nn import functional

from . import crf, labels, quantize, tasks, windows


@dataclasses.dataclass
class Shape:
    layers: int
    hidden: int
    heads: int
    ffn: int
    vocabulary: int = 30522
    positions: int = 512
    norm_eps: float = 1e-12
    distances: int = 0  # buckets of MPNet's table; 0: there is none
    multi: bool = False  # has the heads beside attribution


class Dropout(nn.Module):
    """nn.Dropout in a third of the time: a byte of chance a number, in 128ths."""

    def __init__(self, share):
        super().__init__()
        self.lost = round(128 * share)

    def forward(self, x):
        if not self.training or self.lost == 0:
            return x
        n = x.numel()
        chance = torch.empty((n + 7) // 8, dtype=torch.int64).random_().view(torch.uint8)
        keep = chance[:n].view(x.shape).bitwise_and_(127) >= self.lost
        return x * keep.to(x.dtype).mul_(128 / (128 - self.lost))


class Attention(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.heads = shape.heads
        self.qkv = quantize.Linear(shape.hidden, 3 * shape.hidden)
        self.output = quantize.Linear(shape.hidden, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=shape.norm_eps)

    def forward(self, x, mask, drop):
        b, n, h = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, h // self.heads).permute(2, 0, 3, 1, 4)
        # In the open, and without dropout: on a CPU the fused kernel takes twice as long to
        # learn through, and dropout here twice as long again.
        scores = torch.matmul(q * (h // self.heads) ** -0.5, k.transpose(-1, -2))
        scores = scores + mask.to(scores.dtype)
        y = torch.matmul(scores.softmax(-1), v)
        y = self.output(y.transpose(1, 2).reshape(b, n, h))
        return self.norm(x + drop(y))


class FeedForward(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.up = quantize.Linear(shape.hidden, shape.ffn)
        self.down = quantize.Linear(shape.ffn, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=shape.norm_eps)

    def forward(self, x, drop):
        return self.norm(x + drop(self.down(functional.gelu(self.up(x)))))


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.attention = Attention(shape)
        self.ffn = FeedForward(shape)

    def forward(self, x, mask, drop):
        return self.ffn(self.attention(x, mask, drop), drop)


class Embeddings(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.word = quantize.Embedding(shape.vocabulary, shape.hidden)
        self.position = nn.Parameter(torch.zeros(shape.positions, shape.hidden))
        self.case = nn.Embedding(windows.NO_CASE + 1, shape.hidden, padding_idx=windows.NO_CASE)
        self.norm = nn.LayerNorm(shape.hidden, eps=shape.norm_eps)

    def forward(self, ids, cases):
        x = self.word(ids) + self.position[:ids.shape[1]] + self.case(cases)
        return self.norm(x)


def distance_buckets(n, count):
    """MPNet's (and T5's) buckets: near distances each their own, far ones by their logarithm"""
    away = torch.arange(n)[None, :] - torch.arange(n)[:, None]
    half = count // 2
    near = half // 2
    far = away.abs()
    log = near + (torch.log(far.clamp_min(1).float() / near) / math.log(128 / near)
                  * (half - near)).long()
    return (away > 0) * half + torch.where(far < near, far, log.clamp_max(half - 1))


class Tagger(nn.Module):
    def __init__(self, shape, dropout=0.1):
        super().__init__()
        self.shape = shape
        self.embeddings = Embeddings(shape)
        self.layer = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        if shape.distances:
            # Never trained here: its gradient would cost as much as the attention itself.
            table = torch.zeros(shape.distances, shape.heads)
            self.distance = nn.Parameter(table, requires_grad=False)
        self.head = nn.Linear(shape.hidden, labels.COUNT)
        self.start = nn.Parameter(torch.zeros(labels.COUNT))
        self.transition = nn.Parameter(torch.zeros(labels.COUNT, labels.COUNT))
        self.drop = Dropout(dropout)
        for i, table in enumerate(crf.forbidden()):
            self.register_buffer(("no_start", "no_step")[i], table, persistent=False)
        if shape.multi:
            self.heads = tasks.Heads(shape.hidden)
        nn.init.normal_(self.embeddings.case.weight, std=0.02)
        with torch.no_grad():
            self.embeddings.case.weight[windows.NO_CASE] = 0

    def chain(self):
        """scores of the first label and of each after each, what may not be included"""
        return self.start + self.no_start, self.transition + self.no_step

    def mask(self, lengths, n):
        """what is added to attention scores: [B, 1 or heads, n, n]"""
        absent = torch.arange(n)[None, :] >= lengths[:, None]
        mask = torch.zeros(len(lengths), 1, 1, n).masked_fill(absent[:, None, None], -1e4)
        if self.shape.distances:
            buckets = distance_buckets(n, self.shape.distances)
            mask = mask + self.distance[buckets].permute(2, 0, 1)
        return mask

    def hidden(self, ids, cases, lengths):
        x = self.drop(self.embeddings(ids, cases))
        mask = self.mask(lengths, ids.shape[1])
        for layer in self.layer:
            x = layer(x, mask, self.drop)
        return x

    def read(self, batch, fast=True):
        """hidden states of a batch, [B, N, H]"""
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
            return self.hidden(batch.ids, batch.cases, batch.lengths)

    def label(self, batch, x):
        """scores [S, F, K] of the words of each part of the batch"""
        words = x[batch.row[:, None], batch.first].float()
        return self.head(self.drop(words))

    def forward(self, batch, fast=True):
        return self.label(batch, self.read(batch, fast))

    def told_loss(self, x, what):
        """of the heads beside attribution, one number; what: tasks.collect's"""
        flat = self.drop(x.flatten(0, 1).float())
        return tasks.together(tasks.losses(self.heads, flat, what))


def save(network, path, **metadata):
    tensors = {k: v.contiguous() for k, v in network.state_dict().items()}
    metadata = {k: str(v) for k, v in metadata.items()}
    metadata["shape"] = json.dumps(dataclasses.asdict(network.shape))
    safetensors.torch.save_file(tensors, path, metadata=metadata)


def load(path, dropout=0.1, multi=False):
    """A network saved here, or a base encoder from fetch (its head and chain are then new).
    multi: with the heads beside attribution, new ones if it has none."""
    with safetensors.safe_open(path, "pt") as f:
        shape = Shape(**json.loads(f.metadata()["shape"]))
        tensors = {name: f.get_tensor(name) for name in f.keys()}
    shape.multi = shape.multi or multi
    network = Tagger(shape, dropout)
    missing, unknown = network.load_state_dict(tensors, strict=False)
    new = {"head.weight", "head.bias", "start", "transition", "embeddings.case.weight"}
    missing = {name for name in missing if not name.startswith("heads.")} - new
    if unknown or missing:
        raise SystemExit(f"{path}: tensors do not fit: {unknown} {missing}")
    return network
