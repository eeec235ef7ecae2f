"""Scores made risks, as `nearhand pack-assess` does, and how far off they are."""

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
