"""Graphs in the shape that other converters write, around the same nets: Keras and TensorFlow, JAX, Transformers4Rec."""

import numpy as np
import onnx
import torch
from fixtures import Net, ids, row, script
from graph import T, before, cast, h, nh, rename
from made_gru import V
from nets import D, left, right
from shop import TRAIN
from trained import FIXED, HERE, net

ONE = torch.ones(2, FIXED, dtype=torch.int64)


def narrow(model, name, batch):
    """int32 ids, as TensorFlow and JAX have them."""
    return before(model, name, T.INT32, [batch, FIXED], cast(T.INT64))


def weights(rnn):
    """torch's gates r z n in ONNX's order z r h."""
    order = lambda w: w.detach().numpy().reshape(3, D, -1)[[1, 0, 2]].reshape(3 * D, -1)
    bias = np.concatenate([order(rnn.bias_ih_l0), order(rnn.bias_hh_l0)])
    return order(rnn.weight_ih_l0)[None], order(rnn.weight_hh_l0)[None], bias.reshape(1, -1)


def keras(to):
    made = net("lengths")
    w, r, b = weights(made.rnn)
    path = "StatefulPartitionedCall/model"
    consts = {
        "embeddings:0": made.items.weight.detach().numpy(), "W": w, "R": r, "B": b, "kernel:0": made.items.weight.detach().numpy().T.copy(),
        "bias:0": made.bias.detach().numpy(), "zero": np.int32(0), "axis": np.array([1], np.int64), "zeros": np.array([0], np.int64),
    }  # fmt: skip
    node = lambda op, ins, out, **more: h.make_node(op, ins, [out] if isinstance(out, str) else out, name=f"{path}/{op}_{out if isinstance(out, str) else 'gru'}", **more)
    # An embedding with mask_zero before a recurrent layer, padding behind: the mask's sum is the GRU's own sequence_lens.
    nodes = [
        node("Gather", ["embeddings:0", "args_0"], "x"),
        node("Equal", ["args_0", "zero"], "padded"), node("Not", ["padded"], "kept"), node("Cast", ["kept"], "ones", to=T.INT32),
        node("ReduceSum", ["ones", "axis"], "lens", keepdims=0),
        node("Transpose", ["x"], "steps", perm=[1, 0, 2]),
        node("GRU", ["steps", "W", "R", "B", "lens"], ["", "state"], hidden_size=D, linear_before_reset=1),
        node("Squeeze", ["state", "zeros"], "last"), node("MatMul", ["last", "kernel:0"], "product"), node("Add", ["product", "bias:0"], "dense"),
    ]  # fmt: skip
    made_graph = h.make_graph(
        nodes, "tf2onnx", [h.make_tensor_value_info("args_0", T.INT32, ["unk__12", FIXED])],
        [h.make_tensor_value_info("dense", T.FLOAT, ["unk__13", V])], [nh.from_array(np.asarray(v), k) for k, v in consts.items()],
    )  # fmt: skip
    model = h.make_model(made_graph, producer_name="tf2onnx", opset_imports=[h.make_opsetid("", 15)], ir_version=8)
    to.add("keras-gru", "lengths", model, ids("args_0", FIXED, np.int32, right), row("dense"))
    masked(to, made, consts, w, r, b)
    # GlobalAveragePooling1D with a mask, dense layers, softmax over the items alone.
    tower = net("dot")
    run = Net(lambda x: torch.softmax(tower(x), -1), tower)
    model = script(run, [ONE], ["input_1"], ["dense_1"], {"input_1": {0: "unk__4"}, "dense_1": {0: "unk__5"}})
    to.add("keras-average", "tower-dot", narrow(model, "input_1", "unk__4"), ids("input_1", FIXED, np.int32), row("dense_1", 0))


