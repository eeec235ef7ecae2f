"""Names of options: Python's with underscores, the library's in camel case."""

from __future__ import annotations

from typing import Any


def camel(name: str) -> str:
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(word.capitalize() for word in rest)


def options(value: Any) -> Any:
    """The same with keys in camel case, to the innermost: ``{"min_relevance": 0.1}`` is ``{"minRelevance": 0.1}``."""
    if isinstance(value, dict):
        return {camel(name): options(of) for name, of in value.items() if of is not None}
    if isinstance(value, (list, tuple)):
        return [options(of) for of in value]
    if hasattr(value, "item") and not isinstance(value, str):
        # Of numpy.
        return value.item()
    return value
