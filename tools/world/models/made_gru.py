"""Recurrent models: types of ids, shapes, outputs, scales, vocabularies, precisions."""

import tempfile

import numpy as np
import onnx
import torch
from fixtures import OUT, Net, dynamo, ids, row, script
from graph import T, TYPES, after, before, cast, constant, copy, h, nh, rename
from onnx.external_data_helper import convert_model_to_external_data
from shop import ITEMS, SHOWN
from torch import nn
from trained import OPEN, net

V = ITEMS + 1


class Around(nn.Module):
    """The net with something before and behind it."""

    def __init__(self, inner, before=lambda x: x, behind=lambda y: y, all_rows=False):
        super().__init__()
        self.inner, self.before, self.behind, self.all_rows = inner, before, behind, all_rows

    def forward(self, item_ids):
        x = self.before(item_ids)
        return self.behind(self.inner.score(self.inner.states(x)) if self.all_rows else self.inner(x))


def example(batch=2, window=OPEN, dtype=torch.int64):
    return torch.ones(batch, window, dtype=dtype)


BOTH = {"item_ids": {0: "batch", 1: "seq"}, "logits": {0: "batch"}}


def forms(to, gru):
    """Types, shapes and axes of input and output."""
    batch, seq = torch.export.Dim("batch"), torch.export.Dim("seq")
    usual = script(gru, [example()], ["item_ids"], ["logits"], BOTH, fold=True)
    to.add("gru-script", "gru", usual, ids(), row("logits"))
    made = dynamo(gru, [example()], ["item_ids"], ["logits"], ({0: batch, 1: seq},), keep_notes=True)
    to.add("gru-dynamo", "gru", made, ids(), row("logits"))
    slim = script(gru, [example()], ["item_ids"], ["logits"], BOTH)
    for kind, dtype in [("int32", np.int32), ("float", np.float32)]:
        model = before(slim, "item_ids", TYPES[kind], ["batch", "seq"], cast(T.INT64))
        to.add(f"gru-{kind}", "gru", model, ids(dtype=dtype), row("logits"))
    for size in (1, 32):
        model = script(gru, [example(size)], ["item_ids"], ["logits"])
        to.add(f"gru-batch-{size}", "gru", model, ids(batch=size), row("logits"))
    model = script(Around(gru, behind=lambda y: y.unsqueeze(1)), [example(1)], ["input"], ["output"])
    to.add("gru-row-in-row", "gru", model, ids("input"), row("output"))
    model = script(Around(gru, behind=lambda y: y.squeeze(0)), [example(1)], ["input"], ["output"])
    to.add("gru-flat-output", "gru", model, ids("input"), row("output"))
    model = script(Around(gru, lambda x: x.unsqueeze(0), lambda y: y.squeeze(0)), [torch.ones(OPEN, dtype=torch.int64)], ["seq"], ["scores"])
    to.add("gru-no-batch", "gru", model, ids("seq", shape=(OPEN,)), row("scores"))
    model = script(Around(gru, lambda x: x.transpose(0, 1)), [torch.ones(OPEN, 2, dtype=torch.int64)], ["item_ids"], ["logits"],
                   {"item_ids": {0: "seq_len", 1: "batch_size"}, "logits": {0: "batch_size"}})  # fmt: skip
    to.add("gru-sequence-first", "gru", model, ids(shape=(OPEN, 1)), row("logits"))
    rows = {"item_ids": {0: "batch", 1: "seq"}, "logits": {0: "batch", 1: "seq"}}
    model = script(Around(gru, all_rows=True), [example()], ["item_ids"], ["logits"], rows)
    to.add("gru-all-rows", "gru", model, ids(), row("logits", at=-1))
    to.add("gru-window-12", "gru12", slim, ids(window=12), row("logits"))
    to.add("gru-unpadded", "gru-unpadded", slim, lambda s: {"item_ids": np.array([[i + 1 for i in s[-OPEN:]]])}, row("logits"))
    return slim


