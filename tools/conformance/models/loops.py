"""Loop, Scan and If: bodies with captured values, computed numbers of turns, conditions, rows backward and along other axes."""

import numpy as np
from models.build import B, Entry, F, Graph, I
from onnx import helper


def value(name, dtype, shape):
    return helper.make_tensor_value_info(name, dtype, shape)


def body(name, nodes, inputs, outputs, weights=()):
    return helper.make_graph(nodes, name, inputs, outputs, list(weights))


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs if isinstance(inputs, list) else [inputs], outputs if isinstance(outputs, list) else [outputs], **attributes)


def floats(seed, *shapes):
    random = np.random.default_rng(seed)
    return [random.standard_normal(s).astype(np.float32) for s in shapes]


LOOP = [value("i", I, []), value("go", B, [])]


def power_iteration():
    """A known number of turns over a matrix that is computed outside, and a row of each."""
    g = Graph("loop-power", 801)
    x, start = g.input("x", F, [4, 4]), g.input("start", F, [4, 1])
    sym = g.node("Add", x, g.node("Transpose", x))
    nodes = [
        node("MatMul", [sym, "v"], "w"),
        node("ReduceL2", "w", "length", axes=[0], keepdims=1),
        node("Div", ["w", "length"], "next"),
        node("Identity", "go", "on"),
    ]
    inner = body("turn", nodes, [*LOOP, value("v", F, [4, 1])], [value("on", B, []), value("next", F, [4, 1]), value("length", F, [1, 1])])
    last, lengths = g.node("Loop", g.constant(12, np.int64), "", start, outputs=2, body=inner)
    g.output("v", last, F, [4, 1])
    g.output("lengths", lengths, F, [12, 1, 1])
    feeds = [dict(zip(("x", "start"), floats(s, (4, 4), (4, 1)))) for s in (1, 2)]
    return g, feeds


def until_small():
    """A condition that the values decide, bounded by a number that is given."""
    g = Graph("loop-until", 802)
    x, most = g.input("x", F, ["n", 3]), g.input("most", I, [])
    half, bound = g.constant(0.5), g.constant(0.01)
    nodes = [
        node("Mul", ["v", half], "next"),
        node("Add", ["turns", "i"], "sum"),
        node("ReduceMax", "next", "largest", keepdims=0),
        node("Greater", ["largest", bound], "on"),
    ]
    inner = body("turn", nodes, [*LOOP, value("v", F, ["n", 3]), value("turns", I, [])], [value("on", B, []), value("next", F, ["n", 3]), value("sum", I, [])])
    last, turns = g.node("Loop", most, "", x, g.constant(0, np.int64), outputs=2, body=inner)
    g.output("v", last, F, ["n", 3])
    g.output("turns", turns, I, [])
    x, y = floats(3, (2, 3), (5, 3))
    return g, [{"x": x, "most": np.array(m)} for m in (0, 3, 100)] + [{"x": y, "most": np.array(7)}]


def computed_number():
    """The number of turns is the sum of a mask; a first condition that may be false."""
    g = Graph("loop-computed", 803)
    mask, x, first = g.input("mask", I, ["n"]), g.input("x", F, [2, 2]), g.input("first", F, [])
    number = g.node("ReduceSum", mask, keepdims=0)
    nodes = [node("MatMul", ["v", "w"], "next"), node("Identity", "go", "on")]
    weight = helper.make_tensor("w", F, [2, 2], [0.5, -0.25, 0.125, 0.75])
    inner = body("turn", nodes, [*LOOP, value("v", F, [2, 2])], [value("on", B, []), value("next", F, [2, 2])], [weight])
    g.output("y", g.node("Loop", number, g.node("Greater", first, g.constant(0.0)), x, body=inner), F, [2, 2])
    (x,) = floats(4, (2, 2))
    of = lambda mask, first: {"mask": np.array(mask), "x": x, "first": np.array(first, np.float32)}
    return g, [of([1, 0, 1], 1), of([1, 1, 1], -1), of([0, 0, 0], 1), of([1] * 9, 1)]


def nested():
    """A loop in a loop, and a branch inside, which reads values of all graphs around it."""
    g = Graph("loop-nested", 804)
    x = g.input("x", F, [3])
    base = g.node("Tanh", x)
    yes = body("yes", [node("Add", ["b", base], "y1")], [], [value("y1", F, [3])])
    no = body("no", [node("Sub", ["b", "a"], "y2")], [], [value("y2", F, [3])])
    inner = body(
        "inner",
        [node("ReduceSum", "b", "s", keepdims=0), node("Less", ["s", g.constant(2.0)], "c"), node("If", "c", "nb", then_branch=yes, else_branch=no), node("Identity", "go2", "on2")],
        [value("j", I, []), value("go2", B, []), value("b", F, [3])],
        [value("on2", B, []), value("nb", F, [3])],
    )
    nodes = [node("Loop", [g.constant(3, np.int64), "", "a"], "na", body=inner), node("Identity", "go", "on"), node("Cast", "i", "fi", to=F), node("Mul", ["na", "fi"], "row")]
    outer = body("outer", nodes, [*LOOP, value("a", F, [3])], [value("on", B, []), value("na", F, [3]), value("row", F, [3])])
    last, rows = g.node("Loop", g.constant(4, np.int64), "", x, outputs=2, body=outer)
    g.output("last", last, F, [3])
    g.output("rows", rows, F, [4, 3])
    return g, [{"x": x} for x in floats(5, (3,), (3,))]


