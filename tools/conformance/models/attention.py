"""Session encoders: attention blocks as transformers and SASRec write them, and CORE's mean of unit vectors."""

import numpy as np
from models.build import B, F, I, Entry, Graph


def attend(g, x, width, heads, length, mask=None, style="add", batch=-1):
    """Multi-head attention over [B, L, width] with an additive or a boolean mask [B, 1, 1|L, L]."""
    split = width // heads
    shape = g.ints(batch, length, heads, split)
    part = lambda perm: g.node("Transpose", g.node("Reshape", g.linear(x, width, width), shape), perm=perm)
    q, k, v = part([0, 2, 1, 3]), part([0, 2, 3, 1]), part([0, 2, 1, 3])
    scores = g.node("Div", g.node("MatMul", q, k), g.constant(np.sqrt(split)))
    if mask:
        scores = g.node("Add", scores, mask) if style == "add" else g.node("Where", mask, scores, g.constant(-np.inf))
    mixed = g.node("MatMul", g.node("Softmax", scores, axis=-1), v)
    flat = g.node("Reshape", g.node("Transpose", mixed, perm=[0, 2, 1, 3]), g.ints(batch, length, width))
    return g.linear(flat, width, width)


def encoder(name, seed, items=100, width=32, heads=2, length=10, blocks=1, post=True, norm="op", gelu="erf", mask="add",
            batch="B", causal=False, end="query"):
    """Item ids and a mask → one unit vector a session, or logits over the items."""
    g = Graph(name, seed)
    ids = g.input("ids", I, [batch, length])
    valid = g.input("mask", B if mask == "where" else F, [batch, length])
    table = g.weight(items, width, scale=1.0)
    x = g.node("Add", g.node("Gather", table, ids), g.weight(length, width, scale=0.3))
    if post:
        x = g.layer_norm(x, width, norm)
    wide = g.node("Unsqueeze", valid, g.ints(1, 2))
    if mask == "add":
        wide = g.node("Mul", g.node("Sub", g.constant(1.0), wide), g.constant(-1e9))
        if causal:
            wide = g.node("Add", wide, g.constant(np.triu(np.full((length, length), -1e9), 1)))
    elif causal:
        wide = g.node("And", wide, g.constant(np.tril(np.ones((length, length))), bool))
    for _ in range(blocks):
        attended = lambda y: attend(g, y, width, heads, length, wide, mask, batch if isinstance(batch, int) else -1)
        fed = lambda y: g.linear(g.gelu(g.linear(y, width, 4 * width), gelu), 4 * width, width)
        for part in (attended, fed):
            x = g.layer_norm(g.node("Add", x, part(x)), width, norm) if post else g.node("Add", x, part(g.layer_norm(x, width, norm)))
    if not post:
        x = g.layer_norm(x, width, norm)
    weights = g.node("Cast", valid, to=F) if mask == "where" else valid
    count = g.node("ReduceSum", weights, g.ints(1), keepdims=1)
    total = g.node("ReduceSum", g.node("Mul", x, g.node("Unsqueeze", weights, g.ints(2))), g.ints(1), keepdims=0)
    query = g.unit(g.node("Div", total, count))
    if end == "query":
        g.output("query", query, F, [batch, width])
    else:
        rows = g.node("Transpose", g.unit(table), perm=[1, 0])
        g.output("logits", g.node("Div", g.node("MatMul", query, rows), g.constant(0.07)), F, [batch, items])
    return g.model()


