"""Judges the recipe on the Fraud Detection Handbook's data: evaluate.py FEATURES.parquet LOG.csv

The table is what `nearhand features` makes of its transactions by models/card-fraud/windows.json; the log is those transactions, its columns
named as `nearhand simulate-transactions` does; it has no declines. Windows and settings were chosen on weeks before the judged ones alone;
docs/fraud.md says what had been seen before.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models/card-fraud"))

import calibration  # noqa: E402
import money  # noqa: E402
import peers  # noqa: E402
import protocol  # noqa: E402
import train  # noqa: E402

WINDOWS = ROOT / "models/card-fraud/windows.json"
# Day of 2018-07-25, counted from the first of the data, 2018-04-01.
BASELINE = 115
BARS = {"baseline": (0.890, 0.665, 0.294), "prequential": (0.879, 0.694, 0.305)}


def scored(model: bytes, table: pd.DataFrame, features: list[str]) -> np.ndarray:
    """Probabilities of fraud by the exported model."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"features": train.values(table, features)})[0][:, 1].astype(np.float64)


def figures(values: tuple[float, float, float], bars: tuple[float, float, float]) -> str:
    """A line's measures, and by how much they miss their bars."""
    names = ("auc", "ap", "cp100")
    text = " ".join(f"{name}={value:.4f}" for name, value in zip(names, values, strict=True))
    short = [f"{name}:{bar - value:.4f}" for name, value, bar in zip(names, values, bars, strict=True) if value < bar]
    return f"{text} short={','.join(short) or 'none'}"


def fold(table: pd.DataFrame, first: int, features: list[str]) -> tuple[pd.DataFrame, np.ndarray, int]:
    """What is judged of a fold, its scores, and the model's bytes."""
    learnt, judged = protocol.split(table, first)
    model = train.export(train.fit(learnt, features)).SerializeToString(deterministic=True)
    return judged, scored(model, judged, features), len(model)


def foreseeable(table: pd.DataFrame) -> np.ndarray:
    """Scores of whoever knows every fraud but those at terminals where none is known yet: such a one is like any other."""
    return ((table["fraud"] == 1) & ((table["scenario"] != 2) | (table["terminal_frauds_28d"] > 0))).to_numpy(dtype=np.float64)


def prequential(table: pd.DataFrame, features: list[str], back: bool) -> tuple[str, list[tuple[pd.DataFrame, np.ndarray]]]:
    """Four folds a week apart, mean of their measures."""
    kept, measures, most = [], [], []
    for first in protocol.folds(BASELINE, back):
        judged, scores, _ = fold(table, first, features)
        kept.append((judged, scores))
        measures.append(protocol.quality(judged, scores))
        most.append(protocol.card_precision(judged, foreseeable(judged)))
    mean = tuple(float(value) for value in np.mean(measures, axis=0))
    return f"{figures(mean, BARS['prequential'])} cp100_foreseeable={np.mean(most):.4f}", kept


def four_weeks(weeks: list[tuple[pd.DataFrame, np.ndarray]], decide: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str:
    """Money saved in all test weeks by `decide(scores, amount)`, each with its own model."""
    won, lost, honest = 0.0, 0.0, 0
    for rows, scores in weeks:
        fraud, amount = rows["fraud"].to_numpy(), rows["amount"].to_numpy(dtype=np.float64)
        declined = decide(scores, amount)
        won += money.saved(fraud, amount, declined)
        lost += float(money.missed(amount)[fraud == 1].sum())
        honest += int((declined & (fraud == 0)).sum())
    return f"saved={won:.0f} of={lost:.0f} share={won / lost:.3f} honest_declined={honest}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path)
    parser.add_argument("log", type=Path)
    args = parser.parse_args()
    calibration.check()
    features = train.names(WINDOWS)
    table = train.joined(args.features, args.log, features)

    learnt, judged = protocol.split(table, BASELINE)
    judged, scores, size = fold(table, BASELINE, features)
    print(f"eval fraud {figures(protocol.quality(judged, scores), BARS['baseline'])} rows={len(judged)} "
          f"frauds={judged['fraud'].sum()} train_rows={len(learnt)} onnx_bytes={size} "
          f"cp100_foreseeable={protocol.card_precision(judged, foreseeable(judged)):.4f} "
          f"cp100_perfect={protocol.card_precision(judged, judged['fraud'].to_numpy()):.4f}", flush=True)
    line, before = prequential(table, features, back=True)
    print(f"eval fraud prequential-validation {line}", flush=True)
    line, after = prequential(table, features, back=False)
    print(f"eval fraud prequential-test {line}", flush=True)

    # What the weeks before told: risks of scores, and a threshold. The baseline week's own labels choose nothing but hindsight's.
    past, known = pd.concat([rows for rows, _ in before]), np.concatenate([scores for _, scores in before])
    fitted = calibration.Isotonic(known, past["fraud"].to_numpy())
    fraud, amount = judged["fraud"].to_numpy(), judged["amount"].to_numpy(dtype=np.float64)
    risks = fitted(scores)
    print(f"eval fraud calibration of=scores {calibration.told(fraud, scores)}")
    print(f"eval fraud calibration of=risks {calibration.told(fraud, risks)}", flush=True)

    rules = peers.by_rules(judged)
    night = peers.nightly(table, features)
    nights = [peers.nightly_scores(*protocol.split(night, first), features) for first in protocol.folds(BASELINE, True)]
    night_learnt, night_judged = protocol.split(night, BASELINE)
    tonight = peers.nightly_scores(night_learnt, night_judged, features)
    night_risks = calibration.Isotonic(np.concatenate(nights), past["fraud"].to_numpy())(tonight)
    fixed = money.best_fixed(past["fraud"].to_numpy(), past["amount"].to_numpy(dtype=np.float64), known)
    hindsight = money.best_fixed(fraud, amount, scores)
    everything = float(money.missed(amount)[fraud == 1].sum())
    ways = [
        ("costs", scores, money.by_costs(risks, amount)),
        ("costs-by-scores", scores, money.by_costs(scores, amount)),
        ("fixed", scores, scores >= fixed),
        ("fixed-in-hindsight", scores, scores >= hindsight),
        ("rules", rules.astype(np.float64), rules > 0),
        ("nightly", tonight, money.by_costs(night_risks, amount)),
    ]
    for name, by, declined in ways:
        auc, ap, cp = protocol.quality(judged, by)
        won = money.saved(fraud, amount, declined)
        print(f"eval fraud way={name} auc={auc:.4f} ap={ap:.4f} cp100={cp:.4f} saved={won:.0f} of={everything:.0f} "
              f"share={won / everything:.3f} frauds_declined={int((declined & (fraud == 1)).sum())} "
              f"honest_declined={int((declined & (fraud == 0)).sum())}")
    for name, decide in (
        ("costs", lambda by, amount: money.by_costs(fitted(by), amount)),
        ("costs-by-scores", money.by_costs),
        ("fixed", lambda by, _: by >= fixed),
    ):
        print(f"eval fraud four-weeks way={name} {four_weeks(after, decide)}")



if __name__ == "__main__":
    main()
