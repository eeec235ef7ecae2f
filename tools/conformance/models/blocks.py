"""Weights of 2, 4 and 8 bits as web exports hold them: onnxruntime's MatMulNBits and GatherBlockQuantized, its products of
bytes that leave as floats, and DequantizeLinear by block and of integers of 4 bits."""

import numpy as np
from models.build import F, I, Entry, Graph
from onnx import TensorProto as T
from onnx import helper as h

ORT = "com.microsoft"


def packed(codes, bits):
    """Codes of the last axis as bytes, the lowest bits first."""
    per = 8 // bits
    codes = np.concatenate([codes, np.zeros((*codes.shape[:-1], -codes.shape[-1] % per), codes.dtype)], -1)
    parts = codes.reshape(*codes.shape[:-1], -1, per).astype(np.uint32) << (np.arange(per) * bits)
    return parts.sum(-1).astype(np.uint8)


def product(g, x, depth, width, bits=4, block=32, zeros=None, bias=False, level=0):
    """`zeros`: None, "codes" or "floats". `level`: what the left side may be rounded to, 4 for bytes."""
    blocks = -(-depth // block)
    codes = g.random.integers(0, 1 << bits, (width, blocks, block))
    scales = g.random.uniform(0.2, 1.0, (width, blocks)) / ((1 << bits) * np.sqrt(depth))
    inputs = [x, g.constant(packed(codes, bits), np.uint8), g.constant(scales)]
    points = g.random.integers(0, 1 << bits, (width, blocks))
    if zeros == "codes":
        inputs.append(g.constant(packed(points, bits), np.uint8))
    elif zeros == "floats":
        inputs.append(g.constant(points + 0.25))
    if bias:
        inputs += [""] * (5 - len(inputs)) + [g.weight(width)]
    return g.node("MatMulNBits", *inputs, domain=ORT, K=depth, N=width, bits=bits, block_size=block, accuracy_level=level)


def gather(g, ids, rows, width, bits=4, block=32, zeros=False, gather_axis=0):
    blocks = -(-width // block)
    codes = packed(g.random.integers(0, 1 << bits, (rows, width)), bits)
    scales = g.random.uniform(0.2, 1.0, (rows, blocks)) / (1 << bits)
    inputs = [g.constant(codes, np.uint8), ids, g.constant(scales)]
    if zeros:
        inputs.append(g.constant(packed(g.random.integers(0, 1 << bits, (rows, blocks)), bits), np.uint8))
    return g.node("GatherBlockQuantized", *inputs, domain=ORT, bits=bits, block_size=block, gather_axis=gather_axis, quantize_axis=1)


def products():
    random = np.random.default_rng(70)
    kinds = [
        (2, 64, None, False), (2, 32, "codes", True), (2, 16, None, False),
        (4, 16, "codes", False), (4, 32, None, True), (4, 32, "floats", False), (4, 64, "codes", True), (4, 128, None, False), (4, 256, "codes", False),
        (8, 16, None, False), (8, 32, "codes", True), (8, 128, "codes", False),
    ]  # fmt: skip
    for at, (bits, block, zeros, bias) in enumerate(kinds):
        # One depth of whole blocks, one that is not.
        for depth in (block * 3, block * 2 - 5):
            g = Graph("nbits", 700 + at, opset=21)
            x = g.input("x", F, ["rows", depth])
            g.output("y", product(g, x, depth, 11, bits, block, zeros, bias), F, ["rows", 11])
            feeds = [{"x": random.standard_normal((rows, depth), np.float32)} for rows in (1, 4, 7)]
            name = f"nbits-{bits}-{block}-{zeros or 'middle'}-{depth}"
            yield Entry(name, g.model(), feeds, small=depth == 43 or block == 16)


def rough():
    """As exporters for the web write them: the left side may be rounded to bytes."""
    random = np.random.default_rng(75)

    def model(bits, block, zeros, level):
        g = Graph("rough", 750 + block + bits, opset=21)
        x = g.input("x", F, ["rows", 256])
        g.output("y", product(g, x, 256, 17, bits, block, zeros, level=level), F, ["rows", 17])
        return g.model()

    for bits, block, zeros in ((4, 32, None), (4, 32, "codes"), (4, 16, None), (8, 64, "codes")):
        feeds = [{"x": random.standard_normal((rows, 256), np.float32)} for rows in (1, 6)]
        exact = model(bits, block, zeros, 0)
        yield Entry(f"rough-{bits}-{block}-{zeros or 'middle'}", model(bits, block, zeros, 4), feeds, small=block == 16, like=exact)


def tables():
    random = np.random.default_rng(71)
    for at, (bits, block, zeros) in enumerate([(4, 16, False), (4, 32, True), (8, 32, False), (8, 16, True)]):
        g = Graph("table", 710 + at, opset=21)
        ids = g.input("ids", I, ["batch", "length"])
        g.output("rows", gather(g, ids, 9, 96, bits, block, zeros), F, ["batch", "length", 96])
        feeds = [{"ids": random.integers(-9, 9, shape)} for shape in ((1, 1), (2, 5))]
        yield Entry(f"table-{bits}-{block}-{'zeros' if zeros else 'middle'}", g.model(), feeds, small=block == 16)
    for name, dtype, axes in (("int4", T.INT4, (0, 1)), ("uint4", T.UINT4, (1, 0))):
        g = Graph("table", 715, opset=21)
        ids = g.input("ids", I, ["length"])
        low = -8 if dtype == T.INT4 else 0
        data = narrow(g, dtype, g.random.integers(low, low + 16, (48, 33)))
        shape = [48, 33]
        shape[axes[1]] = -(-shape[axes[1]] // 16)
        scales, zeros = g.constant(g.random.uniform(0.1, 1.0, shape)), narrow(g, dtype, g.random.integers(low, low + 16, shape))
        out = g.node("GatherBlockQuantized", data, ids, scales, zeros, domain=ORT, block_size=16, gather_axis=axes[0], quantize_axis=axes[1])
        g.output("rows", out, F, ["length", 33] if axes[0] == 0 else [48, "length"])
        yield Entry(f"table-{name}", g.model(), [{"ids": random.integers(0, 33, 5)}], small=True)


def narrow(g, dtype, values):
    """An initializer of integers of 4 bits."""
    name = g.fresh("n")
    codes = packed(np.asarray(values).reshape(1, -1) & 15, 4)
    g.weights.append(h.make_tensor(name, dtype, np.shape(values), codes.tobytes(), raw=True))
    return name


def integers():
    """Products of bytes that leave as floats."""
    random = np.random.default_rng(72)
    for at, (kind, channel, zeros, bias) in enumerate([("i8", False, False, False), ("u8", True, True, True), ("i8", True, True, False)]):
        dtype = np.int8 if kind == "i8" else np.uint8
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max + 1
        parts = [37, 13]
        for op in ("DynamicQuantizeMatMul", "MatMulIntegerToFloat"):
            g = Graph("bytes", 720 + at)
            b = g.constant(g.random.integers(low, high, parts), dtype)
            scale = g.constant(g.random.uniform(0.2, 1.0, 13 if channel else ()) / 100)
            zero = g.constant(g.random.integers(low, high, 13 if channel else ()), dtype) if zeros else ""
            shift = g.weight(13) if bias else ""
            x = g.input("x", F if op == "DynamicQuantizeMatMul" else T.UINT8, ["batch", "rows", 37])
            inputs = [x, b, scale, zero, shift] if op == "DynamicQuantizeMatMul" else [x, b, g.constant(0.02), scale, g.constant(117, np.uint8), zero, shift]
            while not inputs[-1]:
                inputs.pop()
            g.output("y", g.node(op, *inputs, domain=ORT), F, ["batch", "rows", 13])
            feeds = [{"x": random.standard_normal((*s, 37), np.float32) if op == "DynamicQuantizeMatMul" else random.integers(0, 256, (*s, 37), np.uint8)} for s in ((1, 1), (2, 5))]
            yield Entry(f"{'dynamic' if op.startswith('D') else 'integers'}-{kind}-{at}", g.model(), feeds, rtol=1e-3, atol=1e-4, small=True)


def weights():
    """MatMul and Gemm by weights behind DequantizeLinear, one scale, one a column, one a block, and of 4 bits."""
    random = np.random.default_rng(73)
    for at, (kind, by) in enumerate([("int8", "one"), ("uint8", "column"), ("int8", "row"), ("int8", "block"), ("int4", "block"), ("uint4", "column")]):
        g = Graph("weights", 730 + at, opset=21)
        depth, width, block = 48, 19, 16
        shape, more = {"one": ((), {}), "column": ((width,), {"axis": 1}), "row": ((depth,), {"axis": 0}), "block": ((depth // block, width), {"axis": 0, "block_size": block})}[by]
        low, high = {"int8": (-128, 128), "uint8": (0, 256), "int4": (-8, 8), "uint4": (0, 16)}[kind]
        make = (lambda v: narrow(g, getattr(T, kind.upper()), v)) if "4" in kind else (lambda v: g.constant(v, kind))
        x = g.input("x", F, ["rows", depth])
        codes, zeros = make(g.random.integers(low, high, (depth, width))), make(g.random.integers(low, high, shape))
        scale = g.constant(g.random.uniform(0.2, 1.0, shape) / 50)
        w = g.node("DequantizeLinear", codes, scale, zeros, **more)
        y = g.node("Add", g.node("MatMul", x, w), g.weight(width))
        turned = g.node("DequantizeLinear", make(g.random.integers(low, high, (7, width))), g.constant(0.01))
        g.output("y", g.node("Gemm", y, turned, g.weight(7), transB=1, alpha=0.5), F, ["rows", 7])
        feeds = [{"x": random.standard_normal((rows, depth), np.float32)} for rows in (1, 6)]
        yield Entry(f"weights-{kind}-{by}", g.model(), feeds, small=True)


def both():
    """Activations and weights between QuantizeLinear and DequantizeLinear, and a table that is read both ways."""
    random = np.random.default_rng(74)
    for at, (kind, by) in enumerate([("int8", ()), ("uint8", (19,)), ("int8", (19,))]):
        g = Graph("both", 740 + at, opset=21)
        low, high = np.iinfo(kind).min, np.iinfo(kind).max + 1
        x, step, zero = g.input("x", F, ["rows", 48]), g.constant(0.031), g.constant(3, np.int8 if at else np.uint8)
        x = g.node("DequantizeLinear", g.node("QuantizeLinear", x, step, zero), step, zero)
        codes, zeros = g.constant(g.random.integers(low, high, (48, 19)), kind), g.constant(g.random.integers(low, high, by), kind)
        w = g.node("DequantizeLinear", codes, g.constant(g.random.uniform(0.2, 1.0, by) / 50), zeros, axis=1)
        g.output("y", g.node("Add", g.node("MatMul", x, w), g.weight(19)), F, ["rows", 19])
        feeds = [{"x": random.standard_normal((rows, 48), np.float32)} for rows in (1, 6)]
        yield Entry(f"both-{kind}-{'column' if by else 'one'}", g.model(), feeds, small=True)
    g = Graph("tied", 745, opset=21)
    ids = g.input("ids", I, [1, "length"])
    table = g.node("DequantizeLinear", g.constant(g.random.integers(0, 256, (30, 24)), np.uint8), g.constant(0.02), g.constant(119, np.uint8))
    x = g.node("Tanh", g.node("Gather", table, ids))
    g.output("logits", g.node("MatMul", x, g.node("Transpose", table, perm=[1, 0])), F, [1, "length", 30])
    yield Entry("tied", g.model(), [{"ids": random.integers(0, 30, (1, n))} for n in (1, 5)], small=True)


def entries():
    return [*products(), *rough(), *tables(), *integers(), *weights(), *both()]
