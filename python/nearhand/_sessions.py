"""Sessions as callers have them: lists of ids, lists of events, or a table of events."""

from __future__ import annotations

import decimal
import json
from typing import Any, Iterable

import numpy as np

from . import _time
from ._error import Error
from ._frames import arrow, column, find, is_table

_SESSION = ("session", "session_id", "SessionId", "visitor")
_ITEM = ("item", "item_id", "ItemId", "id")
_TIME = ("at", "time", "timestamp", "Time")


#: Above it a float stands for several whole numbers.
_EXACT = 2.0**53


def missing(value: Any) -> bool:
    """Whether it stands for nothing: ``None``, NaN, ``pandas.NA``, a time that is none."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    return isinstance(value, (float, np.floating, np.datetime64)) and bool(value != value)


def whole(value: Any) -> Any:
    """A whole number that came as a float, as pandas makes of columns with holes; all else as it is."""
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < _EXACT else number
    return value.item() if isinstance(value, np.generic) else value


def _id(value: Any) -> str:
    """An id as text. Of a column of whole numbers with a hole in it, which pandas makes floats of, the whole number."""
    if missing(value):
        why = "an id is missing: leave such rows out"
        raise Error(why, "data-invalid", {"value": str(value)})
    if isinstance(value, (float, np.floating)):
        exact = 2.0**24 if isinstance(value, (np.float16, np.float32)) else _EXACT
        if not float(value).is_integer() or abs(float(value)) >= exact:
            why = "an id is a float that is no whole number, or too large to be exact: give ids as texts or whole numbers"
            raise Error(why, "data-invalid", {"value": repr(value)})
        return str(int(value))
    return str(value)


def event(given: Any) -> Any:
    """An event as the library reads it: an id, or ``{"kind", "item", "at", "dwellMs", "quantity"}``."""
    if not isinstance(given, dict):
        return _id(given)
    # A time that is none is refused below, and not the clock's.
    told = {name: value for name, value in given.items() if value is not None and (name == "at" or not missing(value))}
    out = {{"dwell_ms": "dwellMs"}.get(name, name): value for name, value in told.items()}
    out.setdefault("kind", "view")
    if "item" in out:
        out["item"] = _id(out["item"])
    if "at" in out:
        out["at"] = _time.ms(out["at"])
    for name, value in out.items():
        if name in ("dwellMs", "quantity") or isinstance(value, np.generic):
            out[name] = whole(value)
    return out


class Sessions:
    """Sessions by their names, as JSON for the engine."""

    def __init__(self, given: Any) -> None:
        self.names: "list[Any]" = []
        self.events: "list[list[Any]]" = []
        #: Each as it was given; of a table its events.
        self.given: "list[Any]" = []
        if is_table(given):
            self._table(given)
        elif isinstance(given, dict):
            for name, events in given.items():
                self._add(name, events)
        elif isinstance(given, Iterable) and not isinstance(given, (str, bytes)):
            for at, events in enumerate(given):
                self._add(at, events)
        else:
            why = "sessions are a list of lists of ids or events, a dict of such, or a table with the columns session and item"
            raise Error(why, "invalid-option", {"option": "sessions", "value": type(given).__name__})
        self.json = json.dumps(self.events, ensure_ascii=False)

    def __len__(self) -> int:
        return len(self.names)

    def _add(self, name: Any, events: Any) -> None:
        if isinstance(events, (str, bytes, dict)) or not isinstance(events, Iterable):
            why = "a session is a list of ids or events; for one session give a list of one list"
            raise Error(why, "invalid-option", {"option": "sessions", "session": str(name), "value": type(events).__name__})
        self.names.append(name)
        events = list(events) if not hasattr(events, "__len__") else events
        self.given.append(events)
        self.events.append([event(one) for one in events])

    def _table(self, given: Any) -> None:
        table = arrow(given, "sessions")
        names = column(table, _SESSION, "sessions").to_pylist()
        items = column(table, _ITEM, "sessions").to_pylist()
        at = find(table, _TIME)
        if at is None:
            rows: "list[Any]" = [_id(item) for item in items]
        else:
            rows = [{"kind": "view", "item": _id(item), "at": time} for item, time in zip(items, _time.column(at))]
            for name in ("kind", "dwell_ms", "quantity"):
                values = find(table, (name,))
                for row, value in zip(rows, values.to_pylist() if values is not None else []):
                    if not missing(value):
                        row[{"dwell_ms": "dwellMs"}.get(name, name)] = whole(value)
        places: "dict[Any, int]" = {}
        for at_row, (name, row) in enumerate(zip(names, rows)):
            if missing(name):
                why = "a row has no session: leave such rows out, or give each a session of its own"
                raise Error(why, "data-invalid", {"option": "sessions", "row": str(at_row)})
            if name not in places:
                places[name] = len(self.names)
                self.names.append(name)
                self.events.append([])
            self.events[places[name]].append(row)
        self.given = self.events


def single(session: Any) -> bool:
    """Whether it is one session: a list of ids or events."""
    listed = isinstance(session, (list, tuple)) or hasattr(session, "tolist") and not is_table(session)
    return listed and all(isinstance(one, (str, int, dict, np.generic)) for one in session)


def one(session: Any) -> Sessions:
    """A session, or several: of a list of ids or events the one, else all."""
    return Sessions([session]) if single(session) else Sessions(session)
