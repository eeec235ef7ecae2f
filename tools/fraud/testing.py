"""Card testing: how many tries get through before an attack is stopped, and which honest cards are declined meanwhile.

testing.py MODEL.onnx CHOOSING-FEATURES CHOOSING-LOG JUDGED-FEATURES JUDGED-LOG

Features and logs of made-up transactions: in the first world the thresholds are chosen, in the second they are judged, and the model is of
a third. The model may decline as many honest cards a day as the velocity rules do.
"""

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models/card-fraud"))

import train  # noqa: E402
from evaluate import WINDOWS, scored  # noqa: E402

# An attack is stopped where so many of its tries in a row are declined by us.
IN_A_ROW = 3
# Limits of the rules: transactions at a terminal in 10 minutes, in an hour and in six hours, of a card in an hour.
LIMITS = {
    "terminal_count_10m": (4, 6, 8, 12, 20),
    "terminal_count_1h": (6, 10, 15, 25, 1_000),
    "terminal_count_6h": (8, 12, 20, 30, 1_000),
    "card_count_1h": (3, 4, 6, 1_000),
}
# Days that are left out at a world's beginning, until as much is compromised and known as later.
BEGINNING = 45


def tries(table: pd.DataFrame, declined: np.ndarray) -> list[int]:
    """Tries let through, attack by attack (those of one terminal and day), until it is stopped; all where it never is."""
    attacks = table.assign(declined=declined)[table["scenario"] == 4].sort_values("id")
    counts = []
    for _, attack in attacks.groupby(["terminal", "day"]):
        row, through = 0, 0
        for hit in attack["declined"]:
            row = row + 1 if hit else 0
            through += not hit
            if row == IN_A_ROW:
                break
        counts.append(through)
    return counts


def honest(table: pd.DataFrame, declined: np.ndarray) -> float:
    """Honest cards declined a day."""
    cards = table[declined & (table["scenario"] == 0)].groupby("day")["card"].nunique()
    return float(cards.sum() / table["day"].nunique())


def by_limits(table: pd.DataFrame, limits: dict[str, int]) -> np.ndarray:
    return np.any([table[name].to_numpy() >= limit for name, limit in limits.items()], axis=0)


def chosen_limits(table: pd.DataFrame, budget: float) -> dict[str, int]:
    """The limits that let fewest tries through of those that decline at most `budget` honest cards a day."""
    best, found = None, {}
    for values in itertools.product(*LIMITS.values()):
        limits = dict(zip(LIMITS, values, strict=True))
        declined = by_limits(table, limits)
        lost = honest(table, declined)
        if lost <= budget:
            key = (float(np.mean(tries(table, declined))), lost)
            if best is None or key < best:
                best, found = key, limits
    return found


def threshold(table: pd.DataFrame, scores: np.ndarray, budget: float) -> float:
    """The lowest score from which to decline so that at most `budget` honest cards a day are."""
    rows = table.assign(score=scores)[table["scenario"] == 0]
    cards = np.sort(rows.groupby(["day", "card"])["score"].max().to_numpy())[::-1]
    allowed = int(budget * table["day"].nunique())
    return float(np.nextafter(cards[allowed], np.inf)) if allowed < len(cards) else 0.0


def read(features: Path, log: Path, columns: list[str]) -> pd.DataFrame:
    table = train.joined(features, log, columns)
    return table[table["day"] >= BEGINNING].reset_index(drop=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    for name in ("choosing", "choosing_log", "judged", "judged_log"):
        parser.add_argument(name, type=Path)
    args = parser.parse_args()
    features = train.names(WINDOWS)
    choosing, judged = read(args.choosing, args.choosing_log, features), read(args.judged, args.judged_log, features)
    model = args.model.read_bytes()
    before, scores = scored(model, choosing, features), scored(model, judged, features)
    for budget in (5.0, 20.0, 80.0):
        limits = chosen_limits(choosing, budget)
        told = ",".join(f"{name}:{limit}" for name, limit in limits.items() if limit < 1_000) or "none"
        from_score = threshold(choosing, before, budget)
        for name, declined, how in (("rules", by_limits(judged, limits) if limits else np.zeros(len(judged), bool), told),
                                    ("model", scores >= from_score, f"score:{from_score:.4f}")):
            counts = tries(judged, declined)
            print(f"eval fraud card-testing way={name} budget={budget:.0f} attacks={len(counts)} tries_median={np.median(counts):.1f} "
                  f"tries_mean={np.mean(counts):.1f} honest_cards_a_day={honest(judged, declined):.1f} limits={told if name == 'rules' else how}",
                  flush=True)


if __name__ == "__main__":
    main()
