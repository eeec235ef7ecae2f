"""Weeks, cards and measures of the Fraud Detection Handbook (Le Borgne et al. 2022, chapters 4.2 and 5.2)."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

DAY = 86_400_000
# Training, then days whose labels are not known yet, then what is judged.
TRAIN, DELAY, TEST = 7, 7, 7
# Cards that investigators look at a day.
CHECKED = 100


def split(table: pd.DataFrame, first: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows to learn from, from day `first` on, and rows to judge: without the cards that are known to be compromised by then."""
    day = table["day"]
    train = table[(day >= first) & (day < first + TRAIN)]
    known = set(train.loc[train["fraud"] == 1, "card"])
    judged = []
    for ahead in range(TEST):
        told = table[day == first + TRAIN + ahead - 1]
        known |= set(told.loc[told["fraud"] == 1, "card"])
        rows = table[day == first + TRAIN + DELAY + ahead]
        judged.append(rows[~rows["card"].isin(known)])
    return train, pd.concat(judged)


def folds(first: int, back: bool) -> Iterator[int]:
    """First days of four trainings a week apart: backwards for validation, whose last test ends where the first training begins."""
    for number in range(4):
        yield first - TRAIN - DELAY - 7 * number if back else first + 7 * number


def card_precision(table: pd.DataFrame, scores: np.ndarray, checked: int = CHECKED) -> float:
    """CP@k: of the k cards with the highest scores of a day, the share with a fraud; mean over days. A card that was found is out.

    Equal scores go by the card's number.
    """
    rows = pd.DataFrame({"day": table["day"], "card": table["card"], "fraud": table["fraud"], "score": scores})
    found: set[int] = set()
    shares = []
    for _, today in rows.groupby("day"):
        cards = today[~today["card"].isin(found)].groupby("card")[["fraud", "score"]].max()
        top = cards.sort_values("score", ascending=False, kind="stable").head(checked)
        hits = top.index[top["fraud"] == 1]
        shares.append(len(hits) / checked)
        found |= set(hits)
    return float(np.mean(shares))


def quality(table: pd.DataFrame, scores: np.ndarray) -> tuple[float, float, float]:
    """AUC, average precision, CP@100."""
    fraud = table["fraud"].to_numpy()
    return roc_auc_score(fraud, scores), average_precision_score(fraud, scores), card_precision(table, scores)
