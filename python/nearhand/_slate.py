"""A slate: what the host shows, and why."""

from __future__ import annotations

import json
from typing import Any, Iterator

from . import _html


class Slate:
    """The items for one place, best first: ``items`` are dicts with ``item``, ``title``, ``rank``, ``score``, ``reasons``.

    ``source`` says what answered (``model``, ``table``, ``popular``, …), ``notes`` why the slate is not what was asked for.
    """

    def __init__(self, found: "dict[str, Any]") -> None:
        self._found = found
        self.items: "list[dict[str, Any]]" = found["items"]
        self.source: str = found["source"]
        self.notes: "list[str]" = found["notes"]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> "Iterator[dict[str, Any]]":
        return iter(self.items)

    def __getitem__(self, at: int) -> "dict[str, Any]":
        return self.items[at]

    @property
    def ids(self) -> "list[str]":
        """The items' ids, best first."""
        return [item["item"] for item in self.items]

    def to_dict(self) -> "dict[str, Any]":
        """All that was answered, as `recommend` in JavaScript gives it."""
        return self._found

    def to_json(self) -> str:
        """The same as JSON."""
        return json.dumps(self._found, ensure_ascii=False)

    def __repr__(self) -> str:
        return f"Slate({self.ids}, source={self.source!r}, notes={self.notes})"

    def _repr_html_(self) -> str:
        def why(item: "dict[str, Any]") -> str:
            return "; ".join(" ".join(filter(None, (r["kind"], r.get("title") or r.get("item")))) for r in item["reasons"][:2])

        rows = [(i["rank"], i["item"], i.get("title"), i.get("price"), float(i["score"]), why(i)) for i in self.items]
        notes = f", {', '.join(self.notes)}" if self.notes else ""
        return _html.table(("", "item", "title", "price", "score", "because"), rows, f"{self.source}{notes}")
