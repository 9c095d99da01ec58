"""The same network in ONNX Runtime, int8, one thread, beside ours.

peer_onnxruntime.py BENCH_ENCODER MODEL FOLDER ARTICLE...

Builds FOLDER/encoder.onnx from the weights (dequantized), lets ONNX Runtime quantize it as its
documentation recommends for such networks (dynamic, int8, per channel; as exported, and after its
transformer optimizer has fused attention, GELU and layer norm: whichever is faster here), shows
that it is the same network, and lets the two take turns on the same windows on one core. Time is
the processor's, not the clock's: other work on the machine is not counted.
"""
import json
import logging
import os
import statistics
import struct
import subprocess
import sys
from time import process_time

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

logging.disable(logging.WARNING)  # the quantizer advises a preparation done here already
ROUNDS, SECONDS, BATCHES = 9, 0.4, (1, 2, 4, 8)


def read_weights(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    kinds = {"F32": np.float32, "I8": np.int8}
    meta = header.pop("__metadata__")
    return meta, {
        name: np.frombuffer(data[t["data_offsets"][0]:t["data_offsets"][1]], kinds[t["dtype"]])
        .reshape(t["shape"]) for name, t in header.items()}


class Graph:
    """An ONNX graph under construction."""

    def __init__(self):
        self.nodes, self.constants, self.n = [], [], 0

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind, *inputs, **attributes):
        self.n += 1
        out = f"{kind.lower()}_{self.n}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], name=out, **attributes))
        return out

    def linear(self, weights, name, x, rows=slice(None)):
        w = weights[name + ".weight"][rows] * weights[name + ".scale"][rows, None]
        tail = f".{rows.start}" if rows.start is not None else ""
        y = self.node("MatMul", x, self.constant(name + tail + ".w", w.astype(np.float32).T))
        return self.node("Add", self.constant(name + tail + ".b", weights[name + ".bias"][rows]), y)

    def norm(self, weights, name, x, eps):
        return self.node("LayerNormalization", x,
                         self.constant(name + ".w", weights[name + ".weight"]),
                         self.constant(name + ".b", weights[name + ".bias"]),
                         axis=-1, epsilon=eps)


