"""Attention: masks of every kind and sense, positions, lengths, padding on either side, rows of all positions, queries."""

import tempfile

import numpy as np
import onnx
import torch
from fixtures import OUT, Net, dynamo, ids, row, script
from graph import T, before, cast, constant, h
from nets import left, right
from shop import ITEMS, SHOWN
from torch import nn
from trained import FIXED, MASK, net

V = ITEMS + 1


def kept(session, side=left, dtype=np.int64):
    """1 where there is an event."""
    real = [0] * len(session[-FIXED:])
    return np.array([side(real, FIXED, first=1)], dtype)


def with_mask(name, dtype=np.int64, of=lambda m: m, **more):
    side = more.get("side", left)
    return lambda s: {**ids(window=FIXED, **more)(s), name: of(kept(s, side)).astype(dtype)}


BATCH = {"item_ids": {0: "batch"}, "logits": {0: "batch"}}


class Masked(nn.Module):
    """The mask is an input, and means what `keep` makes of it: truth values, or what is added to the scores."""

    def __init__(self, sas, keep):
        super().__init__()
        self.sas, self.keep = sas, keep

    def forward(self, item_ids, mask):
        sas, kept = self.sas, self.keep(mask)
        places = torch.arange(FIXED).unsqueeze(0)
        if kept.dtype == torch.bool:
            return sas.score(sas.run(item_ids, kept, places)[0][:, -1])
        past = torch.where(sas.past[None, None], 0.0, sas.NEVER)
        states, _ = sas.block(sas.norm(sas.items(item_ids) + sas.places(places)), past + kept[:, None, None, :])
        return sas.score(states[:, -1])


def masks(to, sas):
    one = torch.ones(2, FIXED, dtype=torch.int64)

    def add(name, port, dtype, keep, feed, exporter=script):
        example = torch.ones(2, FIXED, dtype=dtype)
        axes = {**BATCH, port: {0: "batch"}} if exporter is script else ({0: torch.export.Dim("batch")},) * 2
        model = exporter(Masked(sas, keep), [one, example], ["item_ids", port], ["logits"], axes)
        to.add(name, "sas", model, feed, row("logits"))
        return model

    words = add("sas-mask-bool", "attention_mask", torch.bool, lambda m: m, with_mask("attention_mask", np.bool_), dynamo)
    add("sas-mask-float", "mask", torch.float32, lambda m: m > 0.5, with_mask("mask", np.float32))
    # As encoders of text do it.
    add("sas-mask-float-scaled", "attention_mask", torch.float32, lambda m: (1.0 - m) * -10000.0, with_mask("attention_mask", np.float32))
    model = add("sas-mask-int64", "attention_mask", torch.int64, lambda m: m != 0, with_mask("attention_mask"))
    model = before(model, "attention_mask", T.INT32, ["batch", FIXED], cast(T.INT64))
    model = before(model, "item_ids", T.INT32, ["batch", FIXED], cast(T.INT64))
    feed = lambda s: {k: v.astype(np.int32) for k, v in with_mask("attention_mask")(s).items()}
    to.add("sas-mask-int32", "sas", model, feed, row("logits"))
    add("sas-mask-inverted", "key_padding_mask", torch.bool, lambda m: ~m, with_mask("key_padding_mask", np.bool_, lambda m: m == 0))
    # The same with a name that says nothing of its sense.
    add("sas-mask-inverted-unsaid", "mask", torch.bool, lambda m: ~m, with_mask("mask", np.bool_, lambda m: m == 0))
    add("sas-mask-added", "attn_mask", torch.float32, lambda m: m, with_mask("attn_mask", np.float32, lambda m: np.where(m == 1, 0.0, -np.inf)))
    finite = lambda m: np.where(m == 1, 0.0, np.finfo(np.float32).min)
    add("sas-mask-added-finite", "mask", torch.float32, lambda m: m, with_mask("mask", np.float32, finite))
    # [batch, 1, 1, length], as encoders of text take it.
    wide = lambda m: m.reshape(1, 1, 1, FIXED)
    model = before(words, "attention_mask", T.BOOL, ["batch", 1, 1, FIXED], squeeze)
    to.add("sas-mask-four-axes", "sas", model, with_mask("attention_mask", np.bool_, wide), row("logits"))
    encoder = net("encoder")
    for name, exporter in [("script", script), ("dynamo", dynamo)]:
        axes = {**BATCH, "src_key_padding_mask": {0: "batch"}} if exporter is script else ({0: torch.export.Dim("batch")},) * 2
        args = [one, torch.zeros(2, FIXED, dtype=torch.bool)]
        model = exporter(encoder, args, ["item_ids", "src_key_padding_mask"], ["logits"], axes)
        to.add(f"encoder-{name}", "encoder", model, with_mask("src_key_padding_mask", np.bool_, lambda m: m == 0), row("logits"))


