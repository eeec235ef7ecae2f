"""``nearhand train``: from an event log to a bundle."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Mapping, Optional, Union

from . import _html, _run, _schema, _time
from ._bundle import Bundle
from ._counts import counts_files
from ._files import session_file, today
from ._frames import file, is_path, is_table

class TrainReport:
    """What a training tells: ``trials`` that chose the settings, the learning ``curve``, ``measured`` hit rates, ``provenance``."""

    def __init__(self, found: "dict[str, Any]") -> None:
        self._found = found
        self.settings: "dict[str, Any]" = found["settings"]
        self.trials: "list[dict[str, Any]]" = found["trials"]
        self.curve: "list[dict[str, Any]]" = found["curve"]
        self.measured: "list[dict[str, Any]]" = found["measured"]
        self.provenance: "dict[str, Any]" = found["provenance"]

    def to_dict(self) -> "dict[str, Any]":
        return self._found

    def to_json(self) -> str:
        return json.dumps(self._found, ensure_ascii=False)

    def __repr__(self) -> str:
        told = {name: self._found.get(name) for name in ("items", "sessions", "held", "bytes")}
        return f"TrainReport({', '.join(f'{name}={value}' for name, value in told.items())}, trials={len(self.trials)})"

    def _repr_html_(self) -> str:
        trials = [
            (t["settings"], t["bytes"], float(t["hr@20"]), float(t["mrr@20"]), "chosen" if t["chosen"] else "")
            for t in self.trials
        ]
        lines = [
            (group["title"], line["label"], line["pairs"], float(line["hr@20"]), float(line["mrr@20"]))
            for group in self.measured
            for line in group["lines"]
        ]
        return _html.table(("trial", "bytes", "hr@20", "mrr@20", ""), trials, repr(self)) + _html.table(
            ("measured", "", "pairs", "hr@20", "mrr@20"), lines
        )


def train(
    events: Any,
    *,
    schema: Optional[Mapping[str, str]] = None,
    split: Union[float, Any] = None,
    seed: int = 1,
    items: Any = None,
    counts: Any = None,
    name: str = "shop",
    created_at: Optional[str] = None,
    progress: bool = True,
    **options: Any,
) -> "tuple[Bundle, TrainReport]":
    """Trains a bundle on the processor alone: the bundle, and what was tried and measured. The same input, seed and options give the same bytes.

    ``events`` is a log (a table, or a file or folder that ``nearhand train --events`` reads), or lists of item ids, oldest session first.
    ``schema`` names its columns: ``session``, ``item``, ``time``, ``kind``, ``title``, ``price``, ``quantity``, ``dwell``; what is not
    named is found by the usual names. ``split`` is the share of the sessions, the newest, that choose the settings [0.1]; or a time:
    sessions that end at or after it are left out, for :func:`evaluate`. ``items`` is the item list. ``counts`` are :class:`Counts` of a log of
    any size, their files, or a list of these: table and popularity are made of them, and ``events`` is a sample of that log, for vectors and
    settings. Further options are those of the command: ``max_bytes``, ``dim``, ``bits``, ``epochs``, ``min_item_count``, ``test_pairs``, ``report``, ``threads``, …

    A table is handed over as a Parquet file in a temporary folder, which the command reads and whose digest the bundle keeps.
    """
    with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
        out = os.path.join(folder, "bundle.safetensors")
        argv = ["train", "--out", out, "--name", name, "--created-at", created_at or today(), "--seed", str(seed)]
        if is_table(events) or is_path(events):
            argv += ["--events", file(events, folder, "events")]
        else:
            argv += ["--sessions", session_file(events, folder)]
        if items is not None:
            argv += ["--items", file(items, folder, "items")]
        if counts is not None:
            argv += [f"--counts={path}" for path in counts_files(counts, folder)]
        argv += _schema.flags(schema)
        if isinstance(split, (int, float)) and not isinstance(split, bool) and 0 < split < 1:
            argv += ["--held", str(float(split))]
        elif split is not None:
            argv += ["--before", str(_time.ms(split))]
        found = _run.report([*argv, *_run.flags(options)], progress=progress)
        return Bundle.load(out), TrainReport(found)