def outputs(to, gru, slim):
    """What stands at the end: probabilities, other scales, several outputs, lists."""
    for name, behind in [
        ("softmax", lambda y: torch.softmax(y, -1)),
        ("log-softmax", lambda y: torch.log_softmax(y, -1)),
        ("sigmoid", lambda y: torch.sigmoid(y / 2 - 4)),
        ("times-100", lambda y: y * 100),
        ("times-0.001", lambda y: y * 0.001),
        ("all-negative", lambda y: y - 50),
    ]:
        output = "probabilities" if "soft" in name or name == "sigmoid" else "logits"
        model = script(Around(gru, behind=behind), [example()], ["item_ids"], [output], {"item_ids": {0: "batch", 1: "seq"}, output: {0: "batch"}})
        to.add(f"gru-{name}", "gru-sigmoid" if name == "sigmoid" else "gru-negative" if "negative" in name else "gru", model, ids(), row(output))

    def several(item_ids):
        states, last = gru.rnn(gru.items(item_ids))
        return last, gru.score(states[:, -1]), states

    names = ["hidden", "logits", "states"]
    model = script(Net(several, gru), [example()], ["item_ids"], names, {"item_ids": {0: "batch", 1: "seq"}, "logits": {0: "batch"}})
    to.add("gru-several-outputs", "gru", model, ids(), row("logits"))

    # Names of a tracer, that nobody chose.
    model = rename(rename(script(gru, [example(1)], ["x"], ["y"]), "x", "onnx::Gather_0"), "y", "37")
    to.add("gru-unnamed", "gru", model, ids("onnx::Gather_0"), row("37"))

    def best(model, a, b):
        constant(model, "k", np.array([20], np.int64))
        return [h.make_node("TopK", [a, "k"], ["values", b], name="/TopK")]

    to.put("gru-top-k.onnx", after(slim, "logits", T.INT64, ["batch", 20], best, new="item_indices").SerializeToString())


def vocabularies(to, gru):
    """Where items begin and end among the rows."""
    table, bias = gru.items.weight.detach(), gru.bias.detach()
    # A row for unknown items that no session has trained.
    unknown = V
    torch.manual_seed(8)
    table = torch.cat([table, torch.randn(1, table.shape[1]) * 0.1])
    bias = torch.cat([bias, torch.zeros(1)])

    def other(order, name, first, pad, group="gru", offset=None, cut=None):
        """The same net with its rows in another order: `order[i]` is the old row of the new row i."""
        made = net("gru")
        made.items = nn.Embedding.from_pretrained(table[order])
        made.bias = nn.Parameter(bias[order])
        around = Around(made, behind=(lambda y: y) if cut is None else cut)
        model = script(around, [example()], ["item_ids"], ["logits"], BOTH)
        to.add(name, group, model, ids(first=first, pad=pad), row("logits", first if offset is None else offset))

    everyone = list(range(1, V))
    other([*everyone, 0], "gru-padding-last", 0, ITEMS)
    other([*everyone, 0], "gru-padding-last-cut", 0, ITEMS, cut=lambda y: y[:, :ITEMS])
    other([0, *everyone], "gru-padding-column-cut", 1, 0, offset=0, cut=lambda y: y[:, 1:])
    other([0, *everyone, unknown], "gru-unknown-last", 1, 0)
    other([*everyone, unknown, 0], "gru-unknown-and-padding-last", 0, ITEMS + 1)
    other([0, unknown, *everyone], "gru-two-before", 2, 0)
    # A row of each number up to the largest id, as with raw ids that have gaps.
    gaps = sorted(np.random.default_rng(4).choice(np.arange(1, 400), ITEMS, replace=False).tolist())
    order = [0] * 401
    for i, at in enumerate(gaps):
        order[at] = i + 1
    made = net("gru")
    made.items, made.bias = nn.Embedding.from_pretrained(table[order]), nn.Parameter(bias[order])
    to.put("gru-raw-ids.onnx", script(made, [example()], ["item_ids"], ["logits"], BOTH).SerializeToString())
    to.put("raw-ids.items.tsv", ("item_id\n" + "".join(f"{at}\n" for at in gaps)).encode())
    to.put("raw-ids.sessions.txt", "".join(" ".join(str(gaps[i]) for i in s) + "\n" for s in SHOWN).encode())


