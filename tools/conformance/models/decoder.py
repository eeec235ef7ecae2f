"""Small language models with a KV cache, as exporters write them: one step, or a whole prompt."""

import numpy as np
from models.build import F, I, Entry, Graph


class Decoder:
    """`steps` new tokens after `past` cached ones; a number is fixed, a word is a symbol, past None is no cache input."""

    def __init__(self, name, seed, steps, past, vocabulary=48, width=16, heads=2, layers=2, wide=40, positions=64, style="gpt"):
        self.steps, self.past, self.heads, self.split, self.width, self.wide, self.style = steps, past, heads, width // heads, width, wide, style
        self.layers, self.vocabulary = layers, vocabulary
        g = self.g = Graph(name, seed)
        self.norm, self.act = ("op", lambda x: g.gelu(x, "tanh")) if style == "gpt" else ("rms", g.silu)
        ids, self.at = g.input("input_ids", I, [1, steps]), g.input("position_ids", I, [1, steps])
        table = g.weight(vocabulary, width, scale=1.0)
        x = g.node("Gather", table, ids)
        if style == "gpt":
            x = g.node("Add", x, g.node("Gather", g.weight(positions, width, scale=0.3), self.at))
        else:
            angle = np.arange(positions)[:, None] / 10_000 ** (np.arange(self.split // 2) * 2 / self.split)
            wave = lambda f: g.node("Unsqueeze", g.node("Gather", g.constant(f(angle)), self.at), g.ints(1))
            self.cosine, self.sine = wave(np.cos), wave(np.sin)
        self.mask = None
        for layer in range(layers):
            x = g.node("Add", x, self.attend(layer, g.layer_norm(x, width, self.norm)))
            x = g.node("Add", x, self.feed(g.layer_norm(x, width, self.norm)))
        x = g.layer_norm(x, width, self.norm)
        g.output("logits", g.node("MatMul", x, g.node("Transpose", table, perm=[1, 0])), F, [1, steps, vocabulary])
        for name, value in self.present:
            g.output(name, value, F, [1, heads, self.total(), self.split])

    present = ()

    def total(self):
        numbers = isinstance(self.steps, int) and isinstance(self.past or 0, int)
        return self.steps + (self.past or 0) if numbers else "total"

    def rotate(self, x):
        g = self.g
        low, high = g.node("Split", x, g.ints(self.split // 2, self.split // 2), outputs=2, axis=-1)
        mul = lambda a, b: g.node("Mul", a, b)
        left = g.node("Sub", mul(low, self.cosine), mul(high, self.sine))
        return g.node("Concat", left, g.node("Add", mul(high, self.cosine), mul(low, self.sine)), axis=-1)

    def attend(self, layer, x):
        g, name = self.g, lambda kind: f"{kind}.{layer}"
        shape = g.ints(1, -1, self.heads, self.split)
        part = lambda: g.node("Transpose", g.node("Reshape", g.linear(x, self.width, self.width, bias=self.style == "gpt"), shape), perm=[0, 2, 1, 3])
        q, k, v = part(), part(), part()
        if self.style == "rope":
            q, k = self.rotate(q), self.rotate(k)
        if self.past is not None:
            size = [1, self.heads, self.past, self.split]
            k = g.node("Concat", g.input(name("past_key"), F, size), k, axis=2)
            v = g.node("Concat", g.input(name("past_value"), F, size), v, axis=2)
        self.present = (*self.present, (name("present_key"), k), (name("present_value"), v))
        scores = g.node("MatMul", q, g.node("Transpose", k, perm=[0, 1, 3, 2]))
        scores = g.node("Mul", scores, g.constant(self.split**-0.5))
        if self.steps != 1:
            scores = g.node("Where", self.causal(k), scores, g.constant(-np.inf))
        mixed = g.node("Transpose", g.node("MatMul", g.node("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
        return g.linear(g.node("Reshape", mixed, g.ints(1, -1, self.width)), self.width, self.width, bias=self.style == "gpt")

    def causal(self, k):
        """[steps, total]: a token sees those at its place and before."""
        if self.mask is None:
            g = self.g
            if isinstance(self.steps, int) and self.past is None:
                self.mask = g.constant(np.tril(np.ones((self.steps, self.steps))), bool)
            else:
                total = g.node("Gather", g.node("Shape", k), g.constant(2, np.int64), axis=0)
                places = g.node("Range", g.constant(0, np.int64), total, g.constant(1, np.int64))
                rows = g.node("Reshape", self.at, g.ints(-1, 1))
                self.mask = g.node("LessOrEqual", places, rows)
        return self.mask

    def feed(self, x):
        g = self.g
        if self.style == "gpt":
            return g.linear(self.act(g.linear(x, self.width, self.wide)), self.wide, self.width)
        gate = self.act(g.linear(x, self.width, self.wide, bias=False))
        return g.linear(g.node("Mul", gate, g.linear(x, self.width, self.wide, bias=False)), self.wide, self.width, bias=False)

    def feeds(self, random, shapes):
        """`shapes`: (steps, past) of each set of inputs."""
        out = []
        for steps, past in shapes:
            feed = {"input_ids": random.integers(0, self.vocabulary, (1, steps)), "position_ids": np.arange(past, past + steps)[None]}
            for layer in range(self.layers if self.past is not None else 0):
                for kind in ("past_key", "past_value"):
                    feed[f"{kind}.{layer}"] = random.standard_normal((1, self.heads, past, self.split), np.float32)
            out.append(feed)
        return out


def entries():
    random = np.random.default_rng(60)

    def entry(name, seed, steps, past, shapes, small=False, bench=None, **options):
        made = Decoder(name, seed, steps, past, **options)
        return Entry(name, made.g.model(), made.feeds(random, shapes), small=small, bench=bench)

    # 3.7 M weights: six layers of width 256.
    large = {"vocabulary": 512, "width": 256, "heads": 4, "layers": 6, "wide": 640, "positions": 128}
    yield entry("decode", 60, 1, "P", [(1, 63), (1, 64)], bench="decode-f32-3.7M", **large)
    yield entry("prefill", 60, 64, None, [(64, 0)], bench="prefill-f32-64x256x6", **large)
    for style in ("gpt", "rope"):
        every = [(5, 0), (1, 5), (3, 6)]
        yield entry(f"decoder-{style}-open", 61, "S", "P", every, style=style)
        yield entry(f"decoder-{style}-step", 62, 1, "P", [(1, 4), (1, 5), (1, 30)], style=style)
        yield entry(f"decoder-{style}-prompt", 63, 6, None, [(6, 0)], style=style)
        yield entry(f"decoder-{style}-prompt-open", 64, "S", None, [(3, 0), (9, 0)], style=style)
    tiny = {"vocabulary": 12, "width": 8, "layers": 1, "wide": 8, "positions": 16}
    yield entry("decoder-tiny-open", 65, "S", "P", [(3, 0), (1, 3), (2, 4)], small=True, style="rope", **tiny)
    yield entry("decoder-tiny-step", 66, 1, "P", [(1, 3), (1, 4)], small=True, **tiny)
