"""Scores made risks, as `nearhand pack-assess` does, and how far off they are.

Usage: tools/fraud/calibration.py    writes tests/fixtures/assess/isotonic.json, which `cargo test --test assess` holds pack-assess to
"""

import json
from pathlib import Path

import numpy as np
from sklearn.isotonic import IsotonicRegression


class Isotonic:
    """Isotonic regression of `fraud` on scores the model has not learnt from.

    Among n rows without a fraud the risk is 1/(n + 2), among n frauds alone 1 − 1/(n + 2); neither passes the level next to it.
    """

    def __init__(self, scores: np.ndarray, fraud: np.ndarray) -> None:
        order = np.argsort(scores, kind="stable")
        rising = scores[order]
        fitted = IsotonicRegression().fit_transform(rising, fraud[order].astype(np.float64))
        starts = np.flatnonzero(np.append(True, fitted[1:] != fitted[:-1]))
        ends = np.append(starts[1:], len(fitted)) - 1
        risks, sizes = fitted[starts], ends - starts + 1
        if risks[0] == 0.0:
            risks[0] = min([1.0 / (sizes[0] + 2), *risks[1:2]])
        if risks[-1] == 1.0:
            risks[-1] = max([1.0 - 1.0 / (sizes[-1] + 2), *risks[-2:-1]])
        self.scores = np.column_stack([rising[starts], rising[ends]]).ravel()
        self.risks = np.repeat(risks, 2)

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        """Risks of scores: between levels along a line, beyond the ends as there."""
        return np.interp(scores, self.scores, self.risks)


def error(fraud: np.ndarray, scores: np.ndarray, bins: int = 20) -> float:
    """Mean distance of mean score and share of fraud over bins of equal numbers of rows (ECE), weighted by rows."""
    parts = np.array_split(np.argsort(scores, kind="stable"), bins)
    return float(sum(abs(fraud[part].mean() - scores[part].mean()) * len(part) for part in parts if len(part)) / len(scores))


def told(fraud: np.ndarray, scores: np.ndarray) -> str:
    """A line's figures: expected calibration error, Brier score, mean score and share of frauds."""
    brier = float(np.mean((scores - fraud) ** 2))
    return f"ece={error(fraud, scores):.5f} brier={brier:.5f} mean_score={scores.mean():.5f} share={fraud.mean():.5f}"


RECORDED = Path(__file__).resolve().parents[2] / "tests/fixtures/assess/isotonic.json"


def cases() -> list[tuple[np.ndarray, np.ndarray]]:
    """Scores in single floats and labels: with ties, of one label alone, with pure levels at either end, and as rare as frauds are."""
    draws = np.random.default_rng(7)
    out = []
    for rows, grid, rate in [(1, 4, 0.0), (1, 4, 1.0), (6, 3, 0.0), (6, 3, 1.0), (9, 5, 0.5), (40, 8, 0.2), (60, 1000, 0.3), (300, 50, 0.02)]:
        scores = (draws.integers(0, grid, rows) / grid).astype(np.float32)
        out.append((scores, draws.random(rows) < rate * (0.5 + scores)))
    return out


def fitted(scores: np.ndarray, fraud: np.ndarray) -> dict[str, list]:
    """A case, and the points that are fitted to it."""
    points = Isotonic(scores.astype(np.float64), fraud.astype(np.int64))
    return {"scores": [float(score) for score in scores], "frauds": fraud.tolist(), "x": points.scores.tolist(), "y": points.risks.tolist()}


def check() -> None:
    """Stops where what is fitted here is no longer what pack-assess is held to."""
    # Of the scores that are recorded: another numpy may draw others.
    for at, two in enumerate(json.loads(RECORDED.read_text())):
        one = fitted(np.array(two["scores"], dtype=np.float32), np.array(two["frauds"]))
        if not all(np.shape(one[axis]) == np.shape(two[axis]) and np.allclose(one[axis], two[axis], rtol=0, atol=1e-12) for axis in "xy"):
            raise SystemExit(f"tools/fraud/calibration.py: case {at} is fitted otherwise than {RECORDED.name} has it, and so than pack-assess")


if __name__ == "__main__":
    RECORDED.write_text("[\n" + ",\n".join(json.dumps(fitted(*case)) for case in cases()) + "\n]\n")
