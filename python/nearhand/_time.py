"""Times as Unix milliseconds."""

from __future__ import annotations

import datetime
import time as clock
from typing import Any, Optional

import pyarrow as pa

from ._error import Error

#: 1995-01-01: a whole number before it is in seconds, as tables are refused by the command line.
_EARLIEST = 788_918_400_000

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def now(given: Any = None) -> int:
    """The time that is given, else the clock's."""
    return clock.time_ns() // 1_000_000 if given is None else ms(given)


def ms(value: Any) -> int:
    """Unix milliseconds of a datetime (without a zone: UTC), a numpy or pandas time, a text in ISO 8601, or a whole number of them."""
    if isinstance(value, bool):
        raise Error(
            "a time is a datetime, a text in ISO 8601 or whole milliseconds since 1970", "invalid-option", {"value": str(value)}
        )
    if type(value).__name__ == "NaTType" or type(value).__name__ == "datetime64" and value != value:
        raise Error("the time is missing", "invalid-option", {"value": str(value)})
    if hasattr(value, "to_pydatetime"):
        # Of a pandas time: its nanoseconds are below a millisecond.
        # In UTC first: an hour that comes twice cannot be rounded in its zone.
        value = (value if value.tzinfo is None else value.tz_convert("UTC")).floor("us").to_pydatetime()
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError as error:
            raise Error("the time is none in ISO 8601", "invalid-option", {"value": value}) from error
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        return (value - _EPOCH) // datetime.timedelta(milliseconds=1)
    if isinstance(value, datetime.date):
        return ms(datetime.datetime(value.year, value.month, value.day))
    if type(value).__module__ == "numpy" and type(value).__name__ == "datetime64":
        return int(value.astype("datetime64[ms]").astype("int64"))
    try:
        whole = int(value)
    except (TypeError, ValueError, OverflowError) as error:
        why = "a time is a datetime, a text in ISO 8601 or whole milliseconds since 1970"
        raise Error(why, "invalid-option", {"value": str(value)}) from error
    if whole != value:
        raise Error("a time in milliseconds is a whole number", "invalid-option", {"value": str(value)})
    return whole


def stamp(value: Any) -> int:
    """The same of an event's time, in a log or a stream: numbers before 1995 are refused, since they are seconds as a rule."""
    time = ms(value)
    number = not isinstance(value, (str, datetime.date)) and type(value).__name__ != "datetime64"
    if number and time < _EARLIEST:
        why = "the time is before 1995 in milliseconds: of seconds give a thousand times as much, or a datetime"
        raise Error(why, "invalid-option", {"value": str(value)})
    return time


def column(values: pa.ChunkedArray) -> "list[Optional[int]]":
    """Unix milliseconds of a column."""
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        values = values.cast(pa.timestamp("ms", tz=getattr(values.type, "tz", None)), safe=False).cast(pa.int64())
        return values.to_pylist()
    return [None if value is None else stamp(value) for value in values.to_pylist()]