def build(meta, weights):
    g = Graph()
    width, heads, eps = int(meta["hidden"]), int(meta["heads"]), float(meta["norm_eps"])
    head = width // heads
    word = weights["embeddings.word.weight"] * weights["embeddings.word.scale"][:, None]
    case = np.vstack([weights["embeddings.case"], np.zeros((1, width), np.float32)])
    x = g.node("Add", g.node("Gather", g.constant("word", word.astype(np.float32)), "ids"),
               g.node("Gather", g.constant("position", weights["embeddings.position"]), "places"))
    x = g.node("Add", x, g.node("Gather", g.constant("case", case), "cases"))
    x = g.norm(weights, "embeddings.norm", x, eps)
    split = g.constant("split", np.array([0, 0, heads, head], np.int64))
    join = g.constant("join", np.array([0, 0, width], np.int64))
    root = g.constant("root", np.array(head ** 0.5, np.float32))
    half, one = (g.constant(n, np.array(v, np.float32)) for n, v in (("half", 0.5), ("one", 1)))
    two = g.constant("root2", np.array(2 ** 0.5, np.float32))
    for i in range(int(meta["layers"])):
        at = f"layer.{i}."
        q, k, v = (g.node("Reshape", g.linear(weights, at + "attention.qkv", x,
                                              slice(j * width, (j + 1) * width)), split)
                   for j in range(3))
        q, v = (g.node("Transpose", t, perm=[0, 2, 1, 3]) for t in (q, v))
        k = g.node("Transpose", k, perm=[0, 2, 3, 1])
        p = g.node("Softmax", g.node("Div", g.node("MatMul", q, k), root), axis=-1)
        c = g.node("Reshape", g.node("Transpose", g.node("MatMul", p, v), perm=[0, 2, 1, 3]), join)
        y = g.linear(weights, at + "attention.output", c)
        x = g.norm(weights, at + "attention.norm", g.node("Add", y, x), eps)
        u = g.linear(weights, at + "ffn.up", x)
        e = g.node("Add", g.node("Erf", g.node("Div", u, two)), one)
        y = g.linear(weights, at + "ffn.down", g.node("Mul", g.node("Mul", u, e), half))
        x = g.norm(weights, at + "ffn.norm", g.node("Add", y, x), eps)
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "length"])
              for n in ("ids", "places", "cases")]
    output = helper.make_tensor_value_info(x, TensorProto.FLOAT, ["batch", "length", width])
    graph = helper.make_graph(g.nodes, "encoder", inputs, [output], g.constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def optimized(meta, folder):
    """Attention, GELU and layer norm fused by ONNX Runtime's own transformer optimizer."""
    from onnxruntime.transformers.optimizer import optimize_model
    m = optimize_model(f"{folder}/encoder.onnx", model_type="bert", num_heads=int(meta["heads"]),
                       hidden_size=int(meta["hidden"]), opt_level=0, use_gpu=False)
    print("  fused by its optimizer:", {k: v for k, v in m.get_fused_operator_statistics().items() if v})
    m.save_model_to_file(f"{folder}/fused.onnx")
    return f"{folder}/fused.onnx"


def session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def feed(windows):
    ids = np.array([w["ids"] for w in windows], np.int64)
    cases = np.array([[c if c >= 0 else 5 for c in w["case"]] for w in windows], np.int64)
    places = np.broadcast_to(np.arange(ids.shape[1]), ids.shape)
    return {"ids": ids, "cases": cases, "places": np.ascontiguousarray(places)}


def peer_speed(net, windows, batch, seconds):
    feeds = [feed(windows[i:i + batch]) for i in range(0, len(windows), batch)]
    begin, pieces = process_time(), 0
    while process_time() - begin < seconds:
        for f in feeds:
            net.run(None, f)
            pieces += f["ids"].size
    return pieces / (process_time() - begin)


class Ours:
    def __init__(self, command, isa=None):
        env = dict(os.environ, **({"ONEDNN_MAX_CPU_ISA": isa} if isa else {}))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=env)
        said = json.loads(self.process.stdout.readline())
        self.sets, self.hidden = said["windows"], np.array(said["hidden"])

    def speed(self, name, seconds):
        self.process.stdin.write(f"{name} {seconds}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def distance(ours, net, windows):
    """Root mean square difference of the first window's hidden states, to their size."""
    theirs = net.run(None, feed(windows[:1]))[0][0][:, :ours.hidden.shape[1]]
    return float(np.sqrt(((theirs - ours.hidden) ** 2).sum() / (ours.hidden ** 2).sum()))


def choose(meta, folder, windows):
    """The fastest of what ONNX Runtime offers for this network, by a quick trial."""
    nets = {}
    for name, path in (("as exported", f"{folder}/encoder.onnx"), ("fused", optimized(meta, folder))):
        for unsigned in (False, True):
            to = f"{folder}/int8-{name.split()[-1]}-{int(unsigned)}.onnx"
            quantize_dynamic(path, to, per_channel=True,
                             weight_type=QuantType.QUInt8 if unsigned else QuantType.QInt8,
                             extra_options={"DefaultTensorType": TensorProto.FLOAT})
            nets[f"{name}, {'u8' if unsigned else 's8'} weights"] = session(to)
    speeds = {}
    for name, net in nets.items():
        peer_speed(net, windows, 1, 0.1)
        speeds[name] = peer_speed(net, windows, 1, 0.5)
        print(f"  peer, {name}: {speeds[name]:.0f} pieces/s")
    best = max(speeds, key=speeds.get)
    return best, nets[best]


def compare(ours, avx2, net, name):
    """Rounds in turn; a ratio is the median of quotients of neighbours in time."""
    windows = ours.sets[name]
    batches = (1,) if name == "articles" else BATCHES
    rates = {k: [] for k in ("ours", "avx2", *batches)}
    for r in range(ROUNDS + 1):
        for k, seen in rates.items():
            v = (ours if k == "ours" else avx2).speed(name, SECONDS) if isinstance(k, str) else \
                peer_speed(net, windows, k, SECONDS)
            if r > 0:  # the first is to warm up
                seen.append(v)
    middle = {k: statistics.median(v) for k, v in rates.items()}
    best = max(batches, key=middle.get)
    ratio, ratio2 = (statistics.median(a / b for a, b in zip(rates[k], rates[best]))
                     for k in ("ours", "avx2"))
    print(f"{name:>9} {middle['ours']:9.0f} {middle[1]:13.0f} {middle[best]:12.0f} ({best}) "
          f"{ratio:9.2f} {middle['avx2']:12.0f} {ratio2:8.2f}", flush=True)


def main():
    bench, model, folder, *articles = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    meta, weights = read_weights(model)
    onnx.save(build(meta, weights), f"{folder}/encoder.onnx")
    ours = Ours([bench, "--serve", *articles])
    avx2 = Ours([bench, "--serve", *articles], "AVX2")
    off = distance(ours, session(f"{folder}/encoder.onnx"), ours.sets["128"])
    print(f"ONNX Runtime {ort.__version__}, pieces a second on one core")
    print(f"  its f32 network's hidden states are {off:.3f} of their size from ours")
    assert off < 0.1, "not the same network"
    name, net = choose(meta, folder, ours.sets["192"])
    print(f"  taking: {name}; its hidden states are "
          f"{distance(ours, net, ours.sets['128']):.3f} of their size from ours\n")
    print("   window      ours  peer, 1 a run  its best (batch)     ratio   ours, AVX2    ratio")
    for s in ("128", "192", "320", "articles"):
        compare(ours, avx2, net, s)


main()
