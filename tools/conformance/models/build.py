"""Writes ONNX graphs node by node, with weights drawn by a seed."""

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

F, I, B, S = T.FLOAT, T.INT64, T.BOOL, T.STRING


class Graph:
    """A graph in the making. Values are names; `node` answers the name of its first output, or a tuple of `outputs`."""

    def __init__(self, name, seed, opset=17):
        self.name, self.opset = name, opset
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights, self.inputs, self.outputs, self.known = [], [], [], [], {}
        self.count = 0

    def fresh(self, stem):
        self.count += 1
        return f"{stem}_{self.count}"

    def input(self, name, dtype, shape):
        self.inputs.append(h.make_tensor_value_info(name, dtype, shape))
        return name

    def output(self, name, value, dtype, shape):
        self.nodes.append(h.make_node("Identity", [value], [name], name=self.fresh("Identity")))
        self.outputs.append(h.make_tensor_value_info(name, dtype, shape))

    def constant(self, value, dtype=np.float32):
        """An initializer; equal ones are one."""
        array = np.asarray(value, dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.known:
            self.known[key] = self.fresh("c")
            self.weights.append(nh.from_array(array, self.known[key]))
        return self.known[key]

    def ints(self, *values):
        return self.constant(values, np.int64)

    def weight(self, *shape, scale=None):
        """Normal, with the deviation that keeps a signal's size: 1/√(rows)."""
        scale = scale or 1 / np.sqrt(shape[-2] if len(shape) > 1 else 16)
        name = self.fresh("w")
        self.weights.append(nh.from_array((self.random.standard_normal(shape) * scale).astype(np.float32), name))
        return name

    def node(self, op, *inputs, outputs=1, **attributes):
        name = self.fresh(op)
        names = [name] if outputs == 1 else [f"{name}_{i}" for i in range(outputs)]
        self.nodes.append(h.make_node(op, list(inputs), names, name=name, **attributes))
        return names[0] if outputs == 1 else tuple(names)

    def linear(self, x, rows, columns, bias=True):
        y = self.node("MatMul", x, self.weight(rows, columns))
        return self.node("Add", y, self.weight(columns)) if bias else y

    def layer_norm(self, x, width, style="op"):
        """`op`: LayerNormalization; `parts`: as opset 16 and older write it; `rms`: root mean square, in parts."""
        gain, shift = self.node("Add", self.weight(width, scale=0.1), self.constant(1.0)), self.weight(width, scale=0.1)
        if style == "op":
            return self.node("LayerNormalization", x, gain, shift, axis=-1, epsilon=1e-5)
        middle = x if style == "rms" else self.node("Sub", x, self.node("ReduceMean", x, axes=[-1], keepdims=1))
        square = self.node("Pow", middle, self.constant(2.0))
        spread = self.node("Sqrt", self.node("Add", self.node("ReduceMean", square, axes=[-1], keepdims=1), self.constant(1e-5)))
        scaled = self.node("Mul", self.node("Div", middle, spread), gain)
        return scaled if style == "rms" else self.node("Add", scaled, shift)

    def gelu(self, x, style="erf"):
        half, one = self.constant(0.5), self.constant(1.0)
        if style == "erf":
            inner = self.node("Erf", self.node("Div", x, self.constant(np.sqrt(2))))
        else:
            cube = self.node("Mul", self.node("Pow", x, self.constant(3.0)), self.constant(0.044715))
            inner = self.node("Tanh", self.node("Mul", self.node("Add", x, cube), self.constant(np.sqrt(2 / np.pi))))
        return self.node("Mul", self.node("Mul", x, half), self.node("Add", inner, one))

    def silu(self, x):
        return self.node("Mul", x, self.node("Sigmoid", x))

    def unit(self, x, style="parts"):
        """Each row over its Euclidean length."""
        if style == "op":
            return self.node("LpNormalization", x, axis=-1, p=2)
        length = self.node("ReduceL2", x, axes=[-1], keepdims=1)
        return self.node("Div", x, self.node("Max", length, self.constant(1e-12)))

    def model(self):
        graph = h.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.weights)
        others = sorted({node.domain for node in self.nodes} - {""})
        opsets = [h.make_opsetid("", self.opset), *(h.make_opsetid(domain, 3 if domain == "ai.onnx.ml" else 1) for domain in others)]
        model = h.make_model(graph, opset_imports=opsets, ir_version=9 if self.opset < 21 else 10, producer_name="zoo")
        onnx.checker.check_model(model, full_check=True)
        return model


class Entry:
    """A model with inputs, each a dict by name; onnxruntime's answers are what is wanted.
    `like`: the model this one is a quantised copy of: their largest difference is what a quantisation may cost."""

    def __init__(self, name, model, feeds, rtol=1e-4, atol=1e-5, small=False, bench=None, like=None):
        # Converters draw the graph's name and order its opsets by chance.
        opsets = sorted(model.opset_import, key=lambda o: o.domain)
        del model.opset_import[:]
        model.opset_import.extend(opsets)
        model.graph.name = "zoo"
        self.name, self.model, self.feeds = name, model, feeds
        self.rtol, self.atol, self.small, self.bench, self.like = rtol, atol, small, bench, like