def squeeze(model, a, b):
    constant(model, "mask_axes", np.array([1, 2], np.int64))
    return [h.make_node("Squeeze", [a, "mask_axes"], [b])]


class Placed(nn.Module):
    """Positions are an input, and rows of a table."""

    def __init__(self, sas, table):
        super().__init__()
        self.sas, self.table = sas, nn.Embedding.from_pretrained(table)

    def forward(self, item_ids, position_ids):
        sas, keep = self.sas, item_ids != 0
        seen = keep[:, None, None, :] & sas.past[None, None]
        states, _ = sas.block(sas.norm(sas.items(item_ids) + self.table(position_ids)), torch.where(seen, 0.0, sas.NEVER))
        return sas.score(states[:, -1])


def positions(to):
    one = torch.ones(2, FIXED, dtype=torch.int64)

    def add(name, group, port, value, table):
        def feed(session):
            n = len(session[-FIXED:])
            return {**ids(window=FIXED)(session), port: np.array([value(n)], np.int64)}

        axes = {**BATCH, port: {0: "batch"}}
        model = script(Placed(net(group), table), [one, one], ["item_ids", port], ["logits"], axes)
        to.add(name, group, model, feed, row("logits"))

    pads = lambda n, values: [0] * (FIXED - n) + values
    window = net("sas").places.weight.detach()
    session = net("session").places.weight.detach()
    # A row for padding before the others, as SASRec's own code has it.
    first = lambda table: torch.cat([torch.zeros(1, table.shape[1]), table])
    # Places of the window, whatever stands there; the same from 1; from 1 with 0 at padding.
    add("sas-positions-window", "sas", "position_ids", lambda n: list(range(FIXED)), window)
    add("sas-positions-window-1", "sas", "positions", lambda n: list(range(1, FIXED + 1)), first(window))
    add("sas-positions-window-1-padded", "sas", "log_positions", lambda n: pads(n, list(range(FIXED - n + 1, FIXED + 1))), first(window))
    # Places in the session: 0 for the oldest event; 1 for it; 0 for the newest.
    add("sas-positions-session", "session", "position_ids", lambda n: pads(n, list(range(n))), session)
    add("sas-positions-session-1", "session", "position_ids", lambda n: pads(n, list(range(1, n + 1))), first(session))
    add("sas-positions-reversed", "sas", "reversed_positions", lambda n: pads(n, list(range(n - 1, -1, -1))), window.flip(0))