def core(name, seed, items=200, width=16, length=10, style="parts"):
    """CORE-ave/-trm in small: unit item vectors, softmax weights over the valid places, unit mean, cosine logits."""
    g = Graph(name, seed)
    ids = g.input("ids", I, ["B", length])
    table = g.weight(items, width, scale=1.0)
    unit = g.unit(table, style)
    x = g.node("Gather", unit, ids)
    valid = g.node("Greater", ids, g.constant(0, np.int64))
    alpha = g.node("Squeeze", g.linear(g.node("Tanh", g.linear(x, width, width)), width, 1), g.ints(2))
    alpha = g.node("Softmax", g.node("Where", valid, alpha, g.constant(-9e15)), axis=-1)
    mean = g.node("ReduceSum", g.node("Mul", x, g.node("Unsqueeze", alpha, g.ints(2))), g.ints(1), keepdims=0)
    query = g.unit(mean, style)
    logits = g.node("Div", g.node("MatMul", query, g.node("Transpose", unit, perm=[1, 0])), g.constant(0.07))
    g.output("logits", logits, F, ["B", items])
    best, which = g.node("TopK", logits, g.ints(5), axis=-1, outputs=2)
    g.output("best", best, F, ["B", 5])
    g.output("which", which, I, ["B", 5])
    return g.model()


def mlp(name, seed, widths, end="Sigmoid", op="Gemm"):
    g = Graph(name, seed)
    x = g.input("x", F, ["B", widths[0]])
    for rows, columns in zip(widths, widths[1:]):
        last = columns == widths[-1]
        x = g.node("Gemm", x, g.weight(rows, columns), g.weight(columns)) if op == "Gemm" else g.linear(x, rows, columns)
        x = g.node(end if last else "Relu", x)
    g.output("y", x, F, ["B", widths[-1]])
    return g.model()


def sessions(random, batches, items, length, boolean=False):
    """Left-padded ids of 1..length items, with their masks; the first batch's sessions are full."""
    out = []
    for at, batch in enumerate(batches):
        ids = random.integers(1, items, (batch, length))
        kept = np.full(batch, length) if at == 0 else random.integers(1, length + 1, batch)
        mask = np.arange(length) >= length - kept[:, None]
        out.append({"ids": ids * mask, "mask": mask if boolean else mask.astype(np.float32)})
    return out


def entries():
    random = np.random.default_rng(30)
    for name, widths, batches in (("mlp-small", [6, 8, 1], [1, 5]), ("mlp", [64, 256, 256, 128, 10], [1, 7])):
        feeds = [{"x": random.standard_normal((b, widths[0]), np.float32)} for b in batches]
        bench = "-".join(map(str, ["mlp", *widths]))
        yield Entry(name, mlp(name, 1, widths), feeds, small=name == "mlp-small", bench=bench)
    feeds = [{"x": random.standard_normal((b, 12), np.float32)} for b in (1, 4)]
    yield Entry("mlp-softmax", mlp("mlp-softmax", 2, [12, 16, 4], "Softmax", "MatMul"), feeds)

    variants = {
        "encoder-post": {},
        "encoder-pre": {"post": False},
        "encoder-post-2": {"blocks": 2, "norm": "parts", "gelu": "tanh"},
        "encoder-pre-2": {"blocks": 2, "post": False, "norm": "parts", "end": "logits"},
        "encoder-causal": {"causal": True, "heads": 4},
        "encoder-where": {"mask": "where", "causal": False},
    }
    for name, options in variants.items():
        where = options.get("mask") == "where"
        yield Entry(name, encoder(name, 40, **options), sessions(random, [1, 4, 3], 100, 10, where))
    small = {"items": 12, "width": 8, "length": 4}
    for name, options in (("encoder-small", {}), ("encoder-small-where", {"mask": "where", "post": False, "norm": "parts"})):
        yield Entry(name, encoder(name, 41, **small, **options), sessions(random, [1, 3], 12, 4, "mask" in options), small=True)
    fixed = encoder("encoder-fixed", 42, items=5000, width=64, length=20, blocks=2, batch=1)
    yield Entry("encoder-fixed", fixed, sessions(random, [1, 1], 5000, 20), bench="attention-2-blocks-d64-L20")

    for name, options in (("core", {}), ("core-lp", {"style": "op"}), ("core-small", {"items": 12, "width": 4, "length": 5})):
        feeds = sessions(random, [1, 6], options.get("items", 200), options.get("length", 10))
        yield Entry(name, core(name, 50, **options), [{"ids": f["ids"]} for f in feeds], small=name == "core-small")