def precisions(to, gru, slim):
    """16 and 8 bits, and weights beside the file."""
    half = net("gru").half()
    model = script(half, [example()], ["item_ids"], ["logits"], BOTH)
    to.add("gru-half", "gru-half", model, ids(), row("logits"), apart=None)
    # As converters write it: 16 bits inside, 32 outside.
    wide = after(model, "logits", T.FLOAT, ["batch", V], cast(T.FLOAT))
    to.add("gru-half-inside", "gru-half-inside", wide, ids(), row("logits"), apart=None)

    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        onnx.save(slim, f"{folder}/m.onnx")
        for name, kind in [("int8", QuantType.QInt8), ("uint8", QuantType.QUInt8)]:
            quantize_dynamic(f"{folder}/m.onnx", f"{folder}/q.onnx", weight_type=kind)
            to.add(f"gru-{name}", f"gru-{name}", onnx.load(f"{folder}/q.onnx"), ids(), row("logits"), apart=1e-4)

    # Weights in 16 bits of the brain kind, widened where they are read.
    model = copy(slim)
    for weight in [w for w in model.graph.initializer if w.data_type == T.FLOAT and len(w.dims) > 1]:
        values = nh.to_array(weight)
        bits = (values.view(np.uint32) + 0x8000 >> 16).astype(np.uint16)
        name = weight.name
        narrow = h.make_tensor(f"{name}.bf16", T.BFLOAT16, weight.dims, bits.tobytes(), raw=True)
        model.graph.initializer.remove(weight)
        model.graph.initializer.append(narrow)
        model.graph.node.insert(0, h.make_node("Cast", [f"{name}.bf16"], [name], to=T.FLOAT))
    to.add("gru-bfloat-weights", "gru-bfloat", model, ids(), row("logits"))

    model = copy(slim)
    convert_model_to_external_data(model, all_tensors_to_one_file=True, location="gru-external.onnx.data", size_threshold=1024)
    onnx.save(model, OUT / "gru-external.onnx")
    to.put("gru-external.onnx", (OUT / "gru-external.onnx").read_bytes())
    to.put("gru-external.onnx.data", (OUT / "gru-external.onnx.data").read_bytes())
    for weight in model.graph.initializer:
        for entry in weight.external_data:
            if entry.key == "location":
                entry.value = "gone.onnx.data"
    to.put("gru-external-alone.onnx", model.SerializeToString())


def others(to):
    """Other cells, lengths, gaps, convolutions."""
    lstm = net("lstm")
    to.add("lstm-script", "lstm", script(lstm, [example()], ["item_ids"], ["logits"], BOTH), ids(), row("logits"))
    batch = torch.export.Dim("batch")
    conv = net("conv")
    model = dynamo(conv, [example()], ["x"], ["y"], ({0: batch},))
    to.add("conv-dynamo", "conv", model, ids("x"), row("y"))
    model = dynamo(conv, [example()], ["x"], ["y"], ({0: batch},), opset=22)
    to.add("conv-opset-22", "conv", model, ids("x"), row("y"))

    gaps = net("gaps")
    axes = {"item_ids": {0: "batch", 1: "seq"}, "time_gaps": {0: "batch", 1: "seq"}, "logits": {0: "batch"}}
    model = script(gaps, [example(), torch.zeros(2, OPEN)], ["item_ids", "time_gaps"], ["logits"], axes)

    def feed(log):
        def fed(session):
            items = session[-OPEN:]
            # One second between events; the first of the window has none before it.
            values = [0.0] + [np.log(2.0) if log else 1.0] * (len(items) - 1)
            return {**ids()(session), "time_gaps": np.array([[0.0] * (OPEN - len(items)) + values], np.float32)}

        return fed

    to.add("gaps-log", "gaps", model, feed(True), row("logits"))
    inner = before(model, "time_gaps", T.FLOAT, ["batch", "seq"], seconds)
    to.add("gaps-seconds", "gaps", inner, feed(False), row("logits"))

    # A state that the caller is to carry along: nothing in a session says what it is.
    gru, users = net("gru"), nn.Embedding(7, 16)
    carried = Net(lambda x, state: gru.score(gru.rnn(gru.items(x), state)[0][:, -1]), gru)
    model = script(carried, [example(), torch.zeros(1, 2, 16)], ["item_ids", "h0"], ["logits"], BOTH)
    to.put("gru-state-input.onnx", model.SerializeToString())

    of_a_user = Net(lambda user, x: gru.score(gru.states(x)[:, -1] + users(user)), gru, users)
    model = script(of_a_user, [torch.zeros(2, dtype=torch.int64), example()], ["user_id", "item_ids"], ["logits"], BOTH)
    to.put("gru-user.onnx", model.SerializeToString())


def seconds(model, a, b):
    constant(model, "one_second", np.float32(1))
    return [h.make_node("Add", [a, "one_second"], ["shifted"]), h.make_node("Log", ["shifted"], [b])]


def strings(to, slim):
    """Ids as texts, looked up inside."""
    from shop import IDS

    words = h.make_node(
        "LabelEncoder", ["item_ids"], ["item_ids.inner"], domain="ai.onnx.ml", keys_strings=IDS,
        values_int64s=list(range(1, V)), default_int64=0,
    )  # fmt: skip
    model = before(slim, "item_ids", T.STRING, ["batch", "seq"], lambda *_: [words])
    model.opset_import.append(h.make_opsetid("ai.onnx.ml", 2))
    to.put("gru-text-ids.onnx", model.SerializeToString())


def make(to):
    gru = net("gru")
    slim = forms(to, gru)
    outputs(to, gru, slim)
    vocabularies(to, gru)
    precisions(to, gru, slim)
    strings(to, slim)
    others(to)