def rows(to, sas):
    """Padding behind, with and without lengths; scores at all positions."""
    recbole = net("recbole")
    one, two = torch.ones(2, FIXED, dtype=torch.int64), torch.full((2,), 3)
    after = {"item_seq": {0: "batch"}, "item_seq_len": {0: "batch"}, "scores": {0: "batch"}}
    feed = lambda s: {**ids("item_seq", FIXED, side=right)(s), "item_seq_len": np.array([min(len(s), FIXED)])}
    model = script(recbole, [one, two], ["item_seq", "item_seq_len"], ["scores"], after)
    to.add("recbole-sasrec", "recbole", model, feed, row("scores"))
    narrow = before(model, "item_seq_len", T.INT32, ["batch", 1], lengths)
    fed = lambda s: {**feed(s), "item_seq_len": np.array([[min(len(s), FIXED)]], np.int32)}
    to.add("recbole-sasrec-int32", "recbole", narrow, fed, row("scores"))
    gru = net("lengths")
    model = dynamo(gru, [one, two], ["item_seq", "item_seq_len"], ["scores"], ({0: torch.export.Dim("batch")},) * 2)
    to.add("recbole-gru4rec", "lengths", model, feed, row("scores"))

    def all_of(inner):
        return Net(lambda x: inner.score(inner.states(x)), inner)

    axes = {"input_ids": {0: "batch"}, "logits": {0: "batch"}}
    model = script(all_of(sas), [one], ["input_ids"], ["logits"], axes)
    to.add("sas-all-rows", "sas", model, ids("input_ids", FIXED), row("logits", at=-1))
    model = script(all_of(recbole), [one], ["input_ids"], ["logits"], axes)
    # `read` sees outputs alone: the number of events goes along in the feed's own hands.
    held = {}

    def fed_and_held(session):
        held["n"] = min(len(session), FIXED)
        return ids("input_ids", FIXED, side=right)(session)

    to.add("sas-all-rows-padding-behind", "recbole", model, fed_and_held, lambda o: o["logits"][0, held["n"] - 1, 1 : ITEMS + 1])

    def behind(input_ids, attention_mask):
        """The mask's sum says where the newest event stands."""
        states = recbole.run(input_ids, attention_mask != 0, torch.arange(FIXED).unsqueeze(0))[0]
        last = attention_mask.sum(1) - 1
        return recbole.score(states[torch.arange(states.shape[0]), last])

    axes = {**axes, "attention_mask": {0: "batch"}}
    model = script(Net(behind, recbole), [one, one], ["input_ids", "attention_mask"], ["logits"], axes)
    fed = lambda s: {"input_ids": ids("i", FIXED, side=right)(s)["i"], "attention_mask": kept(s, right)}
    to.add("sas-mask-padding-behind", "recbole", model, fed, row("logits"))


def lengths(model, a, b):
    constant(model, "len_axis", np.array([1], np.int64))
    return [h.make_node("Squeeze", [a, "len_axis"], [f"{b}.32"]), h.make_node("Cast", [f"{b}.32"], [b], to=T.INT64)]


def bert(to):
    """BERT4Rec: the answer stands in the place of a last token [MASK]."""
    made = net("bert")

    def feed(name, shift=0):
        def fed(session):
            tokens = [i + 1 + shift for i in session[-(FIXED - 1) :]] + [1 if shift else MASK]
            return {name: np.array([[0] * (FIXED - len(tokens)) + tokens])}

        return fed

    all_rows = Net(lambda x: made.score(made.states(x)), made)
    one = torch.ones(2, FIXED, dtype=torch.int64)
    axes = {"input_ids": {0: "batch"}, "logits": {0: "batch"}}
    to.add("bert-mask-last", "bert", script(all_rows, [one], ["input_ids"], ["logits"], axes), feed("input_ids"), row("logits", at=-1))
    model = dynamo(made, [one], ["input_ids"], ["logits"], ({0: torch.export.Dim("batch")},))
    to.add("bert-one-row", "bert", model, feed("input_ids"), row("logits"))
    table = made.items.weight.detach()
    # 0 padding, 1 mask, items from 2.
    made.items = nn.Embedding.from_pretrained(table[[0, MASK, *range(1, MASK)]])
    model = script(all_rows, [one], ["tokens"], ["scores"], {"tokens": {0: "batch"}, "scores": {0: "batch"}})
    to.add("bert-mask-first", "bert", model, feed("tokens", 1), row("scores", offset=2, at=-1))


