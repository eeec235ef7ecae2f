"""A model of `nearhand train-text` with its 4-bit weights as 32-bit floats: the same answers, no MatMulNBits.

`python3 tools/complete/floats.py model.onnx model_f32.onnx` (needs `onnx`, `numpy`). For measuring alone: what is trained leaves its
own `model_f32.onnx`, of the weights before they were rounded; this one is made of what is shipped.
"""

import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper

BLOCK = 32


def floats(codes, scales):
    """Rows by depth of blocks [rows, depth / 32, 16], the low half byte first, about 8."""
    halves = np.stack([codes & 15, codes >> 4], axis=-1).reshape(*codes.shape[:2], BLOCK)
    values = (halves.astype(np.float32) - 8) * scales.astype(np.float32)[..., None]
    return values.reshape(codes.shape[0], -1)


def main(source, target):
    model = onnx.load(source)
    graph = model.graph
    held = {each.name: each for each in graph.initializer}
    matrices = {}
    for name in [name for name in held if f"{name}.halves" in held]:
        matrices[name] = floats(numpy_helper.to_array(held[name]), numpy_helper.to_array(held[f"{name}.halves"]))
    gone = {f"{name}.scales" for name in matrices} | {"embedding.rows"}
    nodes = []
    for node in graph.node:
        if node.output[0] in gone:
            continue
        if node.op_type == "GatherBlockQuantized":
            node = helper.make_node("Gather", ["embedding", node.input[1]], node.output, axis=0)
        elif node.op_type == "MatMulNBits" and node.input[1] == "embedding":
            nodes.append(helper.make_node("Transpose", ["embedding"], ["head.turned"]))
            node = helper.make_node("MatMul", [node.input[0], "head.turned"], node.output)
        elif node.op_type == "MatMulNBits":
            node = helper.make_node("MatMul", node.input[:2], node.output)
        nodes.append(node)
    kept = [each for name, each in held.items() if name not in matrices and not name.endswith(".halves") and name != "embedding.dims"]
    for name, values in matrices.items():
        turned = values if name == "embedding" else np.ascontiguousarray(values.T)
        kept.append(numpy_helper.from_array(turned, name))
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
    onnx.save(model, target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
