"""Small convolutional networks, in one and two dimensions."""

import numpy as np
from models.build import F, Entry, Graph


def norm(g, x, channels):
    positive = g.node("Abs", g.weight(channels, scale=1.0))
    return g.node("BatchNormalization", x, g.weight(channels, scale=1.0), g.weight(channels), g.weight(channels), positive, epsilon=1e-3)


def cnn(name, seed, side=12, classes=5):
    """Conv, depthwise Conv, pools and a residual sum, then a classifier."""
    g = Graph(name, seed)
    x = g.input("image", F, ["B", 3, side, side])
    conv = lambda x, out, each, size=3, **o: g.node("Conv", x, g.weight(out, each, size, size, scale=(each * size * size) ** -0.5), g.weight(out), **o)
    x = g.node("Relu", norm(g, conv(x, 8, 3, pads=[1, 1, 1, 1], strides=[2, 2]), 8))
    y = g.node("Clip", conv(x, 8, 1, pads=[1, 1, 1, 1], group=8), g.constant(0.0), g.constant(6.0))
    x = g.node("Add", x, conv(y, 8, 8, 1))
    x = g.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = g.node("LeakyRelu", conv(x, 16, 8, auto_pad="SAME_UPPER"), alpha=0.1)
    x = g.node("AveragePool", x, kernel_shape=[2, 2], strides=[1, 1], pads=[0, 0, 1, 1])
    x = g.node("Flatten", g.node("GlobalAveragePool", x))
    g.output("scores", g.node("Softmax", g.linear(x, 16, classes)), F, ["B", classes])
    return g.model()


def caser(name, seed, items=20, width=4, length=6):
    """Caser in small: convolutions over the window of item vectors, across and along."""
    g = Graph(name, seed)
    ids = g.input("ids", 7, ["B", length])
    x = g.node("Unsqueeze", g.node("Gather", g.weight(items, width, scale=1.0), ids), g.ints(1))
    across = []
    for rows in (2, 3):
        y = g.node("Relu", g.node("Conv", x, g.weight(4, 1, rows, width), g.weight(4)))
        y = g.node("MaxPool", g.node("Squeeze", y, g.ints(3)), kernel_shape=[length - rows + 1])
        across.append(g.node("Squeeze", y, g.ints(2)))
    along = g.node("Flatten", g.node("Conv", x, g.weight(2, 1, length, 1), g.weight(2)))
    x = g.node("Concat", *across, along, axis=1)
    g.output("logits", g.linear(x, 8 + 2 * width, items), F, ["B", items])
    return g.model()


def entries():
    random = np.random.default_rng(70)
    images = [{"image": random.standard_normal((b, 3, 12, 12), np.float32)} for b in (1, 3)]
    yield Entry("cnn", cnn("cnn", 70), images)
    windows = [{"ids": random.integers(0, 20, (b, 6))} for b in (1, 3)]
    yield Entry("caser", caser("caser", 71), windows, small=True)