def sharp(to, sas):
    """What overflows or is not a number."""
    one = torch.ones(2, FIXED, dtype=torch.int64)
    axes = {"item_ids": {0: "batch"}, "logits": {0: "batch"}}
    # A mask of −∞: the rows of padding see nothing and are not numbers; the newest row is.
    sas.NEVER = float("-inf")
    to.add("sas-minus-infinity", "sas", script(sas, [one], ["item_ids"], ["logits"], axes), ids(window=FIXED), row("logits"))

    all_rows = Net(lambda x: sas.score(sas.states(x)), sas)
    model = script(all_rows, [one], ["item_ids"], ["logits"], axes)
    to.add("sas-minus-infinity-all-rows", "sas", model, ids(window=FIXED), row("logits", at=-1))
    narrow = net("sas").half()
    narrow.NEVER = -1e9
    half = script(narrow, [one], ["item_ids"], ["logits"], axes)
    to.add("sas-half-minus-1e9", "sas-half", half, ids(window=FIXED), row("logits"), apart=None)
    sas.NEVER = torch.finfo(torch.float32).min
    to.add("sas-least-float", "sas", script(sas, [one], ["item_ids"], ["logits"], axes), ids(window=FIXED), row("logits"))
    sas.NEVER = -1e4
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static

    class Shown(CalibrationDataReader):
        left = [ids(window=FIXED)(s) for s in SHOWN[:100]]

        def get_next(self):
            return self.left.pop() if self.left else None

    with tempfile.TemporaryDirectory() as folder:
        onnx.save(script(sas, [one], ["item_ids"], ["logits"], axes, fold=True), f"{folder}/m.onnx")
        quantize_dynamic(f"{folder}/m.onnx", f"{folder}/q.onnx", weight_type=QuantType.QInt8)
        to.add("sas-int8", "sas-int8", onnx.load(f"{folder}/q.onnx"), ids(window=FIXED), row("logits"), apart=1e-4)
        quantize_static(f"{folder}/m.onnx", f"{folder}/s.onnx", Shown(), weight_type=QuantType.QInt8)
        # Whole logits by some hundred steps: many are equal.
        to.add("sas-qdq", "sas-qdq", onnx.load(f"{folder}/s.onnx"), ids(window=FIXED), row("logits"), apart=None)


def several(to, sas):
    def outputs(item_ids):
        states, weights = sas.run(item_ids, item_ids != 0, torch.arange(FIXED).unsqueeze(0))
        return sas.score(states[:, -1]), states, weights

    one = torch.ones(2, FIXED, dtype=torch.int64)
    names = ["logits", "last_hidden_state", "attentions"]
    model = script(Net(outputs, sas), [one], ["item_ids"], names, {"item_ids": {0: "batch"}, **{n: {0: "batch"} for n in names}})
    to.add("sas-several-outputs", "sas", model, ids(window=FIXED), row("logits"))


def queries(to, sas):
    """A query and vectors of items beside."""
    one = torch.ones(2, FIXED, dtype=torch.int64)

    axes = {"item_ids": {0: "batch"}, "query": {0: "batch"}}
    vectors = sas.items.weight.detach().numpy()[1:]
    to.put("sas-query.f32", vectors.tobytes())
    model = script(Net(lambda x: sas.states(x)[:, -1], sas), [one], ["item_ids"], ["query"], axes)
    to.add("sas-query", "sas", model, ids(window=FIXED), lambda o: vectors @ o["query"][0])
    model = script(Net(sas.states, sas), [one], ["item_ids"], ["query"], axes)
    to.add("sas-query-all-rows", "sas", model, ids(window=FIXED), lambda o: vectors @ o["query"][0, -1])
    for name in ("dot", "cosine"):
        tower = net(name)

        model = script(Net(tower.query, tower), [one, one.float()], ["item_ids", "mask"], ["embedding"],
                       {"item_ids": {0: "batch"}, "mask": {0: "batch"}, "embedding": {0: "batch"}})  # fmt: skip
        out = tower.out.weight.detach().numpy()
        np.save(OUT / f"tower-{name}.npy", out)
        unit = out / np.linalg.norm(out, axis=1, keepdims=True) if name == "cosine" else out
        to.add(f"tower-{name}", f"tower-{name}", model, with_mask("mask", np.float32), lambda o: unit @ o["embedding"][0])


def make(to):
    sas = net("sas")
    masks(to, sas)
    positions(to)
    rows(to, sas)
    bert(to)
    several(to, sas)
    queries(to, sas)
    sharp(to, sas)
