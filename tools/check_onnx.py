"""Checks a bundle's ONNX graph with other people's code: onnx.checker on the graph, and onnxruntime on the golden
sessions, whose inputs are made here a second time, apart from the Rust code. What Rust and tract recorded must come out.

Usage: python tools/check_onnx.py BUNDLE [--record FILE]
With --record, onnxruntime's answers to 32 made-up sessions go to FILE, one a line: ids, tab, query. The test suite holds
tract against them, natively and in wasm.
"""

import json
import struct
import sys

import numpy as np
import onnx
import onnxruntime

# Differences between engines are about 1e-7.
TOLERANCE = 1e-5
KINDS = ["view", "cart-add", "cart-remove", "purchase", "search-click", "impression", "dismiss"]
# Interest, weakest first: the strongest kind names a visit.
STRENGTH = ["view", "search-click", "cart-add", "purchase"]
TYPES = {"U8": "u1", "I8": "i1", "U16": "<u2", "I32": "<i4", "U32": "<u4", "F16": "<f2", "F32": "<f4"}


# The levels of item vectors in codes of so many bits (src/bundle/codes.rs).
LEVELS = {
    1: [-127, 127],
    2: [-127, -38, 38, 127],
    4: [-127, -96, -75, -58, -44, -31, -18, -6, 6, 18, 31, 44, 58, 75, 96, 127],
}


def read_bundle(path):
    """Manifest (none in a model's own file) and tensors; a table's rows, which may be stored by the number of their places, all
    of one width; vectors in codes as int8 rows and scales."""
    data = open(path, "rb").read()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    text = header.pop("__metadata__")["nearhand"]
    manifest = json.loads(text) if text.startswith("{") else None
    body = data[8 + size :]
    tensors = {}
    for name, spec in header.items():
        start, end = spec["data_offsets"]
        tensors[name] = np.frombuffer(body[start:end], TYPES[spec["dtype"]]).reshape(spec["shape"])
    for table in ("table", "bought"):
        if f"{table}.counts" in tensors:
            used = np.arange(tensors[f"{table}.counts"].max()) < tensors[f"{table}.counts"][:, None]
            for part in (f"{table}.next", f"{table}.weights"):
                rows = np.zeros(used.shape, tensors[part].dtype)
                rows[used] = tensors[part]
                tensors[part] = rows
    codes = tensors.get("items.vectors")
    if manifest and codes is not None and codes.dtype == np.uint8:
        bits = 8 * codes.shape[1] // manifest["items"]["dim"]
        rows = np.array(LEVELS[bits], np.int8)[codes[:, :, None] >> np.arange(0, 8, bits) & 2**bits - 1].reshape(len(codes), -1)
        tensors["items.vectors"] = rows
        tensors["items.scales"] = 1 / np.sqrt((rows.astype(np.float32) ** 2).sum(axis=1))
    return manifest, tensors


def visits(golden, index):
    """The golden's events that models read: interest in known items, what follows on the same item joined."""
    out, at = [], 0.0
    for event in golden["events"]:
        at += event["gap_ms"]
        item = index.get(event["item"])
        if item is None or event["kind"] not in STRENGTH:
            continue
        last = out[-1] if out else None
        if last and last["item"] == item and last["kind"] != event["kind"]:
            last["dwell_ms"] += event["dwell_ms"]
            last["kind"] = max(last["kind"], event["kind"], key=STRENGTH.index)
        else:
            out.append({"item": item, "kind": event["kind"], "at": at, "dwell_ms": event["dwell_ms"]})
    return out


def name_of(feature):
    return feature if isinstance(feature, str) else next(iter(feature))


def settings_of(feature):
    return {} if isinstance(feature, str) else next(iter(feature.values()))


def encode(spec, events, tensors):
    """One named input, as the manifest declares it."""
    feature, shape = name_of(spec["feature"]), spec["shape"]
    dtype = np.float32 if spec["dtype"] == "f32" else np.int64
    if feature == "length":
        return np.full(shape, len(events), dtype)
    window = shape[-2] if feature == "item-vector" else shape[-1]
    events = events[-window:]
    out = np.full([window, *shape[-1:]] if feature == "item-vector" else [window], settings_of(spec["feature"]).get("pad", 0), dtype)
    first = window - len(events) if spec["align"] == "right" else 0
    for i, event in enumerate(events):
        out[first + i] = value(feature, spec, events, i, event, tensors)
    return out.reshape(shape)