def growing():
    """A shape that grows from turn to turn, and a place that the turn tells."""
    g = Graph("loop-growing", 805)
    x = g.input("x", F, [5, 2])
    nodes = [
        node("Unsqueeze", "i", "at", axes=[0]) if g.opset < 13 else node("Reshape", ["i", g.ints(1)], "at"),
        node("Add", ["at", g.ints(1)], "to"),
        node("Slice", [x, "at", "to"], "row"),
        node("Concat", ["v", "row"], "next", axis=0),
        node("Identity", "go", "on"),
    ]
    inner = body("turn", nodes, [*LOOP, value("v", F, ["m", 2])], [value("on", B, []), value("next", F, ["k", 2])])
    g.output("y", g.node("Loop", g.constant(3, np.int64), "", x, body=inner), F, ["m", 2])
    return g, [{"x": x} for x in floats(6, (5, 2), (5, 2))]


def scan(name, seed, axes, directions, to_axes, to_directions):
    """A recurrent cell over one sequence or backward, its rows along some axis; weights are captured."""
    g = Graph(name, seed)
    x, h, scale = g.input("x", F, ["n", 6, 3]), g.input("h", F, ["n", 4]), g.input("scale", F, [4])
    w, u = g.weight(3, 4), g.weight(4, 4)
    nodes = [
        node("MatMul", ["row", w], "a"),
        node("MatMul", ["state", u], "b"),
        node("Add", ["a", "b"], "c"),
        node("Mul", ["c", scale], "d"),
        node("Tanh", "d", "next"),
        node("ReduceMean", "next", "mean", axes=[1], keepdims=0),
        node("Identity", "next", "out"),
    ]
    inner = body("cell", nodes, [value("state", F, ["n", 4]), value("row", F, ["n", 3])], [value("next", F, ["n", 4]), value("out", F, ["n", 4]), value("mean", F, ["n"])])
    last, rows, means = g.node(
        "Scan", h, x, outputs=3, body=inner, num_scan_inputs=1, scan_input_axes=[axes], scan_input_directions=[directions], scan_output_axes=to_axes, scan_output_directions=to_directions
    )
    g.output("last", last, F, ["n", 4])
    g.output("rows", rows, F, ["a", "b", "c"])
    g.output("means", means, F, ["d", "e"])
    feeds = [dict(zip(("x", "h", "scale"), floats(n, (n, 6, 3), (n, 4), (4,)))) for n in (1, 3)]
    return g, feeds


def branches():
    """The branch that is not taken would fail: it divides by 0."""
    g = Graph("if-taken", 808)
    x, n = g.input("x", F, [2, 3]), g.input("n", I, [2])
    some = g.node("Greater", g.node("ReduceMin", n, keepdims=0), g.constant(0, np.int64))
    yes = body("yes", [node("Div", [g.constant([60, 60], np.int64), n], "q"), node("Cast", "q", "y1", to=F)], [], [value("y1", F, [2])])
    no = body("no", [node("ReduceSum", [x, g.ints(1)], "y2", keepdims=0)], [], [value("y2", F, [2])])
    g.output("y", g.node("If", some, then_branch=yes, else_branch=no), F, [2])
    (x,) = floats(9, (2, 3))
    return g, [{"x": x, "n": np.array(n)} for n in ([3, 7], [0, 5], [1, 1])]


def while_sum():
    """github.com/microsoft/onnxruntime/issues/13894: `while sum(x) < 10`, as torch.jit exports it, ran a turn too many elsewhere."""
    g = Graph("loop-while-sum", 809)
    x, ten = g.input("x", F, ["n"]), g.constant(10.0)
    first = g.node("Less", g.node("ReduceSum", x, keepdims=0), ten)
    count = helper.make_tensor("count", 6, [], [0])
    g.weights.append(count)
    one, whole = g.constant(1.0), g.constant(1, np.int32)
    nodes = [node("Add", ["v", one], "w"), node("Add", ["c", whole], "d"), node("ReduceSum", "w", "s", keepdims=0), node("Less", ["s", ten], "on"), node("Cast", "on", "go_on", to=9)]
    inner = body("turn", nodes, [*LOOP, value("v", F, ["n"]), value("c", 6, [])], [value("go_on", B, []), value("w", F, ["n"]), value("d", 6, [])])
    last, turns = g.node("Loop", g.constant(2**63 - 1, np.int64), first, x, "count", outputs=2, body=inner)
    g.output("x_out", last, F, ["n"])
    g.output("n_loops", turns, 6, [])
    return g, [{"x": np.array(x, np.float32)} for x in ([2.2, 3.3], [9, 9], [-40, 1, 2], [10])]


def constants():
    """github.com/microsoft/onnxruntime/issues/3900: branches that are constants alone."""
    g = Graph("if-constants", 810)
    x = g.input("x", F, [])
    made = lambda name, *values: body(name, [node("Constant", [], name, value=helper.make_tensor("v", F, [2], values))], [], [value(name, F, [2])])
    g.output("y", g.node("If", g.node("Greater", x, g.constant(0.0)), then_branch=made("yes", 1.0, 2.0), else_branch=made("no", 3.0, 4.0)), F, [2])
    return g, [{"x": np.array(x, np.float32)} for x in (1, -1, 0)]


def entries():
    made = [while_sum(), constants(), power_iteration(), until_small(), computed_number(), nested(), growing(), branches()]
    made += [scan("scan-forward", 806, 1, 0, [0, 0], [0, 0]), scan("scan-backward", 807, -2, 1, [1, -1], [1, 0])]
    for g, feeds in made:
        yield Entry(g.name, g.model(), feeds, small=True)
