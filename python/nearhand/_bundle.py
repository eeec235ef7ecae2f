"""A bundle in research: its answers to many sessions, and what its model is given and says."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Optional

import numpy as np
import pyarrow as pa

from . import _names, _nearhand, _run
from ._error import Error
from ._frames import like
from ._run import Path
from ._sessions import Sessions, one, single

_PARTS = ("table", "repeat", "model", "popularity", "rules")
_DTYPES = {"f32": "<f4", "f64": "<f8", "i64": "<i8", "i32": "<i4", "i8": "i1", "u8": "u1", "bool": "?"}


def read(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        why = "a file could not be read or written"
        raise Error(why, "io", {"path": os.fspath(path), "why": str(error.strerror)}) from error


def array(crossing: Any) -> "np.ndarray[Any, Any]":
    """A tensor of the library as an array, in the memory that it came in."""
    dtype, shape, elements = crossing
    if dtype == "str":
        return np.array(elements, dtype=object).reshape(shape)
    return np.frombuffer(elements, dtype=_DTYPES[dtype]).reshape(shape)


class Bundle:
    """A bundle that recommends. It is opened once: digest, parts, goldens replayed.

    >>> bundle = Bundle.load("shop.safetensors")
    >>> bundle.recommend([["85123A", "22423"], ["21232"]], k=5)
    """

    def __init__(self, data: bytes, model: Optional[bytes] = None) -> None:
        self.data = data
        self.model_data = model
        # What is opened here is one's own: nothing but memory bounds it.
        self._engine = _nearhand.Engine(data, model, json.dumps({"maxBytes": 2**53 - 1}))
        self.manifest: "dict[str, Any]" = json.loads(self._engine.manifest())
        self._ids: "Optional[list[str]]" = None

    @classmethod
    def load(cls, path: Path, model: Optional[Path] = None) -> "Bundle":
        """Opens a file; ``model`` is the second file of a bundle in two."""
        return cls(read(path), None if model is None else read(model))

    def save(self, path: Path) -> None:
        """Writes the bundle; of one in two its first file."""
        with open(path, "wb") as file:
            file.write(self.data)

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def digest(self) -> str:
        """SHA-256 as the manifest states it."""
        return str(self.manifest["sha256"])

    @property
    def ids(self) -> "list[str]":
        """Ids of all items, in the order of ``logits``."""
        if self._ids is None:
            self._ids = self._engine.ids()
        return self._ids

    @property
    def runs_on(self) -> Optional[str]:
        """What runs the graph: ``nearhand`` or ``tract``; ``None`` without one."""
        return self._engine.runs_on()

    def recommend(self, sessions: Any, k: int = 5, **rules: Any) -> Any:
        """The slates of many sessions, a row a place: ``session, rank, item, score, parts, propensity, title, source``.

        ``sessions`` is a list of lists of item ids (each a view, a second after the one before), a list of lists of events (dicts with
        ``kind``, ``item``, ``at``, ``dwell_ms``, ``quantity``), a dict of such by name, or a table of events with the columns
        ``session``, ``item`` and, where there are, ``time``, ``kind``, ``dwell_ms``, ``quantity``, in their order. Of events with
        times the clock says that of the session's last. ``rules`` are those of :meth:`Engine.recommend`. ``parts`` add up to the score.

        The table is pandas where pandas was given or nothing but lists, polars for polars, Arrow for Arrow.
        """
        asked = Sessions(sessions)
        request = json.dumps(_names.options({"k": k, "explain": True, **rules}))
        found = self._engine.slates(asked.json, request)
        number = {name: pa.array(np.frombuffer(found[name], dtype="<f4")) for name in ("score", "propensity", *_PARTS)}
        place = np.frombuffer(found["session"], dtype="<u4")
        parts = pa.StructArray.from_arrays([number[name] for name in _PARTS], names=list(_PARTS))
        sources = pa.array(found["sources"], pa.string())
        columns = {
            "session": pa.array(asked.names).take(pa.array(place)) if asked.names else pa.array([], pa.int64()),
            "rank": pa.array(np.frombuffer(found["rank"], dtype="<u4")),
            "item": pa.array(found["item"], pa.string()),
            "score": number["score"],
            "parts": parts,
            "propensity": number["propensity"],
            "title": pa.array(found["title"], pa.string()),
            "source": sources.take(pa.array(place)),
        }
        return like(pa.table(columns), sessions)

    def slates(self, sessions: Any, k: int = 5, **rules: Any) -> "list[list[str]]":
        """The ids alone, a list a session."""
        asked = Sessions(sessions)
        found = self._engine.slates(asked.json, json.dumps(_names.options({"k": k, **rules})))
        out: "list[list[str]]" = [[] for _ in asked.names]
        for place, item in zip(np.frombuffer(found["session"], dtype="<u4").tolist(), found["item"]):
            out[place].append(item)
        return out

    def features(self, session: Any) -> Any:
        """What the graph is given for a session: an array an input, by name. Of several sessions a list of that."""
        asked = one(session)
        found = [{name: array(tensor) for name, tensor in inputs} for inputs in self._engine.features(asked.json)]
        return found[0] if single(session) else found

    def query(self, session: Any) -> "np.ndarray[Any, Any]":
        """What the graph answers, as it answers it: the query vector, or its logits. A row a session; of one session a vector."""
        asked = one(session)
        found, width = self._engine.answers(asked.json)
        values = np.frombuffer(found, dtype="<f4").reshape(len(asked), width)
        return values[0] if single(session) else values

    def logits(self, session: Any) -> "np.ndarray[Any, Any]":
        """What the model says of every item (in the order of ``ids``), before table and repeats are blended in."""
        asked = one(session)
        values = np.frombuffer(self._engine.logits(asked.json), dtype="<f4").reshape(len(asked), len(self.ids))
        return values[0] if single(session) else values

    def ranks(self, pairs: Any, **options: Any) -> Any:
        """The rank of every pair's target among all items, a row a pair and way (``nearhand eval --ranks``); 0: not in the answer.

        ``pairs`` as in :func:`evaluate`.
        """
        from ._evaluate import pair_file

        with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
            path, out = os.path.join(folder, "bundle.safetensors"), os.path.join(folder, "ranks.tsv")
            self.save(path)
            argv = ["eval", path, "--pairs", pair_file(pairs, folder), "--ranks", out, "--resamples", "0"]
            if self.model_data is not None:
                second = os.path.join(folder, "model.safetensors")
                with open(second, "wb") as file:
                    file.write(self.model_data)
                argv += ["--model", second]
            _run.command([*argv, *_run.flags(options)], progress=False)
            with open(out, encoding="utf-8") as file:
                header, *rows = [line.rstrip("\n").split("\t") for line in file]
        columns = {name: [row[at] for row in rows] for at, name in enumerate(header)}
        table = pa.table({name: pa.array(values) for name, values in columns.items()})
        for name in ("pair", "rank"):
            if name in table.schema.names:
                table = table.set_column(table.schema.names.index(name), name, table.column(name).cast(pa.int64()))
        return like(table, pairs)

    def inspect(self) -> "dict[str, Any]":
        """Parts, manifest, model, provenance: ``nearhand inspect --json``."""
        return inspect(self)

    def __repr__(self) -> str:
        m = self.manifest
        return f"Bundle({m['name']!r} version {m['version']!r}, {len(self.ids):,} items, {len(self.data):,} bytes)"

    def _repr_html_(self) -> str:
        from . import _html

        m = self.manifest
        rows = [
            ("name", f"{m['name']} version {m['version']}, made {m['created_at']}"),
            ("items", len(self.ids)),
            ("bytes", len(self.data)),
            ("sha256", self.digest),
            ("model", self.runs_on and f"ONNX on {self.runs_on}" or "none: the table answers"),
            *[(f"metric {name}", value) for name, value in dict(m.get("metrics") or {}).items()],
        ]
        return _html.table(("bundle", ""), rows)


def inspect(bundle: Any) -> "dict[str, Any]":
    """What a bundle is: digest, parts, manifest, model (``nearhand inspect --json``). A path, a :class:`Bundle` or bytes; also of bundles
    that judge transactions."""
    if isinstance(bundle, (str, os.PathLike)):
        return _run.report(["inspect", os.fspath(bundle)], progress=False)
    data = bundle if isinstance(bundle, bytes) else bundle.data
    with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
        path = os.path.join(folder, "bundle.safetensors")
        with open(path, "wb") as file:
            file.write(data)
        return _run.report(["inspect", path], progress=False)
