"""Features of events: what production computes, to the bit."""

from __future__ import annotations

import decimal
import json
import os
import tempfile
from typing import Any, Mapping, Optional, Union

import numpy as np

from . import _nearhand, _run, _time
from ._bundle import read
from ._error import Error
from ._frames import file, is_path, like, mapped
from ._sessions import _id, missing

Spec = Union[str, "os.PathLike[str]", Mapping[str, Any]]


def specification(spec: Spec) -> str:
    """A specification's JSON: of a dict, of a file, or as it is."""
    if isinstance(spec, Mapping):
        return json.dumps(spec, ensure_ascii=False)
    if isinstance(spec, str) and spec.lstrip("\ufeff \t\r\n").startswith("{"):
        return spec
    return read(spec).decode("utf-8")


def spec_file(spec: Spec, folder: str) -> str:
    if is_path(spec) and not (isinstance(spec, str) and spec.lstrip("\ufeff \t\r\n").startswith("{")):
        return os.fspath(spec)  # type: ignore[arg-type]
    path = os.path.join(folder, "features.json")
    with open(path, "w", encoding="utf-8") as to:
        to.write(specification(spec))
    return path


def features(
    events: Any,
    spec: Spec,
    *,
    order: str = "time",
    cols: Optional[Mapping[str, str]] = None,
    since: Any = None,
    before: Any = None,
    progress: bool = False,
    **options: Any,
) -> Any:
    """The features of a log: a row an event with its id, its time (``time_ms``) and its features (docs/features.md).

    ``events`` is a table or a file that ``nearhand features`` reads. ``order="time"`` takes rows in order of time, ``"log"`` as they are.
    ``cols`` names the columns of fields that are called otherwise. Further options are those of the command: ``time_origin``,
    ``time_format``, ``label_time_col``, ``bad_rows``, …

    The command computes them: a table is handed over as a Parquet file in a temporary folder, and what comes back lies in the memory of an
    Arrow file, uncopied where Arrow was given. Values are the bytes that ``nearhand features`` writes.
    """
    with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
        out = os.path.join(folder, "features.arrow")
        argv = [
            "features",
            "--spec",
            spec_file(spec, folder),
            "--in",
            file(events, folder, "events"),
            "--out",
            out,
            "--order",
            order,
        ]
        when = {"since": since, "before": before}
        argv += _run.flags({name: str(_time.ms(value)) for name, value in when.items() if value is not None})
        argv += _run.flags({"col": dict(cols) if cols else None, **options})
        report = _run.report(argv, progress=progress)
        if progress:
            for note in report["notes"]:
                print(note)
        return like(mapped(out), events)


