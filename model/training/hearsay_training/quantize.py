"""int8 as worker/engine does it: weights by output channel, activations row by row.

y = (round(x * 127 / max|x|) . W8) * max|x| / 127 * scale + bias.  With `int8` set, layers compute
this in floats (sums of whole numbers below 2^24 are exact in them), and gradients pass through the
rounding as if it were not there, so the same layers serve for scoring and for training.
"""
import torch
from torch import nn
from torch.nn import functional


def steps(x):
    """scale of each row: its largest value is 127 steps"""
    return x.detach().abs().amax(-1, keepdim=True).clamp_min(1e-8) / 127


def rounded(x):
    """x as whole steps times the step, the gradient that of x"""
    scale = steps(x.float())
    near = torch.round(x.float() / scale) * scale
    return x + (near.to(x.dtype) - x).detach()


def whole(weight):
    """(int8 rows, their scales) as exported"""
    scale = steps(weight)
    return torch.round(weight / scale).clamp(-127, 127).to(torch.int8), scale.squeeze(-1)


class Linear(nn.Linear):
    int8 = False

    def forward(self, x):
        if not self.int8:
            return super().forward(x)
        return functional.linear(rounded(x), rounded(self.weight), self.bias)


class Embedding(nn.Embedding):
    int8 = False

    def forward(self, ids):
        x = super().forward(ids)
        return rounded(x) if self.int8 else x


def simulate(network, on=True):
    for module in network.modules():
        if hasattr(module, "int8"):
            module.int8 = on
    return network
