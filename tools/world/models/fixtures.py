"""Exports, runs by onnxruntime, and the lists that are recorded."""

import io
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from nets import left
from shop import ASKED, IDS, ITEMS
from torch import nn
from trained import OPEN

OUT = Path(__file__).resolve().parents[3] / "target/world-models/files"
WANTED = 200
K = 20
# Two of the best 21 stand at least so far apart, as a share of the spread: what a machine's floats differ by is far less.
APART = 2e-5
warnings.filterwarnings("ignore")
ort.set_default_logger_severity(3)


def script(net, args, inputs, outputs, dynamic=None, opset=17, fold=False):
    """The exporter that traces TorchScript."""
    to = io.BytesIO()
    axes = dynamic or None
    torch.onnx.export(
        net, tuple(args), to, input_names=inputs, output_names=outputs, dynamic_axes=axes, opset_version=opset,
        do_constant_folding=fold, dynamo=False,
    )  # fmt: skip
    return onnx.load_from_string(to.getvalue())


def dynamo(net, args, inputs, outputs, dynamic=None, opset=None, keep_notes=False):
    """The exporter that is the default today. Its notes of source lines are left out: they are most of a small file."""
    program = torch.onnx.export(
        net, tuple(args), input_names=inputs, output_names=outputs, dynamic_shapes=dynamic, opset_version=opset, dynamo=True,
        verbose=False,
    )  # fmt: skip
    model = program.model_proto
    if not keep_notes:
        bare(model)
    return model


def bare(model):
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    for function in model.functions:
        del function.metadata_props[:]
    nodes = list(model.graph.node) + [n for f in model.functions for n in f.node]
    for one in nodes + list(model.graph.initializer) + list(model.graph.value_info) + list(model.graph.input) + list(model.graph.output):
        if hasattr(one, "metadata_props"):
            del one.metadata_props[:]
        if hasattr(one, "doc_string"):
            one.doc_string = ""
    return model


def scores(model, feed, read, sessions, folder=None):
    """What onnxruntime says of each session: one row of scores over the items."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    source = str(folder) if folder else model.SerializeToString()
    engine = ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    names = {i.name for i in engine.get_inputs()}
    rows = []
    for session in sessions:
        fed = feed(session)
        assert set(fed) == names, (set(fed), names)
        rows.append(np.asarray(read(dict(zip([o.name for o in engine.get_outputs()], engine.run(None, fed)))), np.float64))
    rows = np.stack(rows)
    assert rows.shape == (len(sessions), ITEMS), rows.shape
    assert np.isfinite(rows).all()
    return rows


def best(rows):
    return np.argsort(-rows, axis=1, kind="stable")[:, : K + 1]


def choose(rows, apart=APART):
    """The first sessions whose best stand apart."""
    top = np.take_along_axis(rows, best(rows), 1)
    spread = rows.std(1)
    gaps = (top[:, :-1] - top[:, 1:]).min(1) / spread
    fine = np.flatnonzero(gaps > apart)
    assert len(fine) >= WANTED, f"{len(fine)} sessions stand apart"
    return fine[:WANTED]


class Net(nn.Module):
    """A forward pass of its own over nets that are trained."""

    def __init__(self, run, *nets):
        super().__init__()
        self.run, self.nets = run, nn.ModuleList(nets)

    def forward(self, *inputs):
        return self.run(*inputs)


class Fixtures:
    """Writes files, and asks that those of one group say the same."""

    def __init__(self):
        self.groups = {}
        self.bytes = 0

    def tops(self, group, rows, apart):
        """`apart` is None where half floats cannot be told apart: then the scores of the best are written too."""
        text = []
        chosen = self.groups.get(group)
        if chosen is None:
            at = choose(rows, apart) if apart else np.arange(WANTED)
            chosen = self.groups[group] = (at, best(rows)[at][:, :K])
            if not apart:
                order = np.argsort(-rows, axis=1, kind="stable")[:, : 2 * K]
                line = lambda s: " ".join(f"{IDS[i]}:{rows[s, i]:.6g}" for i in order[s])
                self.put(f"{group}.near.tsv", "".join(f"{' '.join(IDS[i] for i in ASKED[s])}\t{line(s)}\n" for s in at).encode())
            for session, top in zip(at, chosen[1]):
                text.append(f"{' '.join(IDS[i] for i in ASKED[session])}\t{' '.join(IDS[i] for i in top)}\n")
            self.put(f"{group}.top20.tsv", "".join(text).encode())
        at, want = chosen
        return int((best(rows)[at][:, :K] == want).all(1).sum())

    def put(self, name, data):
        self.bytes += len(data)
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / name).write_bytes(data)

    def add(self, name, group, model, feed, read, apart=APART, note=""):
        rows = scores(model, feed, read, ASKED)
        same = self.tops(group, rows, apart)
        data = model.SerializeToString()
        self.put(f"{name}.onnx", data)
        print(f"{name:26} {group:12} {len(data):7} bytes  {same} of {WANTED} {note}", flush=True)
        assert same == WANTED, name
        return rows


def ids(name="item_ids", window=OPEN, dtype=np.int64, side=left, batch=1, first=1, pad=0, shape=None):
    """The commonest input: one row of ids."""

    def feed(session):
        row = np.array([side(session, window, first, pad)] * batch, dtype)
        return {name: row if shape is None else row.reshape(shape)}

    return feed


def row(name, offset=1, at=0):
    """The scores of the items out of one row of an output."""

    def read(outputs):
        values = outputs[name]
        values = values.reshape(-1, values.shape[-1])[at]
        return values[offset : offset + ITEMS]

    return read