def masked(to, made, consts, w, r, b):
    """What tf2onnx makes of a masked recurrent layer: a loop that keeps the state at padding, wherever it stands."""
    step = lambda op, ins, out, **more: h.make_node(op, ins, [out], **more)
    gates = []
    for i, gate in enumerate("zrh"):
        for side, m in (("kernel_", w), ("recurrent_", r)):
            consts[f"{side}{gate}"] = m[0, i * D : (i + 1) * D].T.copy()
        consts[f"bw{gate}"], consts[f"br{gate}"] = b[0, i * D : (i + 1) * D].copy(), b[0, (3 + i) * D : (4 + i) * D].copy()
        gates += [
            step("MatMul", ["x_t", f"kernel_{gate}"], f"xw{gate}"), step("Add", [f"xw{gate}", f"bw{gate}"], f"x{gate}"),
            step("MatMul", ["h_in", f"recurrent_{gate}"], f"hr{gate}"), step("Add", [f"hr{gate}", f"br{gate}"], f"h{gate}"),
        ]  # fmt: skip
    consts["one"] = np.float32(1)
    consts["start"] = np.zeros((1, D), np.float32)
    body = gates + [
        step("Add", ["xz", "hz"], "sz"), step("Sigmoid", ["sz"], "z"), step("Add", ["xr", "hr"], "sr"), step("Sigmoid", ["sr"], "r"),
        step("Mul", ["r", "hh"], "rh"), step("Add", ["xh", "rh"], "sh"), step("Tanh", ["sh"], "n"),
        step("Sub", ["one", "z"], "rest"), step("Mul", ["rest", "n"], "new"), step("Mul", ["z", "h_in"], "old"), step("Add", ["new", "old"], "next"),
        step("Where", ["keep_t", "next", "h_in"], "h_out"), step("Identity", ["h_out"], "y_t"),
    ]  # fmt: skip
    port = h.make_tensor_value_info
    inner = h.make_graph(
        body, "scan", [port("h_in", T.FLOAT, [None, D]), port("x_t", T.FLOAT, [None, D]), port("keep_t", T.BOOL, [None, 1])],
        [port("h_out", T.FLOAT, [None, D]), port("y_t", T.FLOAT, [None, D])],
    )  # fmt: skip
    nodes = [
        step("Gather", ["embeddings:0", "args_0"], "x"), step("Equal", ["args_0", "zero"], "padded"), step("Not", ["padded"], "kept"),
        step("Transpose", ["x"], "steps", perm=[1, 0, 2]), step("Transpose", ["kept"], "keeps", perm=[1, 0]), step("Unsqueeze", ["keeps", "last_axis"], "keep_steps"),
        h.make_node("Scan", ["start", "steps", "keep_steps"], ["state", "states"], num_scan_inputs=2, body=inner),
        step("MatMul", ["state", "kernel:0"], "product"), step("Add", ["product", "bias:0"], "dense"),
    ]  # fmt: skip
    consts["last_axis"] = np.array([2], np.int64)
    used = {i for n in nodes + body for i in n.input}
    graph = h.make_graph(
        nodes, "tf2onnx", [port("args_0", T.INT32, [1, FIXED])], [port("dense", T.FLOAT, [1, V])],
        [nh.from_array(np.asarray(v), k) for k, v in consts.items() if k in used],
    )  # fmt: skip
    model = h.make_model(graph, producer_name="tf2onnx", opset_imports=[h.make_opsetid("", 15)], ir_version=8)
    to.add("keras-masked-gru", "lengths", model, ids("args_0", FIXED, np.int32), row("dense"))


def keras_export(to):
    """Keras's own `export`, where Keras is installed (with PyTorch behind it)."""
    import os

    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    pairs = [(s[:i], s[i]) for s in TRAIN for i in range(1, len(s))]
    keras.utils.set_random_seed(5)
    inputs = keras.Input((FIXED,), dtype="int32", name="items")
    x = keras.layers.GRU(D)(keras.layers.Embedding(V, D)(inputs))
    made = keras.Model(inputs, keras.layers.Dense(V, name="next")(x))
    made.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    made.fit(np.array([left(p, FIXED) for p, _ in pairs], np.int32), np.array([t + 1 for _, t in pairs]), epochs=6, batch_size=512, verbose=0)
    made.export(str(HERE / "keras.onnx"), format="onnx", verbose=False)
    model = onnx.load(HERE / "keras.onnx")
    output = model.graph.output[0].name
    to.add("keras-export", "keras-export", model, ids("items", FIXED, np.int32), row(output))


def make(to):
    keras(to)
    keras_export(to)
    jax = onnx.load(HERE / "jax.onnx")
    to.add("jax-sas", "sas", jax, ids("in_0", FIXED, np.int32), row(jax.graph.output[0].name))
    recbole = net("recbole")
    run = Net(lambda x: torch.log_softmax(recbole(x, (x != 0).sum(1)), -1), recbole)
    model = script(run, [ONE], ["item_id_list"], ["output"], {"item_id_list": {0: "batch"}, "output": {0: "batch"}})
    to.add("transformers4rec", "recbole", rename(model, "item_id_list", "item_id-list"), ids("item_id-list", FIXED, side=right), row("output"))
