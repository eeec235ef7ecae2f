"""Trains the card fraud model: features and the log they were made of in, an ONNX file out.

train.py FEATURES.parquet LOG --windows windows.json --from DAY --until DAY --out model.onnx [--held DAY --scored scored.parquet]

FEATURES is what `nearhand features` makes of LOG, whose columns are those of `nearhand simulate-transactions`; rows are joined by `id`.
Rows with from <= time < until are learnt from. With --held, the rows from that day on go to --scored with their labels and scores, for
`nearhand pack-assess`. The settings were chosen on weeks before the one that `./build.sh eval fraud` reports.
"""

import argparse
import json
from pathlib import Path

import lightgbm
import numpy as np
import onnx
import pandas as pd
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

SETTINGS = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.06,
    "min_data_in_leaf": 40,
    "lambda_l2": 2.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
TREES = 80
# Where the model may only see more risk in more, or less: what a week of few frauds says against it is chance more often than not.
# Shares of frauds are not among them: frauds of long ago and none since say that a terminal is clean again.
RISING = {
    "amount", "card_to_mean_7d", "card_to_mean_14d", "card_to_mean_30d", "card_zscore_30d", "card_count_1h", "card_count_1d",
    "card_declines_1d", "terminal_count_10m", "terminal_count_1h", "terminal_count_6h", "terminal_cards_6h", "terminal_declined_1h",
    "terminal_declined_6h", "terminal_declines_1h", "terminal_declines_6h",
}  # fmt: skip
# Payments of which it is known by now what they were: where these are few, a terminal may be compromised and nobody know.
FALLING = {"terminal_count_7d_late"}
DAY = 86_400_000


def names(windows: Path) -> list[str]:
    """Names of the features, in the order of the model's input."""
    return [feature["name"] for feature in json.loads(windows.read_text())["features"]]


def joined(features: Path, log: Path, columns: list[str]) -> pd.DataFrame:
    """Features beside the log's columns, and `day`, from 0 at the log's first."""
    rows = pd.read_parquet(log) if log.suffix == ".parquet" else pd.read_csv(log)
    rows = rows[["id", "time", "card", "terminal", "fraud", "scenario"]]
    table = pd.read_parquet(features, columns=["id", *columns]).astype({"id": rows["id"].dtype})
    table = table.merge(rows, on="id", validate="one_to_one")
    if len(table) != len(rows):
        raise SystemExit(f"{features}: {len(table)} of the {len(rows)} rows of {log}")
    table["day"] = table["time"] // DAY - table["time"].min() // DAY
    return table


def values(table: pd.DataFrame, features: list[str]) -> np.ndarray:
    """Features as the model gets them: float32 here as in production, since trees jump at their thresholds."""
    return table[features].to_numpy(dtype=np.float32)


def fit(table: pd.DataFrame, features: list[str], trees: int = TREES, **settings: object) -> lightgbm.Booster:
    """Learns `fraud` of the table's rows; `settings` go before SETTINGS."""
    data = lightgbm.Dataset(values(table, features), table["fraud"].to_numpy(), feature_name=features)
    signs = [(name in RISING) - (name in FALLING) for name in features]
    return lightgbm.train({**SETTINGS, "monotone_constraints": signs, **settings}, data, trees)


def export(booster: lightgbm.Booster) -> onnx.ModelProto:
    """The model as ONNX: input `features` of float32 [rows, features], outputs `label` and `probabilities` [rows, 2]."""
    width = booster.num_feature()
    model = convert_lightgbm(booster, initial_types=[("features", FloatTensorType([None, width]))], zipmap=False, target_opset=15)
    # The exporter names graphs by chance.
    model.graph.name = "card-fraud"
    trees = next(node for node in model.graph.node if node.op_type == "TreeEnsembleClassifier")
    parts = {attribute.name: attribute for attribute in trees.attribute}
    parts["nodes_values"].floats[:] = lower(parts["nodes_featureids"].ints, parts["nodes_values"].floats, booster)
    # Counts of rows, which nobody reads, and what is as if it were not there.
    for name in ("nodes_hitrates", "nodes_missing_value_tracks_true"):
        if name == "nodes_hitrates" or not any(parts[name].ints):
            trees.attribute.remove(parts[name])
    onnx.checker.check_model(model)
    return model


def lower(features: list[int], rounded: list[float], booster: lightgbm.Booster) -> list[float]:
    """Thresholds as float32 that part all float32 values as the booster's float64 ones do.

    For a float32 x and a float64 t, x <= t means that x is no more than the largest float32 up to t. The exporter rounds to the
    nearest, so that a threshold that went up takes what is equal to it along.
    """
    raised = set()

    def walk(node: dict) -> None:
        if "threshold" in node:
            nearest = np.float32(node["threshold"])
            if float(nearest) > node["threshold"]:
                raised.add((node["split_feature"], float(nearest)))
            walk(node["left_child"])
            walk(node["right_child"])

    for tree in booster.dump_model()["tree_info"]:
        walk(tree["tree_structure"])
    below = [float(np.nextafter(np.float32(value), np.float32(-np.inf))) for value in rounded]
    return [less if (feature, value) in raised else value for feature, value, less in zip(features, rounded, below, strict=True)]


def moment(text: str) -> int:
    """A day, or a Unix time in ms, as Unix ms."""
    return int(text) if text.isdigit() else int(pd.Timestamp(text, tz="UTC").timestamp() * 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("--windows", type=Path, required=True)
    parser.add_argument("--from", dest="begin", type=moment, required=True)
    parser.add_argument("--until", type=moment, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--held", type=moment)
    parser.add_argument("--scored", type=Path)
    args = parser.parse_args()
    if (args.held is None) != (args.scored is None):
        parser.error("--held and --scored go together")
    columns = names(args.windows)
    table = joined(args.features, args.log, columns)
    learnt = table[(table["time"] >= args.begin) & (table["time"] < args.until)]
    if not 0 < learnt["fraud"].sum() < len(learnt):
        raise SystemExit(f"{args.log}: no row, no fraud or nothing else from {args.begin} until {args.until}")
    booster = fit(learnt, columns)
    model = export(booster).SerializeToString(deterministic=True)
    args.out.write_bytes(model)
    if args.scored:
        held = table[table["time"] >= args.held]
        held = held.assign(score=booster.predict(values(held, columns), num_threads=1))
        held.drop(columns=["card", "terminal", "scenario", "day"]).to_parquet(args.scored, index=False)
    print(f"train card-fraud rows={len(learnt)} frauds={learnt['fraud'].sum()} trees={TREES} onnx_bytes={len(model)} {args.out}")


if __name__ == "__main__":
    main()
