"""Ways of judging without the live model: rules by hand, and scores that are computed once a night."""

import numpy as np
import pandas as pd

import train


def by_rules(table: pd.DataFrame) -> np.ndarray:
    """How many hand-written rules a transaction breaks: large, far above the card's habit, at a terminal with known frauds."""
    rules = [
        table["amount"] > 220.0,
        table["card_to_mean_30d"] > 3.0,
        table["terminal_frauds_7d"] > 0,
        table["terminal_count_10m"] >= 10,
    ]
    return np.sum([rule.to_numpy(dtype=np.int64) for rule in rules], axis=0)


def nightly(table: pd.DataFrame, features: list[str]) -> pd.DataFrame:
    """The table as a nightly job knows it: for each row the features of its card's and its terminal's last transaction of an
    earlier day. Of the transaction itself nothing."""
    out = table[["id", "time", "card", "terminal", "amount", "fraud", "day"]].copy()
    for key in ("card", "terminal"):
        own = [name for name in features if name.startswith(f"{key}_")]
        last = table.sort_values(["time", "id"]).drop_duplicates([key, "day"], keep="last")[[key, "day", *own]]
        last = last.assign(day=last["day"] + 1).sort_values("day", kind="stable")
        rows = out.sort_values("day", kind="stable")[["id", key, "day"]]
        found = pd.merge_asof(rows, last, on="day", by=key)
        out = out.merge(found.drop(columns=[key, "day"]), on="id", validate="one_to_one")
    return out.fillna({name: 0.0 for name in features})


def nightly_features(features: list[str]) -> list[str]:
    """Features of a nightly model."""
    return [name for name in features if name.startswith(("card_", "terminal_"))]


def nightly_scores(learnt: pd.DataFrame, judged: pd.DataFrame, features: list[str]) -> np.ndarray:
    """Scores of a model of the same kind, trained on what nights knew."""
    known = nightly_features(features)
    return train.fit(learnt, known).predict(train.values(judged, known), num_threads=1)
