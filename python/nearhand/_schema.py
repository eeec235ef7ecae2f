"""Columns of a log by what they hold."""

from __future__ import annotations

from typing import Mapping, Optional

from . import _run
from ._error import Error

#: What a schema names, and the option that says it.
_COLUMNS = {
    "session": "session_col",
    "item": "event_item_col",
    "time": "time_col",
    "kind": "kind_col",
    "title": "event_title_col",
    "price": "event_price_col",
    "quantity": "quantity_col",
    "dwell": "dwell_col",
}


def flags(schema: Optional[Mapping[str, str]]) -> "list[str]":
    unknown = [name for name in schema or {} if name not in _COLUMNS]
    if unknown:
        why = f"a schema names {', '.join(_COLUMNS)}"
        raise Error(why, "unknown-option", {"option": f"schema.{unknown[0]}"})
    return _run.flags({_COLUMNS[name]: column for name, column in (schema or {}).items()})
