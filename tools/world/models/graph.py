"""Changes to the edges of a graph, as people and converters make them."""

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh


def copy(model):
    other = onnx.ModelProto()
    other.CopyFrom(model)
    return other


def rename(model, old, new):
    """An input or output by another name, everywhere."""
    model = copy(model)
    graph = model.graph
    for port in list(graph.input) + list(graph.output) + list(graph.value_info):
        if port.name == old:
            port.name = new
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == old:
                    names[i] = new
    return model


def constant(model, name, value):
    model.graph.initializer.append(nh.from_array(np.asarray(value), name))
    return name


def before(model, name, dtype, shape, make):
    """Another kind of input in the place of `name`: `make` gives the nodes from `name` to `name.inner`."""
    model = rename(copy(model), name, f"{name}.inner")
    ports = model.graph.input
    at = [p.name for p in ports].index(f"{name}.inner")
    kept = list(ports)
    kept[at] = h.make_tensor_value_info(name, dtype, shape)
    del ports[:]
    ports.extend(kept)
    nodes = make(model, name, f"{name}.inner")
    kept = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes + kept)
    return model


def after(model, name, dtype, shape, make, new=None):
    """Nodes behind an output."""
    model = rename(copy(model), name, f"{name}.inner")
    new = new or name
    for i, port in enumerate(model.graph.output):
        if port.name == f"{name}.inner":
            model.graph.output[i].CopyFrom(h.make_tensor_value_info(new, dtype, shape))
    model.graph.node.extend(make(model, f"{name}.inner", new))
    return model


def cast(to):
    return lambda model, a, b: [h.make_node("Cast", [a], [b], to=to, name=f"/Cast_{b}")]


def dims(model, name):
    port = next(p for p in list(model.graph.input) + list(model.graph.output) if p.name == name)
    return [d.dim_param or d.dim_value for d in port.type.tensor_type.shape.dim]


TYPES = {"int32": T.INT32, "int64": T.INT64, "float": T.FLOAT, "double": T.DOUBLE, "bool": T.BOOL, "half": T.FLOAT16, "bfloat": T.BFLOAT16}
