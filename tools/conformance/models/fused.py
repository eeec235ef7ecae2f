"""Operators of onnxruntime's own domain, as its optimiser and its model builder write them: each option alone."""

import numpy as np
from models.build import F, T, Entry, Graph

HEADS, DEPTH = 4, 16
WIDTH = HEADS * DEPTH


def own(g, op, *inputs, **attributes):
    return g.node(op, *inputs, domain="com.microsoft", **attributes)


def tables(rows, half, base=100.0):
    angles = np.arange(rows)[:, None] * base ** (-np.arange(half) / half)
    return np.cos(angles), np.sin(angles)


def rotary(name, interleaved=0, heads=0, depth=DEPTH, turned=0, rank=3, first=False):
    g = Graph(name, 1)
    x = g.input("x", F, ["B", "S", HEADS * depth] if rank == 3 else ["B", HEADS, "S", depth])
    places = g.input("places", T.INT64, [1] if first else ["B", "S"])
    cos, sin = (g.constant(t) for t in tables(20, (turned or depth) // 2))
    y = own(g, "RotaryEmbedding", x, places, cos, sin, interleaved=interleaved, num_heads=heads, rotary_embedding_dim=turned)
    g.output("y", y, F, [None] * rank)
    return g.model()


def product(name, a, b, **attributes):
    g = Graph(name, 2)
    y = own(g, "FusedMatMul", g.input("a", F, a), g.input("b", F, b), **attributes)
    g.output("y", y, F, [None] * len(a))
    return g.model()


def multi_head(name, bias=False, padding=None, added=None, past=False, apart=False, **attributes):
    g = Graph(name, 3)
    q = g.input("q", F, ["B", "S", WIDTH])
    kv = ["B", HEADS, "L", DEPTH] if apart else ["B", "L", WIDTH]
    k, v = g.input("k", F, kv), g.input("v", F, kv)
    shift = g.weight(3 * WIDTH, scale=0.2) if bias else ""
    mask = g.input("mask", T.INT32, padding) if padding else ""
    more = g.input("more", F, added) if added else ""
    held = [g.input(n, F, ["B", HEADS, "P", DEPTH]) for n in ("pk", "pv")] if past else []
    out = own(g, "MultiHeadAttention", q, k, v, shift, mask, more, *held, outputs=3 if past else 1, num_heads=HEADS, **attributes)
    for n, value in zip(("y", "present_k", "present_v"), out if past else (out,)):
        g.output(n, value, F, [None] * (3 if n == "y" else 4))
    return g.model()


def grouped(name, total, kv=2, past=True, packed=False, rotate=False, turned=DEPTH, added=False, **attributes):
    g = Graph(name, 4)
    parts = [g.input("q", F, ["B", "S", (HEADS + 2 * kv if packed else HEADS) * DEPTH])]
    parts += ["", ""] if packed else [g.input(n, F, ["B", "S", kv * DEPTH]) for n in ("k", "v")]
    held = [g.input(n, F, ["B", kv, "P", DEPTH]) for n in ("pk", "pv")] if past else ["", ""]
    ends = g.input("ends", T.INT32, ["B"])
    turns = [g.constant(t) for t in tables(32, turned // 2)] if rotate else ["", ""]
    more = ["", g.input("more", F, ["B", 1, "S", total])] if added else []
    out = own(g, "GroupQueryAttention", *parts, *held, ends, g.constant(total, np.int32), *turns, *more, outputs=3,
              num_heads=HEADS, kv_num_heads=kv, do_rotary=int(rotate), **attributes)
    for n, value in zip(("y", "present_k", "present_v"), out):
        g.output(n, value, F, [None] * (3 if n == "y" else 4))
    return g.model()


def entries():
    random = np.random.default_rng(60)
    normal = lambda *shape: random.standard_normal(shape, np.float32)
    places = lambda b, s: random.integers(0, 20, (b, s))

    wide = {"x": normal(2, 3, WIDTH), "places": places(2, 3)}
    yield Entry("rotary", rotary("rotary"), [wide], small=True)
    yield Entry("rotary-pairs", rotary("rotary-pairs", interleaved=1), [wide])
    yield Entry("rotary-part", rotary("rotary-part", heads=HEADS, turned=4), [wide])
    yield Entry("rotary-first", rotary("rotary-first", first=True), [{"x": normal(2, 3, WIDTH), "places": np.array([7])}])
    yield Entry("rotary-apart", rotary("rotary-apart", rank=4), [{"x": normal(2, HEADS, 3, DEPTH), "places": places(2, 3)}])

    yield Entry("fused-matmul", product("fused-matmul", [2, 3, 4], [2, 4, 5], alpha=0.5), [{"a": normal(2, 3, 4), "b": normal(2, 4, 5)}], small=True)
    yield Entry("fused-matmul-a", product("fused-matmul-a", [2, 4, 3], [4, 5], transA=1), [{"a": normal(2, 4, 3), "b": normal(4, 5)}])
    yield Entry("fused-matmul-b", product("fused-matmul-b", [2, 1, 3, 8], [1, 4, 9, 8], transB=1, alpha=2.0), [{"a": normal(2, 1, 3, 8), "b": normal(1, 4, 9, 8)}])

    def fed(b=2, s=3, l=5, p=0, **more):
        feed = {"q": normal(b, s, WIDTH), "k": normal(b, l, WIDTH), "v": normal(b, l, WIDTH)}
        return feed | ({n: normal(b, HEADS, p, DEPTH) for n in ("pk", "pv")} if p else {}) | more

    keep = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], np.int32)
    yield Entry("multihead", multi_head("multihead"), [fed(), fed(1, 1, 1), fed(3, 20, 20)], small=True)
    yield Entry("multihead-bias", multi_head("multihead-bias", bias=True), [fed()])
    yield Entry("multihead-scale", multi_head("multihead-scale", scale=0.7), [fed()])
    yield Entry("multihead-causal", multi_head("multihead-causal", unidirectional=1), [fed(l=3), fed(s=20, l=20)])
    yield Entry("multihead-padding", multi_head("multihead-padding", padding=["B", "L"]), [fed(mask=keep)])
    yield Entry("multihead-ends", multi_head("multihead-ends", padding=["B"]), [fed(mask=np.array([3, 5], np.int32))])
    for name, shape in (("all", (2, HEADS, 3, 5)), ("one", (1, 1, 3, 5)), ("heads", (1, HEADS, 3, 5))):
        yield Entry(f"multihead-added-{name}", multi_head(f"multihead-added-{name}", added=list(shape)), [fed(more=normal(*shape))])
    yield Entry("multihead-past", multi_head("multihead-past", past=True), [fed(l=3, p=4), fed(1, 1, 1, 9)])
    yield Entry("multihead-past-causal", multi_head("multihead-past-causal", past=True, unidirectional=1), [fed(l=3, p=4)])
    apart = {"q": normal(2, 3, WIDTH), "k": normal(2, HEADS, 5, DEPTH), "v": normal(2, HEADS, 5, DEPTH)}
    yield Entry("multihead-apart", multi_head("multihead-apart", apart=True), [apart])

    def asked(b, s, p=0, kv=2, ends=None, packed=False, **more):
        feed = {"q": normal(b, s, (HEADS + 2 * kv) * DEPTH)} if packed else {"q": normal(b, s, WIDTH)} | {n: normal(b, s, kv * DEPTH) for n in ("k", "v")}
        feed |= {n: normal(b, kv, p, DEPTH) for n in ("pk", "pv")} if p is not None else {}
        return feed | {"ends": np.array(ends or [(p or 0) + s - 1] * b, np.int32)} | more

    yield Entry("grouped-prompt", grouped("grouped-prompt", 5), [asked(2, 5)], small=True)
    yield Entry("grouped-bare", grouped("grouped-bare", 5, past=False), [asked(2, 5, None)])
    yield Entry("grouped-next", grouped("grouped-next", 8), [asked(2, 1, 7)], small=True)
    yield Entry("grouped-next-ragged", grouped("grouped-next-ragged", 8), [asked(2, 1, 7, ends=[7, 4])])
    yield Entry("grouped-more", grouped("grouped-more", 12), [asked(1, 3, 9)])
    yield Entry("grouped-packed", grouped("grouped-packed", 8, packed=True), [asked(2, 1, 7, packed=True)])
    for pairs in (0, 1):
        for s, p in ((6, 0), (1, 7), (3, 5)):
            name = f"grouped-rotary{pairs}-{s}-{p}"
            b = 1 if s == 3 else 2
            yield Entry(name, grouped(name, s + p, rotate=True, rotary_interleaved=pairs), [asked(b, s, p)])
    yield Entry("grouped-rotary-packed", grouped("grouped-rotary-packed", 8, rotate=True, packed=True), [asked(2, 1, 7, packed=True)])
    for s, p in ((9, 0), (1, 9), (3, 6)):
        name = f"grouped-window-{s}-{p}"
        yield Entry(name, grouped(name, s + p, local_window_size=4), [asked(1, s, p)])
    yield Entry("grouped-cap", grouped("grouped-cap", 8, softcap=1.5, scale=0.6), [asked(2, 1, 7)])
    yield Entry("grouped-one", grouped("grouped-one", 6, kv=1), [asked(2, 6, kv=1)])
    yield Entry("grouped-added", grouped("grouped-added", 8, added=True), [asked(2, 1, 7, more=normal(2, 1, 1, 8))])
