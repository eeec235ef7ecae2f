"""Exports whose traits are drawn by a seed: each holds a net, an order of rows, types, axes, masks, positions and an output."""

import random

import numpy as np
import torch
from fixtures import Net, script
from nets import left, right
from shop import ITEMS
from torch import nn
from trained import FIXED, OPEN, net

COUNT = 24
ALL = list(range(1, ITEMS + 1))
# Rows of the table: old numbers, the first item's new number, the padding's.
ORDERS = [([0, *ALL], 1, 0), ([*ALL, 0], 0, ITEMS), ([0, *ALL, "new"], 1, 0), ([0, "new", *ALL], 2, 0)]


def rearranged(made, order):
    """The net with its rows in another order; "new" is a row that no session has trained."""
    torch.manual_seed(8)
    table = made.items.weight.detach()
    rows = [torch.randn(table.shape[1]) * 0.1 if i == "new" else table[i] for i in order]
    made.items = nn.Embedding.from_pretrained(torch.stack(rows))
    if hasattr(made, "bias"):
        made.bias = nn.Parameter(torch.stack([torch.zeros(()) if i == "new" else made.bias.detach()[i] for i in order]))
    return made


class Port:
    """An input: its name, type, and what stands at events and padding."""

    def __init__(self, name, dtype, row):
        self.name, self.dtype, self.row = name, dtype, row


def mixed(to, seed):
    chance = random.Random(seed)
    base = chance.choice(["gru", "lstm", "conv", "sas", "sas", "recbole", "recbole"])
    order, first, pad = chance.choice(ORDERS)
    made = rearranged(net(base), order)
    window, side = (FIXED, right if base == "recbole" else left) if base in ("sas", "recbole") else (OPEN, left)
    here = lambda s: side([0] * len(s[-window:]), window, first=1)
    spread = lambda s, values: [v if h else 0 for v, h in zip(values, here(s))]
    whole = chance.choice([np.int64, np.int64, np.int32])
    ports = [Port(chance.choice(["item_ids", "input_ids", "x", "seq", "history", "tokens", "item_seq"]), chance.choice([whole, whole, np.float32]),
                  lambda s: side(s, window, first, pad))]  # fmt: skip
    traits = [base, f"first {first}", f"padding {pad}", np.dtype(ports[0].dtype).name]
    mask = chance.choice(["none", "events", "events", "padding"]) if base in ("sas", "recbole") else "none"
    if mask != "none":
        dtype = chance.choice([np.bool_, np.float32, whole])
        name = "padding_mask" if mask == "padding" else chance.choice(["mask", "attention_mask", "input_mask"])
        ports.append(Port(name, dtype, lambda s: [h if mask == "events" else 1 - h for h in here(s)]))
        traits.append(f"{name} {np.dtype(dtype).name}")
    place = chance.choice(["none", "none", "window", "newest"]) if base == "sas" else "none"
    if place != "none":
        values = (lambda s: list(range(window))) if place == "window" else (lambda s: spread(s, range(window - 1, -1, -1)))
        ports.append(Port(chance.choice(["position_ids", "positions", "pos"]), whole, values))
        traits.append(f"positions {place}")
    lengths = base == "recbole" and (mask == "none" or chance.random() < 0.5)
    if lengths:
        ports.append(Port(chance.choice(["item_seq_len", "lengths", "seq_len"]), whole, lambda s: [min(len(s), window)]))
        traits.append("lengths")
    turned = chance.random() < 0.2
    fixed = chance.choice([0, 0, 1, 4])
    bare = fixed == 1 and not turned and chance.random() < 0.5
    behind = chance.choice(["logits", "logits", "log-softmax", "times 30", "several", "double"])
    all_rows = base == "sas" and not bare and chance.random() < 0.3
    traits += [t for t, on in [("window first", turned), (f"batch {fixed}", fixed), ("no batch", bare), (behind, 1), ("all rows", all_rows)] if on]

    def run(*inputs):
        inputs = [x.unsqueeze(0) if bare else x for x in inputs]
        inputs = [x.transpose(0, 1) if turned and x.dim() > 1 else x for x in inputs]
        named = {p.name: x for p, x in zip(ports, inputs)}
        ids = inputs[0].long()
        if base in ("gru", "lstm", "conv"):
            return finish(made(ids), ids)
        keep = ids != pad
        if mask != "none":
            keep = named[ports[1].name] > 0.5 if ports[1].dtype != np.bool_ else named[ports[1].name]
            keep = ~keep if mask == "padding" else keep
        places = torch.arange(window).unsqueeze(0)
        if place != "none":
            places = named[ports[-1].name].long()
            places = window - 1 - places if place == "newest" else places
        states = made.run(ids, keep, places)[0]
        if base == "recbole":
            count = inputs[-1].long() if lengths else keep.long().sum(1)
            states = states.gather(1, (count - 1).view(-1, 1, 1).expand(-1, -1, states.shape[-1])).squeeze(1)
        elif not all_rows:
            states = states[:, -1]
        return finish(made.score(states), states)

    def finish(y, states):
        y = {"log-softmax": lambda: torch.log_softmax(y, -1), "times 30": lambda: y * 30, "double": lambda: y.double()}.get(behind, lambda: y)()
        y = y.squeeze(0) if bare else y
        return (states, y) if behind == "several" else y

    batch = fixed or 2
    types = {np.int64: torch.int64, np.int32: torch.int32, np.float32: torch.float32, np.bool_: torch.bool}
    axes = lambda x: x[0] if bare else x
    # Lengths are [batch].
    turn = lambda x: x.T if turned and x.shape[-1] == window else x.reshape(-1) if x.shape[-1] == 1 else x
    example = [torch.tensor(turn(axes(np.repeat(np.array([p.row([1, 2, 3])]).astype(p.dtype), batch, 0)))).to(types[p.dtype]) for p in ports]
    outputs = ["hidden", "logits"] if behind == "several" else [chance.choice(["logits", "scores", "output"])]
    names = [p.name for p in ports]
    dynamic = None if fixed else {n: {1 if turned and n not in ("item_seq_len", "lengths", "seq_len") else 0: "batch"} for n in names}
    if dynamic:
        dynamic.update({n: {0: "batch"} for n in outputs})
    model = script(Net(run, made), example, names, outputs, dynamic)
    feed = lambda s: {p.name: turn(axes(np.repeat(np.array([p.row(s)]).astype(p.dtype), fixed or 1, 0))) for p in ports}

    def read(values):
        y = values[outputs[-1]]
        y = y[0, -1] if all_rows else y if bare else y[0]
        return y[first : first + ITEMS]

    to.add(f"mixed-{seed}", base, model, feed, read, note=", ".join(traits))
    return {"seed": seed, "tops": base, "what": ", ".join(traits)}


def make(to):
    import json

    to.put("mixed.json", json.dumps([mixed(to, seed) for seed in range(COUNT)], indent=1).encode())
