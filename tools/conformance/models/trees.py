"""Tree ensembles trained on drawn data by scikit-learn, LightGBM and XGBoost, as their converters write them."""

import lightgbm
import numpy as np
import onnxruntime
import xgboost
from models.build import Entry
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as Floats
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn import ensemble, tree

FEATURES = 15
# Trees are discontinuous, and thresholds are doubles in training: inputs are drawn apart from them, in float32.
OPSETS = {"": 17, "ai.onnx.ml": 3}


def data(rows, seed, classes=2, features=FEATURES):
    random = np.random.default_rng(seed)
    x = random.standard_normal((rows, features)).astype(np.float32)
    score = x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + 0.5 * x[:, 3] + random.standard_normal(rows)
    cuts = np.quantile(score, np.arange(1, classes) / classes)
    return x, np.digitize(score, cuts), score.astype(np.float32)


def feeds(name, batches, features=FEATURES, seed=90):
    random = np.random.default_rng(seed)
    return [{name: random.standard_normal((b, features)).astype(np.float32)} for b in batches]


def decided(model, feed):
    """Without the rows on which a forest's votes are even: there the order of a sum makes the label."""
    (votes,) = onnxruntime.InferenceSession(model.SerializeToString()).run(["probabilities"], feed)
    return {"x": feed["x"][np.abs(votes[:, 0] - 0.5) > 1e-3]}


def sklearn_onnx(model, opsets=OPSETS, features=FEATURES, **options):
    return to_onnx(model, initial_types=[("x", FloatTensorType([None, features]))], options={id(model): options} if options else None, target_opset=opsets)


def boosted():
    """(name, onnx) of gradient-boosted trees: 100 trees of depth 6, and small ones of every objective."""
    light = {"n_jobs": 1, "verbose": -1, "random_state": 0, "deterministic": True, "force_row_wise": True}
    typed = {"initial_types": [("x", Floats([None, FEATURES]))], "target_opset": 15}
    lgb = lambda model, x, y: convert_lightgbm(model.fit(x, y), **typed, zipmap=False)
    xgb = lambda model, x, y: convert_xgboost(model.fit(x, y), **typed)
    x, two, score = data(4000, 80)
    four = data(4000, 80, classes=4)[1]
    holes = np.where(np.random.default_rng(81).random(x.shape) < 0.2, np.nan, x).astype(np.float32)
    size = {"n_estimators": 100, "max_depth": 6}
    few = {"n_estimators": 8, "max_depth": 3}
    fewer = {"n_estimators": 3, "max_depth": 3}  # for each class
    leaves = {"num_leaves": 8}
    grown = {"n_jobs": 1, "random_state": 0, "tree_method": "hist"}
    yield "lightgbm-100x6", lgb(lightgbm.LGBMClassifier(**size, num_leaves=64, **light), x, two)
    yield "lightgbm-small", lgb(lightgbm.LGBMClassifier(**few, **leaves, **light), x, two)
    yield "lightgbm-multi", lgb(lightgbm.LGBMClassifier(**fewer, **leaves, **light), x, four)
    yield "lightgbm-regressor", lgb(lightgbm.LGBMRegressor(**few, **leaves, **light), x, score)
    yield "lightgbm-holes", lgb(lightgbm.LGBMClassifier(**few, **leaves, **light), holes, two)
    yield "lightgbm-poisson", lgb(lightgbm.LGBMRegressor(objective="poisson", **few, **leaves, **light), x, np.exp(score / 4))
    yield "xgboost-100x6", xgb(xgboost.XGBClassifier(**size, **grown), x, two)
    yield "xgboost-small", xgb(xgboost.XGBClassifier(**few, **grown), x, two)
    yield "xgboost-multi", xgb(xgboost.XGBClassifier(**fewer, **grown), x, four)
    yield "xgboost-regressor", xgb(xgboost.XGBRegressor(**few, **grown), x, score)
    yield "xgboost-holes", xgb(xgboost.XGBClassifier(**few, **grown), holes, two)
    yield "xgboost-base", xgb(xgboost.XGBRegressor(base_score=2.5, **few, **grown), x, score)