def value(feature, spec, events, i, event, tensors):
    item = event["item"]
    match feature:
        case "item-vector":
            return tensors["items.vectors"][item].astype(np.float32) * tensors["items.scales"][item]
        case "item-index":
            return item + settings_of(spec["feature"])["offset"]
        case "mask":
            return 1
        case "recency":
            return len(events) - 1 - i
        case "kind":
            return KINDS.index(event["kind"])
        case "dwell-log":
            return np.log1p(event["dwell_ms"] / 1000)
        case "gap-log":
            return np.log1p((event["at"] - events[i - 1]["at"]) / 1000) if i else 0
        case "price-log":
            price = float(tensors["catalog.price"][item])
            return np.log1p(price) if price > 0 else 0
    raise SystemExit(f"check-onnx: this check does not know the feature {feature}")


def record(path, manifest, tensors, session, ids):
    """Sessions of 1 to 25 items, drawn by a fixed seed."""
    random = np.random.default_rng(1)
    lines = []
    for n in range(32):
        items = random.choice(len(ids), size=n % 25 + 1, replace=False)
        events = [{"item": int(i), "kind": "view", "at": 1000.0 * at, "dwell_ms": 0} for at, i in enumerate(items)]
        inputs = {spec["name"]: encode(spec, events, tensors) for spec in manifest["model"]["inputs"]}
        (query,) = session.run([manifest["model"]["output"]["name"]], inputs)
        lines.append(" ".join(ids[i] for i in items) + "\t" + " ".join(f"{v:.8g}" for v in query.reshape(-1)))
    with open(path, "w") as out:
        out.write("\n".join(lines) + "\n")


def main(path, *options):
    manifest, tensors = read_bundle(path)
    if not manifest["model"]:
        raise SystemExit(f"check-onnx: {path} has no model")
    graph = tensors["model.onnx"].tobytes()
    model = onnx.load_from_string(graph)
    onnx.checker.check_model(model, full_check=True)
    assert not any(t.external_data for t in model.graph.initializer), "external data"
    operators = sorted({node.op_type for node in model.graph.node})
    opset = {o.domain or "ai.onnx": o.version for o in model.opset_import}
    print(f"check-onnx {manifest['name']} checker=ok opset={opset} operators={len(operators)} bytes={len(graph)}")

    # As the graph says: fused, matrices in 8 bits are multiplied in 8 bits, which rounds what goes in (5e-4 off).
    exact = onnxruntime.SessionOptions()
    exact.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(graph, exact, providers=["CPUExecutionProvider"])
    ids = tensors["catalog.ids"].tobytes().decode().split("\n")
    index = {item: i for i, item in enumerate(ids)}
    recorded = tensors["golden.query"].reshape(len(manifest["goldens"]), -1)
    worst = 0.0
    for golden, wanted in zip(manifest["goldens"], recorded):
        events = visits(golden, index)
        inputs = {spec["name"]: encode(spec, events, tensors) for spec in manifest["model"]["inputs"]}
        (got,) = session.run([manifest["model"]["output"]["name"]], inputs)
        got = got.reshape(-1)[-len(wanted) :]
        worst = max(worst, float(np.max(np.abs(got - wanted) / np.maximum(1, np.abs(wanted)))))
    print(f"check-onnx {manifest['name']} onnxruntime={onnxruntime.__version__} goldens={len(recorded)} worst_difference={worst:.2e}")
    if options[:1] == ("--record",):
        record(options[1], manifest, tensors, session, ids)
    if not worst <= TOLERANCE:
        raise SystemExit(f"check-onnx: onnxruntime differs from the recorded answers by {worst:.2e}, more than {TOLERANCE}")


if __name__ == "__main__":
    main(*sys.argv[1:])
