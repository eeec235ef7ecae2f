"""Names of options: Python's with underscores, the library's in camel case."""

from __future__ import annotations

from typing import Any


def camel(name: str) -> str:
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(word.capitalize() for word in rest)


def options(value: Any) -> Any:
    """The same with keys in camel case, to the innermost: ``{"min_relevance": 0.1}`` is ``{"minRelevance": 0.1}``. An option that is
    ``None`` is not given."""
    if isinstance(value, dict):
        return {camel(name): _inner(of) for name, of in value.items() if of is not None}
    return _inner(value)


def _inner(value: Any) -> Any:
    """Within an option ``None`` is a value: it unsets a column of a catalog's row."""
    if isinstance(value, dict):
        return {camel(name): _inner(of) for name, of in value.items()}
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        return [_inner(of) for of in value]
    if hasattr(value, "tolist"):
        # Of numpy and pandas: an array or a column, or a single number.
        return _inner(value.tolist())
    if hasattr(value, "to_list"):
        return _inner(value.to_list())
    return value