def forests():
    """(name, onnx) of scikit-learn's ensembles."""
    x, two, score = data(4000, 82)
    three = data(4000, 82, classes=3)[1]
    words = np.array(["low", "middle", "high"])[three]
    one = {"random_state": 0}
    few = {"n_estimators": 6, "max_depth": 4, **one}
    fewer = {"n_estimators": 3, "max_depth": 3, **one}
    proba = {"zipmap": False}
    large_x, large_y, _ = data(2900, 83)
    large = ensemble.RandomForestClassifier(100, random_state=0).fit(large_x, large_y)
    yield "forest-100", sklearn_onnx(large, **proba)
    yield "forest-small", sklearn_onnx(ensemble.RandomForestClassifier(**few).fit(x, two), **proba)
    yield "forest-multi", sklearn_onnx(ensemble.RandomForestClassifier(**few).fit(x, three), **proba)
    yield "forest-words", sklearn_onnx(ensemble.RandomForestClassifier(**few).fit(x, words), **proba)
    yield "forest-regressor", sklearn_onnx(ensemble.RandomForestRegressor(**few).fit(x, score))
    yield "forest-regressor-two", sklearn_onnx(ensemble.RandomForestRegressor(**few).fit(x, np.stack([score, -2 * score], 1)))
    yield "forest-extra", sklearn_onnx(ensemble.ExtraTreesClassifier(**few).fit(x, two), **proba)
    yield "forest-newest", sklearn_onnx(ensemble.RandomForestClassifier(**few).fit(x, two), opsets={"": 22, "ai.onnx.ml": 5}, **proba)
    yield "forest-regressor-newest", sklearn_onnx(ensemble.RandomForestRegressor(**few).fit(x, score), opsets={"": 22, "ai.onnx.ml": 5})
    yield "forest-raw", sklearn_onnx(ensemble.GradientBoostingClassifier(**few).fit(x, two), raw_scores=True, **proba)
    yield "boosting", sklearn_onnx(ensemble.GradientBoostingClassifier(**few).fit(x, two), **proba)
    yield "boosting-multi", sklearn_onnx(ensemble.GradientBoostingClassifier(**fewer).fit(x, three), **proba)
    yield "boosting-regressor", sklearn_onnx(ensemble.GradientBoostingRegressor(**few).fit(x, score))
    yield "tree", sklearn_onnx(tree.DecisionTreeClassifier(max_depth=4, **one).fit(x, two), **proba)
    yield "tree-regressor", sklearn_onnx(tree.DecisionTreeRegressor(max_depth=4, **one).fit(x, score))
    yield "ada", sklearn_onnx(ensemble.AdaBoostClassifier(tree.DecisionTreeClassifier(max_depth=2, **one), n_estimators=5, **one).fit(x, two), **proba)
    yield "isolation", sklearn_onnx(ensemble.IsolationForest(n_estimators=5, max_samples=32, **one).fit(x), opsets={"": 17, "ai.onnx.ml": 3})


BENCH = {"lightgbm-100x6": ("trees-100x6", [1, 1000]), "forest-100": ("forest-100", [1])}
SMALL = ("lightgbm-small", "lightgbm-multi", "xgboost-small", "xgboost-multi", "xgboost-base", "forest-words", "forest-regressor-two", "boosting-multi")


def entries():
    for name, model in [*boosted(), *forests()]:
        made = feeds("x", [1, 6, 1000] if "100" in name else [1, 6])
        if "holes" in name:
            for feed in made:
                feed["x"][:, ::4] = np.nan
        if name == "forest-100":
            made = [decided(model, feed) for feed in made]
        yield Entry(name, model, made, small=name in SMALL)
        for batch in BENCH.get(name, ("", []))[1]:
            bench = f"{BENCH[name][0]}-batch-{batch}"
            yield Entry(bench, model, feeds("x", [batch]), bench=bench)