class Windows:
    """The windows of a specification, one event at a time: what a service computes.

    >>> windows = Windows("features.json")
    >>> windows.observe({"at": 1_700_000_000_000, "id": "a", "card": "1", "amount": "12.30"})
    {'count_1d': 1.0, …}

    Events are dicts with the fields of the specification: the time a datetime, ISO 8601 or Unix milliseconds; amounts numbers, decimals
    or texts in ones.
    """

    def __init__(self, spec: Spec, *, snapshot: Optional[bytes] = None) -> None:
        self.spec = specification(spec)
        self._windows = _nearhand.Windows(self.spec) if snapshot is None else _nearhand.Windows.restore(self.spec, snapshot)
        self._time = self._windows.time()
        declared = json.loads(self.spec.lstrip("\ufeff"))
        self._id: Optional[str] = declared.get("id")
        self._flags: "list[str]" = declared.get("flags") or []
        #: Names of the features, in order.
        self.names: "list[str]" = self._windows.features()
        #: Fields whose values have windows of their own.
        self.keys: "list[str]" = self._windows.keys()

    def observe(self, event: Mapping[str, Any], *, received: Any = None) -> "Answer":
        """Takes an event and gives its features. ``received`` is the host's clock: an event far ahead of it is refused."""
        return self._told(self._windows.observe, event, received)

    def peek(self, event: Mapping[str, Any], *, received: Any = None) -> "Answer":
        """The features of an event without taking it: ask with that, decide, then ``observe`` it as it came out."""
        return self._told(self._windows.peek, event, received)

    def _told(self, ask: Any, event: Mapping[str, Any], received: Any) -> "Answer":
        if self._time not in event:
            why = f"the event has no {self._time}, which the specification declares"
            raise Error(why, "features-event-invalid", {"option": self._time})
        fields = {name: None if missing(value) else _decimal(value) for name, value in event.items()}
        if self._id is not None:
            if fields.get(self._id) is None:
                why = f"the event has no {self._id}, which the specification declares"
                raise Error(why, "features-event-invalid", {"option": self._id})
            fields[self._id] = _key(self._id, fields[self._id])
        for name in self.keys:
            if fields.get(name) is not None:
                fields[name] = _key(name, fields[name])
        for name in self._flags:
            if name in fields:
                fields[name] = _flag(name, fields[name])
        try:
            time = _time.stamp(event[self._time])
        except Error as error:
            raise Error(error.message, "features-event-invalid", {"option": self._time, **error.details}) from error
        outcome, capped, values = ask(fields, time, None if received is None else _time.ms(received))
        return Answer(outcome, capped, self.names, values)

    def label(self, id: Any, fraud: bool, at: Any) -> str:
        """Says what became of an event, known from ``at`` on: ``known``, ``waiting``, ``same``, ``changed``, ``full`` or ``unknown``."""
        return self._windows.label(_key("id", id), bool(fraud), _time.ms(at))

    def snapshot(self) -> bytes:
        """The whole state as bytes; ``Windows(spec, snapshot=…)`` goes on from it."""
        return self._windows.snapshot()

    def snapshot_key(self, key: str, value: Any) -> Optional[bytes]:
        """What is kept of one value of a key, as of one card; ``None`` where nothing is."""
        if key not in self.keys:
            raise Error(
                "the specification has no key of this name", "invalid-option", {"option": key, "known": ", ".join(self.keys)}
            )
        return self._windows.snapshot_key(self.keys.index(key), "" if missing(value) else _key(key, value))

    def restore_key(self, snapshot: bytes) -> "tuple[str, str]":
        """Puts back what was kept of one value of a key; says of which."""
        key, value = self._windows.restore_key(snapshot)
        return self.keys[key], value

    @property
    def counts(self) -> "dict[str, int]":
        """What has happened so far: observed, late, duplicates, forgotten for limits, …"""
        return dict(self._windows.counts())


def _decimal(value: Any) -> Any:
    """A narrow float as the decimal that it shows: widened it would be another."""
    narrow = isinstance(value, np.floating) and not isinstance(value, float)
    return format(decimal.Decimal(str(value)), "f") if narrow and np.isfinite(value) else value


def _key(name: str, value: Any) -> str:
    """An id or a key's value as a log's column has it: of truth values 1 and 0, of whole floats whole numbers."""
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and np.isfinite(value) and not float(value).is_integer():
        return format(decimal.Decimal(str(value)), "f")
    try:
        return _id(value)
    except Error as error:
        raise Error(error.message, "features-event-invalid", {"option": name, **error.details}) from error


_TRUE, _FALSE = ("1", "1.0", "true", "yes", "t", "y"), ("0", "0.0", "false", "no", "f", "n")


def _flag(name: str, value: Any) -> bool:
    """A flag, by the words that a log may use."""
    word = "" if value is None else str(value).lower()
    if word not in _TRUE and word not in _FALSE:
        why = f"{name} is a flag: 1 or 0, true or false, yes or no"
        raise Error(why, "features-event-invalid", {"option": name, "value": str(value)})
    return word in _TRUE


class Answer(dict):  # type: ignore[type-arg]
    """Features by name, empty where the event got none. ``outcome``: ``observed``, ``duplicate``, ``repeated``, ``late``, ``ahead`` or
    ``peeked``; ``capped``: a window would have needed events that the limits have made it forget."""

    def __init__(self, outcome: str, capped: bool, names: "list[str]", values: "list[float]") -> None:
        super().__init__(zip(names, values))
        self.outcome = outcome
        self.capped = capped
