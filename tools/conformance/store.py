"""One file that holds models with inputs and the outputs wanted, read by run.mjs, by the benchmark and by the Rust suite.

    8 bytes "NHCASES1" · u32 length of the index, little-endian · index, JSON, padded to a multiple of 8 · body

    index:  { "cases": [case] }
    case:   { "name", "ops": ["Add", "ai.onnx.ml.Scaler"], "model": [at, length], "rtol", "atol", "sets": [set], … }
    set:    { "in": [tensor], "out": [tensor] }
    tensor: [name, dtype, shape, at, length]      at: from the body's start, a multiple of 8

Elements are row-major, little-endian; bool is one byte; str is a JSON array. What the boundary does not carry (f16,
sequences, …) has its type's name as dtype and -1 as `at`.
"""

import json
import struct

import numpy as np
import onnx
from onnx import numpy_helper

MAGIC = b"NHCASES1"
DTYPES = {
    "float32": "f32",
    "float64": "f64",
    "int64": "i64",
    "int32": "i32",
    "int8": "i8",
    "uint8": "u8",
    "bool": "bool",
    "object": "str",
}


class Store:
    """Gathers cases; equal blobs are kept once."""

    def __init__(self):
        self.cases = []
        self.body = bytearray()
        self.seen = {}

    def blob(self, data):
        if data not in self.seen:
            self.body += bytes(-len(self.body) % 8)
            self.seen[data] = len(self.body)
            self.body += data
        return [self.seen[data], len(data)]

    def tensor(self, name, value):
        dtype, shape, data = flatten(value)
        return [name, dtype, shape, *(self.blob(data) if data is not None else (-1, 0))]

    def add(self, name, model, sets, rtol, atol, **more):
        """`sets`: pairs of lists of (name, value), inputs and outputs in the graph's order."""
        tensors = lambda named: [self.tensor(n, v) for n, v in named]
        case = {"name": name, "ops": operators(model.graph), "model": self.blob(model.SerializeToString(deterministic=True))}
        case |= {"rtol": rtol, "atol": atol, "sets": [{"in": tensors(i), "out": tensors(o)} for i, o in sets]}
        self.cases.append(case | more)

    def copy(self, case, body, **more):
        """Takes over a case of another file, whose body is `body`."""
        move = lambda at, length: self.blob(body[at : at + length]) if at >= 0 else [-1, 0]
        tensors = lambda ts: [[n, d, s, *move(at, length)] for n, d, s, at, length in ts]
        sets = [{"in": tensors(s["in"]), "out": tensors(s["out"])} for s in case["sets"]]
        self.cases.append(case | {"model": move(*case["model"]), "sets": sets} | more)

    def write(self, path):
        index = json.dumps({"cases": self.cases}, separators=(",", ":"), ensure_ascii=False).encode()
        index += b" " * (-(len(MAGIC) + 4 + len(index)) % 8)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(MAGIC + struct.pack("<I", len(index)) + index + self.body)
        return path.stat().st_size


def read(path):
    """(cases, body) of a file."""
    data = path.read_bytes()
    assert data[:8] == MAGIC, path
    (length,) = struct.unpack("<I", data[8:12])
    return json.loads(data[12 : 12 + length])["cases"], data[12 + length :]


def flatten(value):
    """(dtype, shape, bytes), bytes None when the boundary has no such type."""
    if value is None:
        return "none", [], None
    if isinstance(value, (list, tuple)):
        return "sequence", [len(value)], None
    if isinstance(value, onnx.TensorProto):
        value = numpy_helper.to_array(value)
    value = np.asarray(value)
    if value.dtype.kind in "US":
        value = value.astype(object)
    dtype = DTYPES.get(value.dtype.name)
    if dtype is None:
        return value.dtype.name, list(value.shape), None
    if dtype == "str":
        words = [w.decode() if isinstance(w, bytes) else str(w) for w in value.reshape(-1)]
        return dtype, list(value.shape), json.dumps(words, ensure_ascii=False).encode()
    return dtype, list(value.shape), np.ascontiguousarray(value).tobytes()


def operators(graph):
    """Distinct operators, bodies of If, Loop and Scan included, sorted; those outside ai.onnx with their domain."""
    found = set()
    for node in graph.node:
        found.add(f"{node.domain}.{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type)
        for attribute in node.attribute:
            for body in [attribute.g, *attribute.graphs]:
                found.update(operators(body))
    return sorted(found)
