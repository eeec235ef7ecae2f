"""Copies of models with smaller weights: int8 as onnxruntime's quantize_dynamic writes it, fp16 behind Cast, and weights
behind DequantizeLinear."""

import tempfile
from pathlib import Path

import numpy as np
import onnx
from models.build import Entry
from onnx import helper as h
from onnx import numpy_helper as nh
from onnxruntime.quantization import QuantType, quantize_dynamic

# Sums of rows and columns in bytes say nothing below this size.
SMALLEST = 64


def dynamic(model, weights=QuantType.QInt8, per_channel=False):
    """MatMul → DynamicQuantizeLinear, MatMulInteger, Cast, Mul; embeddings → DequantizeLinear."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "f32.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, paths[0])
        quantize_dynamic(*paths, weight_type=weights, per_channel=per_channel, extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})
        return onnx.load(paths[1])


def large(model):
    return [t for t in model.graph.initializer if t.data_type == onnx.TensorProto.FLOAT and np.prod(t.dims) >= SMALLEST]


def replace(model, tensor, values, nodes):
    """Puts tensors and the nodes that make `tensor` from them in the place of `tensor`."""
    graph = model.graph
    graph.initializer.remove(tensor)
    graph.initializer.extend(values)
    kept = list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes + kept)


def half(model):
    model = onnx.ModelProto.FromString(model.SerializeToString())
    for tensor in large(model):
        short = f"{tensor.name}_fp16"
        value = nh.from_array(nh.to_array(tensor).astype(np.float16), short)
        replace(model, tensor, [value], [h.make_node("Cast", [short], [tensor.name], to=onnx.TensorProto.FLOAT)])
    onnx.checker.check_model(model, full_check=True)
    return model


def dequantised(model, dtype=np.int8, per_channel=False):
    """Weights of two axes as DequantizeLinear(weight, scale, zero point), a scale a column if per channel."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    for tensor in [t for t in large(model) if len(t.dims) == 2]:
        w = nh.to_array(tensor)
        most = np.abs(w).max(axis=0 if per_channel else None)
        scale = (most / 127).astype(np.float32)
        zero = np.full(scale.shape, 0 if dtype == np.int8 else 128, dtype)
        short = np.clip(np.rint(w / scale) + zero.astype(np.int32), np.iinfo(dtype).min, np.iinfo(dtype).max).astype(dtype)
        names = [f"{tensor.name}_{part}" for part in ("q", "scale", "zero")]
        values = [nh.from_array(np.asarray(v), n) for v, n in zip((short, scale, zero), names)]
        node = h.make_node("DequantizeLinear", names, [tensor.name], axis=1)
        replace(model, tensor, values, [node])
    onnx.checker.check_model(model, full_check=True)
    return model


KINDS = {
    "int8": dynamic,
    "uint8": lambda m: dynamic(m, QuantType.QUInt8),
    "int8-channel": lambda m: dynamic(m, per_channel=True),
    "fp16": half,
    "qdq": dequantised,
    "qdq-u8-channel": lambda m: dequantised(m, np.uint8, per_channel=True),
}
ALL = tuple(KINDS)
WANTED = {
    "mlp": ALL,
    "mlp-small": ("int8", "fp16"),
    "encoder-post": ALL,
    "encoder-small": ("int8", "qdq"),
    "decoder-tiny-step": ("int8", "fp16"),
    "decoder-gpt-open": ALL,
    "decoder-rope-step": ("int8", "uint8", "fp16"),
    "decode": ("int8", "fp16", "qdq"),
    "prefill": ("int8",),
    "gru-reset1-8192": ("int8", "fp16"),
    "lstm-logits": ("int8",),
    "core": ("fp16",),  # its places of the best five are whole numbers: a quantised copy may swap two
    "cnn": ("int8", "fp16"),
}


def entries(made):
    """`made`: the entries so far."""
    for entry in made:
        for kind in WANTED.get(entry.name, ()):
            model = KINDS[kind](entry.model)
            exact = kind in ("fp16", "qdq", "qdq-u8-channel")
            bench = entry.bench.replace("f32", kind) if entry.bench and "f32" in entry.bench and kind == "int8" else None
            yield Entry(f"{entry.name}-{kind}", model, entry.feeds, small=entry.small, bench=bench, like=None if exact else entry.model)
