"""What a bundle is judged beside: ways that learn nothing but counts, of sessions that ``evaluate(train=…)`` names (docs/evaluation.md)."""

from __future__ import annotations


class Baseline:
    """A way of the evaluation's own."""

    way = ""

    def __repr__(self) -> str:
        return f"baselines.{type(self).__name__}()"


class Popularity(Baseline):
    """The most popular items, whatever the session."""

    way = "popularity"


class SessionPopularity(Baseline):
    """What is in the session by count, then what is popular."""

    way = "session-popularity"


class ItemKNN(Baseline):
    """Cosine with the newest item: 100 neighbours, λ = 20."""

    way = "item-knn"


class VMISKNN(Baseline):
    """What the 100 most similar of the 500 most recent sessions hold."""

    way = "vmis-knn"
