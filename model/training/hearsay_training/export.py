"""The file that the engine maps: int8 weights with a scale a row, metadata, nothing else."""
import hashlib
import json

import numpy
import safetensors
import safetensors.numpy
import torch

from . import labels, network, pieces, quantize, told

FORMAT = "hearsay-encoder-1"
MAX_PIECES = 320
HEAD = {"head.weight": "head.attribution.weight", "head.bias": "head.attribution.bias",
        "start": "head.attribution.start", "transition": "head.attribution.transition"}
# heads.NAME.… of the network is head.NAME.… of the file; of heads that point, besides:
PARTS = {".source.": ".from.", ".goal.": ".to."}


def name_of(name):
    """the file's name of a tensor of the network"""
    if not name.startswith("heads."):
        return HEAD.get(name, name)
    for ours, theirs in PARTS.items():
        name = name.replace(ours, theirs)
    return "head" + name[len("heads"):]


def quantized(name):
    return name == "embeddings.word.weight" or name.startswith("layer.") and \
        name.endswith(".weight") and ".norm." not in name


def tensors_of(tagger):
    out = {}
    for name, value in tagger.state_dict().items():
        value = value.float()
        if quantized(name):
            rows, scale = quantize.whole(value)
            out[name] = rows.numpy()
            out[name[:-len("weight")] + "scale"] = scale.numpy()
        elif name == "embeddings.case.weight":
            out["embeddings.case"] = value[:len(pieces.CASES)].numpy()
        else:
            out[name_of(name)] = value.numpy()
    return {k: numpy.ascontiguousarray(v) for k, v in out.items()}


def content_hash(tensors):
    """of names, types, shapes and bytes, in the order of names: what results carry"""
    h = hashlib.sha256()
    for name in sorted(tensors):
        t = tensors[name]
        h.update(f"{name} {t.dtype} {t.shape}\n".encode())
        h.update(t.tobytes())
    return h.hexdigest()


def write(tagger, path, name, sure=None):
    """sure: how sure a span of each role must be to be worth keeping (limits.py)"""
    if tagger.shape.distances:
        raise SystemExit("the engine has no table of distances: export the student, not a teacher")
    tensors, shape = tensors_of(tagger), tagger.shape
    marks = {"cls": pieces.CLS, "sep": pieces.SEP, "paragraph": pieces.BREAK, "pad": pieces.PAD}
    meta = {"format": FORMAT, "name": name, "layers": shape.layers, "hidden": shape.hidden,
            "heads": shape.heads, "ffn": shape.ffn, "norm_eps": shape.norm_eps,
            "max_pieces": MAX_PIECES, "content": content_hash(tensors),
            "pieces": json.dumps({k: pieces.special(v) for k, v in marks.items()}),
            "labels": json.dumps(labels.LABELS), "case": json.dumps(pieces.CASES)}
    if shape.multi:
        meta["entities"] = json.dumps(told.ENTITIES)
    if sure:
        meta["sure"] = json.dumps(sure)
    safetensors.numpy.save_file(tensors, path, metadata={k: str(v) for k, v in meta.items()})
    return meta


def read(path):
    """An exported file as a network again, its weights whole steps times their scales."""
    with safetensors.safe_open(path, "np") as f:
        meta = f.metadata()
        found = {name: torch.from_numpy(f.get_tensor(name)) for name in f.keys()}
    shape = network.Shape(int(meta["layers"]), int(meta["hidden"]), int(meta["heads"]),
                          int(meta["ffn"]), norm_eps=float(meta["norm_eps"]),
                          multi="head.entity.weight" in found)
    tagger = network.Tagger(shape)
    state = tagger.state_dict()
    theirs = {name_of(name): name for name in state}
    for name, value in found.items():
        if name.endswith(".scale"):
            continue
        if name == "embeddings.case":
            state["embeddings.case.weight"][:len(value)] = value
            continue
        if value.dtype == torch.int8:
            value = value.float() * found[name[:-len("weight")] + "scale"][:, None]
        state[theirs.get(name, name)] = value
    tagger.load_state_dict(state)
    return tagger
