"""What decisions cost: the same costs for every way of deciding."""

import numpy as np

# A fraud that is let through costs its amount and the chargeback's fee; an honest transaction that is declined the margin and
# goodwill. In the currency of the amounts.
FEE = 15.0
MARGIN, GOODWILL = 0.10, 5.0


def missed(amount: np.ndarray) -> np.ndarray:
    """Cost of letting a fraud through."""
    return amount + FEE


def refused(amount: np.ndarray) -> np.ndarray:
    """Cost of declining an honest transaction."""
    return MARGIN * amount + GOODWILL


def saved(fraud: np.ndarray, amount: np.ndarray, declined: np.ndarray) -> float:
    """Money saved against letting everything through."""
    return float((missed(amount)[declined & (fraud == 1)]).sum() - refused(amount)[declined & (fraud == 0)].sum())


def by_costs(scores: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Declines where that is expected to cost less, by the score as a probability."""
    return scores * missed(amount) > (1.0 - scores) * refused(amount)


def best_fixed(fraud: np.ndarray, amount: np.ndarray, scores: np.ndarray) -> float:
    """The score from which to decline that would have saved most on these rows."""
    order = np.argsort(-scores, kind="stable")
    gain = np.where(fraud == 1, missed(amount), -refused(amount))[order]
    total = np.cumsum(gain)
    # Equal scores are declined together.
    ends = np.append(scores[order][1:] != scores[order][:-1], True)
    total = np.where(ends, total, -np.inf)
    best = int(np.argmax(total))
    return float(scores[order][best]) if total[best] > 0 else np.inf
