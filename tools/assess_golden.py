#!/usr/bin/env python3
"""Records what reference implementations answer, for the tests of src/assess: models exported to ONNX, the scores of their
libraries, Shapley values by shap (path dependent), calibrations and measures by scikit-learn.
Usage: tools/assess_golden.py    writes tests/fixtures/assess/*.onnx and golden.json

Recorded with scikit-learn 1.9.1, lightgbm 4.7.0, xgboost 3.2.0, catboost 1.2.10, onnxmltools 1.16.0, skl2onnx 1.20.0, shap 0.51.0.
"""
import json
from pathlib import Path

import catboost
import lightgbm
import numpy as np
import onnxmltools
import shap
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as OnnxFloats
from skl2onnx import to_onnx
from sklearn.calibration import _SigmoidCalibration
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

OUT = Path(__file__).resolve().parent.parent / "tests/fixtures/assess"
FEATURES = 6
TOLD = 20  # rows whose Shapley values are recorded


def numbers(values, digits=None):
    """JSON numbers, null where NaN."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    return [None if np.isnan(v) else (round(float(v), digits) if digits else float(v)) for v in flat]


def data():
    """Rows as 32-bit floats of few digits, and labels that depend on them."""
    rng = np.random.default_rng(7)
    x = np.round(rng.normal(size=(700, FEATURES)), 2)
    # LightGBM's thresholds lie half way between values, and exports round them to 32 bits: no held value lies on one.
    x[500:] += 0.003
    x = x.astype(np.float32)
    x[:, 4] = rng.integers(0, 5, size=700)  # a count
    risk = 1.3 * x[:, 0] - 0.8 * x[:, 1] * (x[:, 2] > 0) + 0.5 * x[:, 4] - 2.6
    y = (rng.uniform(size=700) < 1 / (1 + np.exp(-risk))).astype(int)
    return x[:500], y[:500], x[500:], y[500:]


def shapley(model, rows):
    """Values of the positive class and their base, before any link."""
    told = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    values, base = told.shap_values(rows, check_additivity=False), told.expected_value
    if isinstance(values, list):
        values = values[1]
    if values.ndim == 3:
        values = values[:, :, 1]
    base = float(np.ravel(base)[-1])
    return {"shap": numbers(values), "base": base}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    x, y, held, labels = data()
    gaps = x.copy(), held.copy()
    for table in gaps:  # missing values for the models that take them
        table[::7, 2] = np.nan
        table[::11, 0] = np.nan
    models = {}

    def record(name, onnx, scores, told=None, missing=False):
        # What has no bearing on answers only takes room.
        onnx.doc_string = ""
        (OUT / f"{name}.onnx").write_bytes(onnx.SerializeToString())
        models[name] = {"scores": numbers(np.asarray(scores, dtype=np.float32)), "missing": missing} | (told or {})

    first = [("input", OnnxFloats([None, FEATURES]))]
    common = dict(n_estimators=12, learning_rate=0.2, random_state=1, n_jobs=1)
    lgbm = lightgbm.LGBMClassifier(num_leaves=9, min_child_samples=5, verbose=-1, deterministic=True, force_row_wise=True, **common)
    lgbm.fit(gaps[0], y)
    for name, zipmap in [("lightgbm", False), ("lightgbm_zipmap", True)]:
        onnx = onnxmltools.convert_lightgbm(lgbm, initial_types=first, zipmap=zipmap)
        record(name, onnx, lgbm.predict_proba(gaps[1])[:, 1], shapley(lgbm, gaps[1][:TOLD]), missing=True)
    deep = lightgbm.LGBMClassifier(num_leaves=24, min_child_samples=2, verbose=-1, deterministic=True, force_row_wise=True, **common)
    deep.fit(x, y)
    onnx = onnxmltools.convert_lightgbm(deep, initial_types=first, zipmap=False)
    record("lightgbm_deep", onnx, deep.predict_proba(held)[:, 1], shapley(deep, held[:TOLD]))
    xgb = xgboost.XGBClassifier(max_depth=3, **common)
    xgb.fit(gaps[0], y)
    onnx = onnxmltools.convert_xgboost(xgb, initial_types=first)
    record("xgboost", onnx, xgb.predict_proba(gaps[1])[:, 1], missing=True)
    cat = catboost.CatBoostClassifier(iterations=12, depth=4, learning_rate=0.2, random_seed=1, thread_count=1, verbose=False,
                                      allow_writing_files=False)
    cat.fit(x, y)
    cat.save_model(str(OUT / "catboost.onnx"), format="onnx")
    import onnx as onnx_module
    record("catboost", onnx_module.load(str(OUT / "catboost.onnx")), cat.predict_proba(held)[:, 1])
    plain = {"zipmap": False}
    for name, model in [
        ("boosting", GradientBoostingClassifier(n_estimators=12, max_depth=3, random_state=1)),
        ("forest", RandomForestClassifier(n_estimators=6, max_depth=5, bootstrap=False, max_features=3, random_state=1)),
        ("extra", ExtraTreesClassifier(n_estimators=5, max_depth=6, random_state=1)),
    ]:
        model.fit(x, y)
        record(name, to_onnx(model, x[:1], options={id(model): plain}), model.predict_proba(held)[:, 1], shapley(model, held[:TOLD]))
    for name, model in [
        ("logistic", make_pipeline(StandardScaler(), LogisticRegression())),
        ("network", make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=300, random_state=1))),
    ]:
        model.fit(x, y)
        record(name, to_onnx(model, x[:1], options={id(model): plain}), model.predict_proba(held)[:, 1])
    line = LinearRegression().fit(x, y)
    record("linear", to_onnx(line, x[:1]), line.predict(held).ravel())
    named = RandomForestClassifier(n_estimators=3, max_depth=3, bootstrap=False, random_state=1).fit(x, np.where(y == 1, "fraud", "honest"))
    record("words", to_onnx(named, x[:1], options={id(named): plain}), named.predict_proba(held)[:, 0])

    scores = lgbm.predict_proba(gaps[1])[:, 1].astype(np.float32)
    isotonic = IsotonicRegression(out_of_bounds="clip", y_min=0, y_max=1).fit(scores, labels)
    grid = np.linspace(0, 1, 101, dtype=np.float32)
    odds = np.log(scores.astype(np.float64)) - np.log1p(-scores.astype(np.float64))
    platt = [_SigmoidCalibration().fit(f, labels) for f in (scores.astype(np.float64), odds)]
    raw = deep.predict_proba(held)[:, 1].astype(np.float32)
    golden = {
        "rows": numbers(x, 4), "labels": y.tolist(), "held": numbers(held, 4), "held_labels": labels.tolist(),
        "rows_missing": numbers(gaps[0], 4), "held_missing": numbers(gaps[1], 4), "models": models,
        "isotonic": {"scores": numbers(scores), "grid": numbers(grid), "risks": numbers(isotonic.predict(grid))},
        "platt": {"score": [platt[0].a_, platt[0].b_], "log_odds": [platt[1].a_, platt[1].b_]},
        "measures": {"scores": numbers(raw), "auc": roc_auc_score(labels, raw), "ap": average_precision_score(labels, raw),
                     "brier": brier_score_loss(labels, raw.astype(np.float64))},
    }
    (OUT / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print("recorded", len(models), "models,", (OUT / "golden.json").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
