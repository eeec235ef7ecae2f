"""``nearhand count``: parts of a log counted by themselves, and added up."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from typing import Any, Iterable, Mapping, Optional

from . import _html, _run, _schema
from ._bundle import read
from ._error import Error
from ._frames import file
from ._run import Path

_MAGIC = b"nearhand-counts "
#: Files that the command adds up at once.
_MOST = 256
_NONE = "this is no file of counts: make one with count"


def _field(header: Any, name: str, kind: type) -> Any:
    """A field of a header, if it is of its kind."""
    value = header.get(name) if isinstance(header, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool) or isinstance(value, int) and value < 0:
        raise Error(_NONE, "data-invalid", {"field": name})
    return value


class Counts:
    """How often items stood beside each other in a log or a part of it (docs/counts.md). Sums of parts are those of the whole: ``a + b``.

    ``data`` is the file of counts, ``sessions``, ``events`` and ``parts`` what it holds, ``reading`` how the log was read.
    """

    def __init__(self, data: bytes) -> None:
        if not isinstance(data, bytes):
            raise Error("counts are bytes", "invalid-option", {"option": "data", "value": type(data).__name__})
        lines = data[: 1 << 23].split(b"\n", 2)
        if len(lines) != 3 or not lines[0].startswith(_MAGIC):
            raise Error(_NONE, "data-invalid")
        if hashlib.sha256(data[:-32]).digest() != data[-32:]:
            raise Error("the counts are not as they were written: their digest is another", "data-invalid")
        try:
            header = json.loads(lines[1])
        except (ValueError, RecursionError) as error:
            raise Error(_NONE, "data-invalid") from error
        self.sessions: int = _field(header, "sessions", int)
        self.events: int = _field(header, "events", int)
        self.reading: "dict[str, str]" = _field(header, "reading", dict)
        self.parts: int = max(len(_field(header, "parts", list)), 1)
        self.data = data

    @property
    def digest(self) -> str:
        """SHA-256 of all but itself, in hexadecimal digits: what tells one part from another."""
        return self.data[-32:].hex()

    @classmethod
    def load(cls, path: Path) -> "Counts":
        return cls(read(path))

    def save(self, path: Path) -> None:
        with open(path, "wb") as to:
            to.write(self.data)

    @classmethod
    def merge(cls, parts: "Iterable[Counts]", *, split_visitors: bool = False) -> "Counts":
        """The sums of parts, in whatever order. Refused are a part that is there twice, parts that were counted otherwise, and a visitor found
        in two of them, unless ``split_visitors``: then a session ends with its part, as of parts by day. Visitors are looked for in a sample
        of each part (docs/counts.md): a few that are in two parts may pass."""
        given = list(parts)
        if not given:
            raise Error("there is nothing to add up", "invalid-option", {"option": "parts"})
        while len(given) > _MOST:
            given = [cls._merge(given[at : at + _MOST], split_visitors) for at in range(0, len(given), _MOST)]
        return cls._merge(given, split_visitors)

    @classmethod
    def _merge(cls, parts: "list[Counts]", split_visitors: bool) -> "Counts":
        with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
            out = os.path.join(folder, "all.counts")
            argv = ["merge-counts", "--out", out, *counts_files(parts, folder), *_run.flags({"split_visitors": split_visitors})]
            _run.report(argv, progress=False)
            return cls.load(out)

    def __add__(self, other: "Counts") -> "Counts":
        if not isinstance(other, Counts):
            return NotImplemented
        return Counts.merge([self, other])

    def __radd__(self, other: Any) -> "Counts":
        # So that sum() takes them.
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counts) and self.data == other.data

    def __hash__(self) -> int:
        return hash(self.data)

    def __repr__(self) -> str:
        return f"Counts({self.sessions:,} sessions, {self.events:,} events, {self.parts} parts, {len(self.data):,} bytes)"

    def _repr_html_(self) -> str:
        rows = [("sessions", self.sessions), ("events", self.events), ("parts", self.parts), *self.reading.items()]
        return _html.table(("counts", ""), rows)


def counts_files(counts: Any, folder: str) -> "list[str]":
    """The files of counts: their own where paths are given."""
    given = counts if isinstance(counts, (list, tuple)) else [counts]
    if not given:
        raise Error("there are no counts: leave them out to train on the events alone", "invalid-option", {"option": "counts"})
    paths = []
    for at, part in enumerate(given):
        if isinstance(part, Counts):
            path = os.path.join(folder, f"part-{at}.counts")
            part.save(path)
        elif isinstance(part, (str, os.PathLike)):
            path = os.fspath(part)
        else:
            why = "counts are Counts, their files, folders of them, or a list of these"
            raise Error(why, "invalid-option", {"option": "counts", "value": type(part).__name__})
        paths.append(path)
    return paths


def count(
    events: Any,
    *,
    schema: Optional[Mapping[str, str]] = None,
    items: Any = None,
    progress: bool = False,
    **options: Any,
) -> Counts:
    """Counts a log, or a part that has all events of its visitors: what :func:`train` makes its table of (``counts=``).

    ``events`` and ``schema`` as in :func:`train`. ``items`` is the item list: ids that it lacks are left out before anything is counted. Further
    options are those of the command: ``idle_minutes``, ``kind_word``, ``since``, …
    """
    with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
        out = os.path.join(folder, "part.counts")
        argv = ["count", "--out", out, "--events", file(events, folder, "events")]
        if items is not None:
            argv += ["--items", file(items, folder, "items")]
        argv += _schema.flags(schema)
        _run.report([*argv, *_run.flags(options)], progress=progress)
        return Counts.load(out)
