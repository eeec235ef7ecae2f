"""GRU and LSTM: next-item models as GRU4Rec writes them, and every option alone in a small one."""

import numpy as np
from models.build import F, T, Entry, Graph

GATES = {"GRU": 3, "LSTM": 4}


def cell(name, seed, op="GRU", inputs=8, hidden=8, steps=None, batch=None, direction="forward", reset=0, bias=True,
         start=False, lengths=False, logits=0, clip=None, activations=None, **numbers):
    """[steps, batch, inputs] → every option of the cell → its outputs, or logits of the last step."""
    g = Graph(name, seed)
    d, n = (2 if direction == "bidirectional" else 1), GATES[op]
    steps, batch = steps or "T", batch or "B"
    x = g.input("x", F, [steps, batch, inputs])
    w, r = g.weight(d, n * hidden, inputs, scale=inputs**-0.5), g.weight(d, n * hidden, hidden, scale=hidden**-0.5)
    b = g.weight(d, 2 * n * hidden, scale=0.1) if bias else ""
    ends = g.input("lengths", T.INT32, [batch]) if lengths else ""
    states = [g.input(s, F, [d, batch, hidden]) for s in ("h", "c")[: n - 2]] if start else []
    options = {"hidden_size": hidden, "direction": direction, **numbers}
    if op == "GRU":
        options["linear_before_reset"] = reset
    if clip:
        options["clip"] = clip
    if activations:
        options["activations"] = activations
    every, *last = g.node(op, x, w, r, b, ends, *states, outputs=n - 1, **options)
    if logits:
        row = g.node("Squeeze", last[0], g.ints(0))
        g.output("logits", g.linear(row, hidden, logits), F, [batch, logits])
        return g.model()
    g.output("y", every, F, [steps, d, batch, hidden])
    for state, value in zip(("y_h", "y_c"), last):
        g.output(state, value, F, [d, batch, hidden])
    return g.model()


def feeds(random, shapes, inputs=8, hidden=8, directions=1, op="GRU", start=False, lengths=False):
    out = []
    for steps, batch in shapes:
        feed = {"x": random.standard_normal((steps, batch, inputs), np.float32)}
        if lengths:
            feed["lengths"] = np.maximum(1, steps - np.arange(batch) % steps).astype(np.int32)
        if start:
            feed |= {s: random.standard_normal((directions, batch, hidden), np.float32) for s in ("h", "c")[: GATES[op] - 2]}
        out.append(feed)
    return out


def entries():
    random = np.random.default_rng(20)
    shapes = [(5, 1), (5, 3), (1, 2)]
    for reset in (0, 1):
        name = f"gru-reset{reset}"
        model = cell(f"{name}-8192", 1 + reset, inputs=64, hidden=128, steps=20, batch=1, reset=reset, logits=8192)
        yield Entry(f"{name}-8192", model, feeds(random, [(20, 1)], inputs=64), bench=f"{name}-T20-H128-8192")
        yield Entry(name, cell(name, 3, reset=reset), feeds(random, shapes), small=True)
        for options in ({"direction": "reverse"}, {"direction": "bidirectional"}, {"start": True}, {"bias": False}):
            word = next(iter(options.values())) if "direction" in options else next(iter(options))
            fed = {"directions": 2 if word == "bidirectional" else 1, "start": word == "start"}
            yield Entry(f"{name}-{'nobias' if word == 'bias' else word}", cell(name, 4, reset=reset, **options), feeds(random, shapes, **fed), small=word == "bidirectional")
        yield Entry(f"{name}-lengths", cell(name, 5, reset=reset, lengths=True), feeds(random, shapes, lengths=True))
    yield Entry("gru-all", cell("gru-all", 6, direction="bidirectional", start=True, lengths=True, reset=1), feeds(random, shapes, directions=2, start=True, lengths=True))
    never = feeds(random, [(3, 2)], start=True, lengths=True)
    never[0]["lengths"] = np.array([3, 0], np.int32)
    yield Entry("gru-never", cell("gru-never", 15, start=True, lengths=True), never)
    yield Entry("gru-relu", cell("gru-relu", 7, activations=["Sigmoid", "Relu"]), feeds(random, shapes))
    yield Entry("gru-clip", cell("gru-clip", 8, clip=0.3), feeds(random, shapes))
    fixed = cell("gru-fixed", 9, steps=4, batch=2, reset=1, direction="bidirectional")
    yield Entry("gru-fixed", fixed, feeds(random, [(4, 2)], directions=2))

    yield Entry("lstm", cell("lstm", 10, op="LSTM"), feeds(random, shapes, op="LSTM"), small=True)
    for options in ({"direction": "reverse"}, {"direction": "bidirectional"}, {"start": True}, {"lengths": True}, {"clip": 0.3}):
        key, value = next(iter(options.items()))
        word = value if key == "direction" else key
        fed = {"directions": 2 if word == "bidirectional" else 1, "start": key == "start", "lengths": key == "lengths"}
        yield Entry(f"lstm-{word}", cell(f"lstm-{word}", 11, op="LSTM", **options), feeds(random, shapes, op="LSTM", **fed), small=word == "start")
    keras = cell("lstm-relu", 13, op="LSTM", activations=["HardSigmoid", "Relu", "Relu"], activation_alpha=[0.25], activation_beta=[0.4])
    yield Entry("lstm-relu", keras, feeds(random, shapes, op="LSTM"))
    names = ["HardSigmoid", "LeakyRelu", "Sigmoid", "Affine"]
    mixed = cell("gru-mixed", 14, direction="bidirectional", activations=names, activation_alpha=[0.3, 0.2, 0.7], activation_beta=[0.4, 0.1])
    yield Entry("gru-mixed", mixed, feeds(random, shapes, directions=2))
    model = cell("lstm-logits", 12, op="LSTM", inputs=32, hidden=64, logits=500)
    yield Entry("lstm-logits", model, feeds(random, [(10, 1), (10, 4)], inputs=32, op="LSTM"))
