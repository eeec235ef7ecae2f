"""What the recipe's choices are worth in weeks before the judged ones: search.py FEATURES.parquet LOG.csv

Inputs as for evaluate.py. Each line is the recipe with one thing changed: mean AUC, average precision, CP@100 and log loss (thousandths) of
eight folds a week apart and two seeds; the first four of the folds are those of evaluate.py's validation. Rows of 2018-08-01 and later are
dropped before anything is fitted.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss

import protocol
from evaluate import BASELINE, WINDOWS, train

FOLDS, SEEDS = 8, (1, 2)
# Name, features left out, settings.
CHOICES = [
    ("as it is", [], {}),
    ("a signless model", [], {"monotone_constraints": []}),
    ("without known payments of a week", ["terminal_count_7d_late"], {}),
    ("without the largest amount of a day, and of a week to the mean", ["card_max_1d", "card_max_7d_to_30d"], {}),
    ("learning rate .05, l2 5", [], {"learning_rate": 0.05, "lambda_l2": 5.0}),
    ("learning rate .05, l2 20", [], {"learning_rate": 0.05, "lambda_l2": 20.0}),
    ("104 trees at .045", [], {"trees": 104, "learning_rate": 0.045}),
    ("120 trees of 10 leaves", [], {"trees": 120, "num_leaves": 10}),
    ("at least 100 rows a leaf", [], {"min_data_in_leaf": 100}),
    ("random thresholds", [], {"extra_trees": True}),
]


def unlike(table: pd.DataFrame) -> pd.DataFrame:
    """Where nothing is known of a terminal's week, its share of frauds is 0, as if all had been honest."""
    out = table.copy()
    out.loc[out["terminal_count_7d_late"] == 0, ["terminal_risk_1d", "terminal_risk_3d", "terminal_risk_7d"]] = 0.0
    return out


def measured(table: pd.DataFrame, features: list[str], settings: dict) -> str:
    found = []
    for number in range(FOLDS):
        learnt, judged = protocol.split(table, BASELINE - protocol.TRAIN - protocol.DELAY - 7 * number)
        for seed in SEEDS:
            scores = train.fit(learnt, features, **settings, seed=seed).predict(train.values(judged, features), num_threads=1)
            found.append((*protocol.quality(judged, scores), 1000 * log_loss(judged["fraud"], scores)))
    auc, ap, cp100, loss = np.mean(found, axis=0)
    return f"auc={auc:.4f} auc_of_four={np.mean(found[:4 * len(SEEDS)], axis=0)[0]:.4f} ap={ap:.4f} cp100={cp100:.4f} log_loss={loss:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path)
    parser.add_argument("log", type=Path)
    args = parser.parse_args()
    features = train.names(WINDOWS)
    table = train.joined(args.features, args.log, features)
    table = table[table["day"] < BASELINE + protocol.TRAIN]
    for name, left_out, settings in CHOICES:
        print(f"search fraud {measured(table, [f for f in features if f not in left_out], settings)} choice={name}", flush=True)
    print(f"search fraud {measured(unlike(table), features, {})} choice=nothing known is nothing found", flush=True)


if __name__ == "__main__":
    main()
