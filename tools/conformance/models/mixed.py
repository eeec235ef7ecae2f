"""Trees, the operators around them and arithmetic in one graph: encoders in front of forests, forests in front of networks."""

import numpy as np
from models.build import Entry, F, Graph, I, S
from onnx import TensorProto, helper

ML = "ai.onnx.ml"
CITIES = ["Aarhus", "Bergen", "Cork", "Delft", "Évora"]


def forest(g, trees, depth, features, targets):
    """Attributes of full trees with drawn questions, less the prefix of their votes: `nodes_…`, and votes of every leaf."""
    nodes = {k: [] for k in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids")}
    votes = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}
    inner = 2**depth - 1
    for tree in range(trees):
        for node in range(2 * inner + 1):
            leaf = node >= inner
            nodes["treeids"].append(tree)
            nodes["nodeids"].append(node)
            nodes["featureids"].append(0 if leaf else int(g.random.integers(features)))
            nodes["modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            nodes["values"].append(0.0 if leaf else float(np.float32(g.random.standard_normal() * 0.4)))
            nodes["truenodeids"].append(0 if leaf else 2 * node + 1)
            nodes["falsenodeids"].append(0 if leaf else 2 * node + 2)
            for target in range(targets if leaf else 0):
                votes["treeids"].append(tree)
                votes["nodeids"].append(node)
                votes["ids"].append(target)
                votes["weights"].append(float(np.float32(g.random.standard_normal() / trees)))
    return {f"nodes_{k}": v for k, v in nodes.items()}, votes


def regressor(g, x, trees, depth, features, targets=1, **more):
    nodes, votes = forest(g, trees, depth, features, targets)
    attributes = {f"target_{k}": v for k, v in votes.items()}
    return g.node("TreeEnsembleRegressor", x, domain=ML, n_targets=targets, **nodes, **attributes, **more)


def classifier(g, x, trees, depth, features, classes, labels, **more):
    nodes, votes = forest(g, trees, depth, features, classes)
    attributes = {f"class_{k}": v for k, v in votes.items()}
    return g.node("TreeEnsembleClassifier", x, outputs=2, domain=ML, **labels, **nodes, **attributes, **more)


def texts(g, values):
    name = g.fresh("t")
    g.weights.append(helper.make_tensor(name, TensorProto.STRING, [len(values)], [v.encode() for v in values]))
    return name


def network(g, x, *widths):
    for rows, columns in zip(widths, widths[1:-1]):
        x = g.node("Relu", g.linear(x, rows, columns))
    return g.linear(x, *widths[-2:])


def numbers(width, batches=(1, 2, 9), seed=71):
    random = np.random.default_rng(seed)
    return [{"x": random.standard_normal((b, width)).astype(np.float32)} for b in batches]


def cities(rows, random):
    return np.array(CITIES + ["Nowhere"], object)[random.integers(0, 6, rows)]


def embedding_forest():
    g = Graph("embedding-forest", 701)
    rows = g.node("Gather", g.weight(50, 8), g.input("ids", I, ["n", "length"]))
    g.output("y", regressor(g, g.node("ReduceMean", rows, axes=[1], keepdims=0), 24, 4, 8), F, ["n", 1])
    random = np.random.default_rng(72)
    return g, [{"ids": random.integers(0, 50, (n, l))} for n, l in ((1, 5), (8, 5), (3, 9))]


def encoder_forest():
    """A block of attention in front of a forest of two targets, fixed shapes."""
    g = Graph("encoder-forest", 702)
    x = g.node("Gather", g.weight(40, 16), g.input("ids", I, [2, 6]))
    q, k, v = (g.linear(x, 16, 16) for _ in range(3))
    scores = g.node("Softmax", g.node("MatMul", q, g.node("Transpose", k, perm=[0, 2, 1])), axis=-1)
    x = g.layer_norm(g.node("Add", x, g.node("MatMul", scores, v)), 16)
    pooled = g.node("ReduceMax", x, axes=[1], keepdims=0)
    g.output("y", regressor(g, pooled, 12, 3, 16, targets=2, aggregate_function="AVERAGE"), F, [2, 2])
    return g, [{"ids": np.random.default_rng(s).integers(0, 40, (2, 6))} for s in (73, 74)]


def category_network():
    """A category as text finds its row of an embedding; numbers are imputed and scaled."""
    g = Graph("category-network", 703)
    city, x = g.input("city", S, ["n", 1]), g.input("x", F, ["n", 3])
    place = g.node("LabelEncoder", city, domain=ML, keys_strings=CITIES, values_int64s=list(range(1, 6)), default_int64=0)
    row = g.node("Reshape", g.node("Gather", g.weight(6, 4), place), g.ints(-1, 4))
    x = g.node("Imputer", x, domain=ML, imputed_value_floats=[0.5, -1.0, 0.25], replaced_value_float=float("nan"))
    x = g.node("Scaler", x, domain=ML, offset=[0.1, -0.2, 0.3], scale=[2.0, 0.5, 1.5])
    g.output("y", g.node("Sigmoid", network(g, g.node("Concat", row, x, axis=1), 7, 6, 1)), F, ["n", 1])
    random, feeds = np.random.default_rng(75), []
    for rows in (1, 4, 11):
        x = random.standard_normal((rows, 3)).astype(np.float32)
        x[random.random(x.shape) < 0.3] = np.nan
        feeds.append({"city": cities(rows, random)[:, None], "x": x})
    return g, feeds


def network_labels():
    """As skl2onnx writes MLPClassifier over texts: the class by ArrayFeatureExtractor, the table beside it."""
    g = Graph("network-labels", 704)
    x = g.node("Scaler", g.input("x", F, ["n", 5]), domain=ML, offset=[0.0] * 5, scale=[0.5] * 5)
    table = g.node("Softmax", network(g, x, 5, 8, 3), axis=-1)
    best = g.node("ArgMax", table, axis=1, keepdims=1)
    label = g.node("ArrayFeatureExtractor", texts(g, ["no", "yes", "perhaps"]), best, domain=ML)
    g.output("label", g.node("Reshape", label, g.ints(-1)), S, ["n"])
    g.output("table", table, F, ["n", 3])
    return g, numbers(5)


def network_encoder(name, seed, **values):
    g = Graph(name, seed)
    best = g.node("ArgMax", network(g, g.input("x", F, ["n", 4]), 4, 6, 4), axis=-1, keepdims=0)
    to = S if "values_strings" in values else I
    g.output("label", g.node("LabelEncoder", best, domain=ML, keys_int64s=[0, 1, 3], **values), to, ["n"])
    return g, numbers(4)


def stacking():
    """A forest's probabilities beside what it was asked, in a network; its labels leave as they are."""
    g = Graph("stacking", 706)
    x = g.input("x", F, ["n", 6])
    labels = {"classlabels_strings": ["lost", "kept", "won"]}
    label, table = classifier(g, x, 10, 3, 6, 3, labels, post_transform="SOFTMAX")
    g.output("label", label, S, ["n"])
    g.output("y", g.node("Tanh", network(g, g.node("Concat", x, table, axis=1), 9, 8, 2)), F, ["n", 2])
    return g, numbers(6)


def boosted_residue():
    """A network's output corrected by a forest with 64-bit thresholds, summed in 64 bits."""
    g = Graph("boosted-residue", 707)
    x = g.input("x", F, ["n", 5])
    y = network(g, x, 5, 6, 1)
    nodes, votes = forest(g, 8, 3, 5, 1)
    nodes["nodes_values_as_tensor"] = helper.make_tensor("t", TensorProto.DOUBLE, [len(nodes["nodes_values"])], nodes.pop("nodes_values"))
    weights = votes.pop("weights")
    votes["weights_as_tensor"] = helper.make_tensor("w", TensorProto.DOUBLE, [len(weights)], weights)
    attributes = {f"target_{k}": v for k, v in votes.items()}
    more = g.node("TreeEnsembleRegressor", g.node("Cast", x, to=TensorProto.DOUBLE), domain=ML, n_targets=1, **nodes, **attributes)
    g.output("y", g.node("Add", y, more), F, ["n", 1])
    return g, numbers(5)


def linear_head():
    """A linear classifier with integer labels behind a network, its columns normalised."""
    g = Graph("linear-head", 708)
    x = g.node("Normalizer", network(g, g.input("x", F, ["n", 4]), 4, 6), domain=ML, norm="L2")
    weights = {"coefficients": g.random.standard_normal(18).tolist(), "intercepts": [0.1, -0.1, 0.0]}
    label, scores = g.node("LinearClassifier", x, outputs=2, domain=ML, classlabels_ints=[7, 3, 5], post_transform="SOFTMAX", multi_class=1, **weights)
    g.output("label", label, I, ["n"])
    g.output("scores", g.node("Log", scores), F, ["n", 3])
    return g, numbers(4)


def bag_of_categories():
    """Texts one-hot, averaged over a sequence, beside columns put side by side."""
    g = Graph("bag-of-categories", 709)
    city, x, count = g.input("city", S, ["n", 4]), g.input("x", F, ["n", 2]), g.input("count", I, ["n", 1])
    bag = g.node("ReduceMean", g.node("OneHotEncoder", city, domain=ML, cats_strings=CITIES, zeros=1), axes=[1], keepdims=0)
    columns = g.node("FeatureVectorizer", bag, x, g.node("Cast", count, to=TensorProto.FLOAT), domain=ML, inputdimensions=[5, 2, 1])
    g.output("y", network(g, columns, 8, 5, 2), F, ["n", 2])
    random, feeds = np.random.default_rng(76), []
    for rows in (1, 5):
        x = random.standard_normal((rows, 2)).astype(np.float32)
        feeds.append({"city": cities(rows * 4, random).reshape(rows, 4), "x": x, "count": random.integers(0, 9, (rows, 1))})
    return g, feeds


def gated():
    """A threshold of a network's score gates a forest's."""
    g = Graph("gated", 710)
    x = g.input("x", F, [3, 4])
    gate = g.node("Binarizer", network(g, x, 4, 5, 1), domain=ML, threshold=0.1)
    g.output("y", g.node("Mul", gate, regressor(g, x, 6, 3, 4)), F, [3, 1])
    return g, numbers(4, (3, 3))


def entries():
    made = [embedding_forest(), encoder_forest(), category_network(), network_labels(), stacking(), boosted_residue(), linear_head()]
    made += [bag_of_categories(), gated()]
    made.append(network_encoder("network-encoder", 705, values_strings=["a", "bb", "ccc"], default_string="?"))
    made.append(network_encoder("network-codes", 711, values_int64s=[100, 200, 400], default_int64=-7))
    for g, feeds in made:
        yield Entry(g.name, g.model(), feeds)
