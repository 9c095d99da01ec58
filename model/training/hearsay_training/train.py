"""One run: a network learns from lessons, leaves checkpoints, and goes on where it was stopped."""
import dataclasses
import json
import os
import pathlib
import time

import torch

from . import batches, crf, network, predict, quantize, score


@dataclasses.dataclass
class Plan:
    """everything that a run's result depends on; a checkpoint goes on only under the same"""
    init: str            # a base encoder or an earlier network
    epochs: float = 3
    lr: float = 2e-4
    size: int = 320      # pieces of a window
    budget: int = 2560   # pieces of a step
    seed: int = 1
    dropout: float = 0.1
    average: float = 0.998  # of the weights' running mean
    int8: bool = False      # learn through the rounding of int8
    multi: bool = False     # all heads, not attribution alone


def parameters(net, lr):
    """The encoder at lr; what is new at three times that; the chain's few numbers faster still."""
    new, chain = ("head.", "heads.", "embeddings.case"), ("start", "transition")
    groups = {"encoder": [], "new": [], "chain": []}
    for name, p in net.named_parameters():
        if p.requires_grad:
            kind = "new" if name.startswith(new) else "chain" if name in chain else "encoder"
            groups[kind].append(p)
    return [{"params": groups["encoder"], "lr": lr}, {"params": groups["new"], "lr": 3 * lr},
            {"params": groups["chain"], "lr": 5e-3, "weight_decay": 0.0}]


class Average:
    """Running mean of the weights; at first it forgets faster, to lose the beginning."""

    EVERY = 4  # steps; the mean of 110 million numbers takes a while

    def __init__(self, net, keep):
        self.keep = keep ** self.EVERY
        self.mean = {k: v.detach().clone() for k, v in net.state_dict().items()}

    def add(self, net, step):
        if step % self.EVERY:
            return
        keep = min(self.keep, step / (10 + step))
        for k, v in net.state_dict().items():
            self.mean[k].lerp_(v, 1 - keep)


class Run:
    def __init__(self, plan, lessons, folder, log=print):
        self.plan, self.lessons, self.folder, self.log = plan, lessons, pathlib.Path(folder), log
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(plan.seed)
        self.net = quantize.simulate(network.load(plan.init, plan.dropout, plan.multi),
                                     plan.int8)
        self.optimizer = torch.optim.AdamW(parameters(self.net, plan.lr), weight_decay=0.01,
                                           fused=True)
        self.top = [g["lr"] for g in self.optimizer.param_groups]
        self.average = Average(self.net, plan.average)
        self.step = self.epoch = self.place = 0  # place: steps done in this epoch
        self.seconds, self.loss = 0.0, 0.0  # loss: of attribution
        self.resume()

    # What is needed to go on exactly: weights, optimizer, mean, chance, place in the data.
    def save(self):
        state = {"plan": dataclasses.asdict(self.plan), "net": self.net.state_dict(),
                 "optimizer": self.optimizer.state_dict(), "mean": self.average.mean,
                 "chance": torch.get_rng_state(), "step": self.step, "epoch": self.epoch,
                 "place": self.place, "seconds": self.seconds, "loss": self.loss}
        path = self.folder / "checkpoint.pt"
        with open(path.with_suffix(".new"), "wb") as f:
            torch.save(state, f)
            f.flush()
            os.fsync(f.fileno())
        os.replace(path.with_suffix(".new"), path)

    def resume(self):
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        if state["plan"] != dataclasses.asdict(self.plan):
            raise SystemExit(f"{path} is of a run with another plan, {state['plan']}; "
                             "give this one another --name or delete it")
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.mean = state["mean"]
        torch.set_rng_state(state["chance"])
        for name in ("step", "epoch", "place", "seconds", "loss"):
            setattr(self, name, state[name])
        self.log(f"goes on at epoch {self.epoch} step {self.step}")

    def lesson_plan(self):
        """this epoch's windows, and which of them stand in each step"""
        seed = self.plan.seed * 1000 + self.epoch
        wins = self.lessons.windows(self.plan.size, seed)
        return wins, batches.order([w for w, _ in wins], self.plan.budget, seed)

    def pace(self, step, steps):
        """learning rate's share of its top: up over a tenth, then down to 0"""
        warm = max(1, steps // 10)
        share = min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))
        for group, top in zip(self.optimizer.param_groups, self.top):
            group["lr"] = top * share

    def learn(self, chosen):
        batch, (single, pair), weights = self.lessons.batch(chosen)
        weights = torch.tensor(weights, dtype=torch.float32)
        start, step = self.net.chain()
        x = self.net.read(batch)
        each = crf.cross_entropy(self.net.label(batch, x), batch.words, start, step, single, pair)
        loss = (each * weights).sum() / (batch.words * weights).sum().clamp_min(1)
        told = self.net.told_loss(x, self.lessons.told(batch, chosen)) if self.plan.multi else 0
        (loss + told).backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss.item()

    def train(self, minutes_between, dev, stop_after=None):
        """dev: articles to score after each epoch.  Returns True when the plan is fulfilled."""
        saved = began = time.monotonic()
        while True:
            wins, order = self.lesson_plan()
            steps = int(len(order) * self.plan.epochs)
            self.net.train()
            while self.place < len(order) and self.step < steps:
                before = time.monotonic()
                self.pace(self.step, steps)
                loss = self.learn([wins[i] for i in order[self.place]])
                self.step += 1
                self.place += 1
                self.loss += (loss - self.loss) * max(0.02, 1 / self.step)
                self.average.add(self.net, self.step)
                self.seconds += time.monotonic() - before
                if self.step % 20 == 0:
                    self.log(f"epoch {self.epoch} step {self.step}/{steps} loss {self.loss:.4f} "
                             f"{self.seconds:.0f}s")
                if time.monotonic() - saved > 60 * minutes_between:
                    self.save()
                    saved = time.monotonic()
                if stop_after and time.monotonic() - began > 60 * stop_after:
                    self.save()
                    return False
            self.epoch += 1
            self.place = 0
            self.keep(dev)  # first: a stop in it goes back to the checkpoint before
            self.save()
            if self.step >= steps:
                return True

    def keep(self, dev):
        """the epoch's mean weights in a file, and how they do"""
        now = {k: v.clone() for k, v in self.net.state_dict().items()}
        chance = torch.get_rng_state()
        self.net.load_state_dict(self.average.mean)
        scores = score_on(self.net, dev)
        path = self.folder / f"epoch-{self.epoch}.safetensors"
        network.save(self.net, path, dev=json.dumps(scores))
        self.log(f"epoch {self.epoch} after {self.seconds:.0f}s, mean weights, dev: "
                 f"{score.line(scores)}")
        with open(self.folder / "scores.jsonl", "a") as f:
            f.write(json.dumps({"epoch": self.epoch, "seconds": round(self.seconds),
                                "loss": round(self.loss, 4), **scores}) + "\n")
        self.net.load_state_dict(now)
        torch.set_rng_state(chance)


def score_on(net, articles, least=None, **how):
    """least: role to how sure a span must be, or every span of the best labelling counts"""
    found = predict.scores(net, [[p.cut for p in a] for a in articles], **how)
    labelled = predict.decode(net, found)
    if least:
        chances = iter(predict.marginals(net, found))
        labelled = [[predict.sure(p, next(chances), least) for p in a] for a in labelled]
    return score.score(articles, labelled)
