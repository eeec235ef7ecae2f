"""Other inputs that people's graphs have, other precisions, and models that have learned nothing."""

import tempfile

import numpy as np
import onnx
import onnxruntime as ort
import torch
from fixtures import Net, ids, row, script
from made_gru import BOTH, V, example
from made_sas import BATCH
from nets import D, Gru
from torch import nn
from trained import FIXED, OPEN, net


def make(to):
    gru, sas = net("gru"), net("sas")
    one = torch.ones(2, FIXED, dtype=torch.int64)
    places = torch.arange(FIXED).unsqueeze(0)

    # As encoders of text have it: which of two texts a token is of. Nothing in a session says that.
    types = nn.Embedding.from_pretrained(torch.stack([torch.zeros(D), torch.ones(D)]))

    def typed(input_ids, token_type_ids):
        keep = input_ids != 0
        seen = keep[:, None, None, :] & sas.past[None, None]
        x = sas.norm(sas.items(input_ids) + sas.places(places) + types(token_type_ids))
        return sas.score(sas.block(x, torch.where(seen, 0.0, sas.NEVER))[0][:, -1])

    axes = {name: {0: "batch"} for name in ("input_ids", "token_type_ids", "logits")}
    model = script(Net(typed, sas, types), [one, one], ["input_ids", "token_type_ids"], ["logits"], axes)
    feed = lambda s: {**ids("input_ids", FIXED)(s), "token_type_ids": np.zeros((1, FIXED), np.int64)}
    to.add("sas-token-types", "sas", model, feed, row("logits"))

    kinds = nn.Embedding(12, D)
    model = script(Net(lambda x, c: gru.score(gru.rnn(gru.items(x) + kinds(c))[0][:, -1]), gru, kinds), [example(), example()],
                   ["item_ids", "category_ids"], ["logits"], {**BOTH, "category_ids": {0: "batch", 1: "seq"}})  # fmt: skip
    to.put("gru-categories.onnx", model.SerializeToString())

    model = script(Net(lambda x: gru.score(gru.rnn(x @ gru.items.weight)[0][:, -1]), gru), [torch.zeros(2, OPEN, V)], ["one_hot"], ["logits"],
                   {"one_hot": {0: "batch"}, "logits": {0: "batch"}})  # fmt: skip
    to.put("gru-one-hot.onnx", model.SerializeToString())

    double = net("dot").double()
    to.add("tower-double", "tower-dot", script(double, [one], ["item_ids"], ["logits"], BATCH), ids(window=FIXED), row("logits", 0))

    # The newest event alone: a chain of first order, as a window of one.
    model = script(Net(lambda x: gru.score(gru.states(x)[:, -1]), gru), [torch.ones(2, 1, dtype=torch.int64)], ["item_id"], ["logits"],
                   {"item_id": {0: "batch"}, "logits": {0: "batch"}})  # fmt: skip
    to.add("gru-newest-alone", "gru-newest", model, ids("item_id", 1), row("logits"))

    usual = script(sas, [one], ["item_ids"], ["logits"], BATCH, fold=True)
    with tempfile.TemporaryDirectory() as folder:
        # Without shapes the fusions of onnxruntime do not take place.
        onnx.save(onnx.shape_inference.infer_shapes(usual), f"{folder}/m.onnx")
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = f"{folder}/o.onnx"
        ort.InferenceSession(f"{folder}/m.onnx", options, providers=["CPUExecutionProvider"])
        fused = onnx.load(f"{folder}/o.onnx")
    print({n.op_type for n in fused.graph.node if n.domain}, [(n.domain, n.op_type) for n in fused.graph.node][:3])
    to.add("sas-optimized", "sas", fused, ids(window=FIXED), row("logits"))

    torch.manual_seed(11)
    untrained = Gru().eval()
    to.put("gru-untrained.onnx", script(untrained, [example()], ["item_ids"], ["logits"], BOTH).SerializeToString())
    constant = Net(lambda x: gru.bias + 0.0 * gru.items(x).sum((1, 2), keepdim=False)[:, None], gru)
    to.put("gru-constant.onnx", script(constant, [example()], ["item_ids"], ["logits"], BOTH).SerializeToString())
    broken = net("gru")
    with torch.no_grad():
        broken.items.weight[7, 3] = float("nan")
    to.put("gru-nan.onnx", script(broken, [example()], ["item_ids"], ["logits"], BOTH).SerializeToString())
