"""Large catalogs for `./build.sh bench slate`, and the peer's graph of each: deterministic, made from the shipped bundle.

Usage: python tools/bench/slate.py make BUNDLE FILE ITEMS KIND      writes a bundle
       python tools/bench/slate.py peer MODEL FILE                  writes the peer's graph for a bundle's second file
KIND real: each item is a variant of a shipped one. The more popular the item, the more variants (its count to the power
of one half); a variant's vector is the shipped vector, turned into 64 values, plus Gaussian noise of 0.75 of its length,
normalised (cosine to the original 0.8); its successors are variants of the original's. KIND gaussian: vectors without
any structure, the worst case for every bound.
The encoder is the shipped one between two matrices, 64 to 48 values and back. The peer's graph ends in one score an item:
the same encoder, and its product with the dequantised vectors as one matrix of 32-bit floats.
"""

import hashlib
import json
import struct
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from check_onnx import read_bundle  # noqa: E402

DIM = 64
# Successors an item, the strongest of the shipped ones.
WIDTH = 12
NOISE = 0.75
TYPES = {"i1": "I8", "u1": "U8", "u2": "U16", "u4": "U32", "f4": "F32"}


def encoder(model, turn):
    """The shipped graph, reading and answering vectors of DIM values."""
    graph = onnx.ModelProto()
    graph.CopyFrom(model)
    g = graph.graph
    last = g.input[0].type.tensor_type.shape.dim[0].dim_value
    g.initializer.append(numpy_helper.from_array(np.ascontiguousarray(turn.T), "narrow"))
    g.initializer.append(numpy_helper.from_array(turn, "widen"))
    g.node.insert(0, helper.make_node("MatMul", ["items64", "narrow"], ["items"]))
    g.input.remove(next(i for i in g.input if i.name == "items"))
    g.input.insert(0, helper.make_tensor_value_info("items64", onnx.TensorProto.FLOAT, [last, DIM]))
    g.node.append(helper.make_node("MatMul", ["query", "widen"], ["query64"]))
    g.ClearField("output")
    g.output.append(helper.make_tensor_value_info("query64", onnx.TensorProto.FLOAT, [DIM]))
    return graph, last


def text(values):
    return np.frombuffer("\n".join(values).encode(), np.uint8)


def write(path, manifest, tensors):
    """A sealed bundle: the digest counts its own digits as zeros."""
    manifest = {"sha256": "0" * 64, **manifest}
    entries, at = {}, 0
    for name, value in tensors.items():
        entries[name] = {"dtype": TYPES[value.dtype.str[1:]], "shape": list(value.shape), "data_offsets": [at, at + value.nbytes]}
        at += value.nbytes
    packed = json.dumps({"__metadata__": {"nearhand": json.dumps(manifest, separators=(",", ":"))}, **entries}, separators=(",", ":"))
    head = packed.encode() + b" " * (-len(packed.encode()) % 8)
    data = bytearray(struct.pack("<Q", len(head)) + head)
    for value in tensors.values():
        data += value.tobytes()
    start = data.index(b"0" * 64)
    data[start : start + 64] = hashlib.sha256(data).hexdigest().encode()
    path.write_bytes(data)


def make(bundle, file, items, kind):
    n, file = int(items), Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(n)
    manifest, have = read_bundle(bundle)
    base = have["items.vectors"].astype(np.float32) * have["items.scales"][:, None]
    turn = np.linalg.qr(random.standard_normal((DIM, base.shape[1])))[0].T.astype(np.float32)

    counts = have["items.popularity"].astype(np.float64)
    share = np.sqrt(counts + 1)
    of = np.sort(random.choice(len(base), n, p=share / share.sum()))
    # The shop's order says nothing about likeness.
    random.shuffle(of)
    noise = random.standard_normal((n, DIM)).astype(np.float32)
    vectors = noise if kind == "gaussian" else base[of] @ turn + noise * np.float32(NOISE / np.sqrt(DIM))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scales = (np.abs(vectors).max(axis=1) / 127).astype(np.float32)
    rows = np.round(vectors / scales[:, None]).astype(np.int8)
    del vectors, noise

    order = np.argsort(of, kind="stable")
    first = np.searchsorted(of[order], np.arange(len(base) + 1))
    width = first[1:] - first[:-1]
    successors = have["table.next"][of, :WIDTH].astype(np.int64)
    weights = np.where(width[successors] > 0, have["table.weights"][of, :WIDTH], 0).astype(np.uint8)
    pick = first[successors] + (random.random(successors.shape) * width[successors]).astype(np.int64)
    table = np.where(weights > 0, order[np.minimum(pick, n - 1)], 0).astype(np.uint32)
    popularity = np.ceil(counts[of] * random.lognormal(0, 1, n)).astype(np.uint32)

    titles = bytes(have["catalog.titles"].tobytes()).decode().split("\n")
    graph, last = encoder(onnx.load_from_string(have["model.onnx"].tobytes()), turn)
    model = graph.SerializeToString()
    exact = onnxruntime.SessionOptions()
    exact.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model, exact)
    ids = [f"i{i}" for i in range(n)]
    goldens, answers = [], []
    for item in (0, n // 2):
        window = np.zeros((last, DIM), np.float32)
        window[-1] = rows[item] * scales[item]
        mask = np.zeros(last, np.float32)
        mask[-1] = 1
        answers.append(session.run(None, {"items64": window, "mask": mask})[0])
        goldens.append({"events": [{"kind": "view", "item": ids[item], "gap_ms": 1000, "dwell_ms": 0}], "full": [], "lite": []})
    inputs = [{**spec, "name": "items64", "shape": [last, DIM]} if spec["name"] == "items" else spec for spec in manifest["model"]["inputs"]]
    write(
        file,
        {
            **{k: v for k, v in manifest.items() if k not in ("sha256", "serving")},
            "name": f"slate-{kind}-{n}",
            "catalog": {"items": n, "columns": ["price"], "currency": "GBP"},
            "model": {"inputs": inputs, "output": {"name": "query64", "kind": "query", "width": DIM, "offset": 0}},
            "items": {"dim": DIM},
            "table": {"successors": table.shape[1]},
            "goldens": goldens,
            "metrics": {},
            "training": None,
            "card": "For measuring speed.",
        },
        {
            "catalog.ids": text(ids),
            "catalog.titles": text([titles[b] for b in of]),
            "catalog.price": have["catalog.price"][of].astype(np.float32),
            "items.popularity": popularity,
            "items.scales": scales,
            "items.vectors": rows,
            "table.next": table,
            "table.weights": weights,
            "golden.query": np.array(answers, np.float32),
            "model.onnx": np.frombuffer(model, np.uint8),
        },
    )


def peer(model, file):
    """The encoder, and its product with the catalog."""
    _, have = read_bundle(model)
    graph = onnx.load_from_string(have["model.onnx"].tobytes())
    g = graph.graph
    catalog = np.ascontiguousarray((have["items.vectors"].astype(np.float32) * have["items.scales"].astype(np.float32)[:, None]).T)
    g.initializer.append(numpy_helper.from_array(catalog, "catalog"))
    g.node.append(helper.make_node("MatMul", ["query64", "catalog"], ["scores"]))
    g.ClearField("output")
    g.output.append(helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, [catalog.shape[1]]))
    Path(file).write_bytes(graph.SerializeToString())


{"make": make, "peer": peer}[sys.argv[1]](*sys.argv[2:])
