"""``nearhand pack``: somebody's ONNX file or vectors become a bundle, or are refused."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Mapping, Optional

from . import _html, _run
from ._assess import given
from ._bundle import Bundle
from ._error import Error
from ._files import session_file, today, top_file, vector_file
from ._frames import file, is_table
from ._run import Path


class PackReport:
    """What packing understood: ``guesses`` with their reasons, ``warnings``, ``hit_rate`` on the newest sessions, ``agreed`` of ``expected``."""

    def __init__(self, found: "dict[str, Any]") -> None:
        self._found = found
        self.guesses: "list[dict[str, str]]" = found["guesses"]
        self.warnings: "list[str]" = found["warnings"]
        self.hit_rate: Optional[float] = found["hit_rate"]
        self.expected: Optional[int] = found["expected"]
        self.agreed: Optional[int] = found["agreed"]

    def to_dict(self) -> "dict[str, Any]":
        return self._found

    def to_json(self) -> str:
        return json.dumps(self._found, ensure_ascii=False)

    def __repr__(self) -> str:
        return f"PackReport(items={self._found.get('items')}, bytes={self._found.get('bytes')}, guesses={len(self.guesses)}, warnings={self.warnings})"

    def _repr_html_(self) -> str:
        rows = [(guess["what"], guess["value"], guess["why"]) for guess in self.guesses]
        rows += [("warning", warning, "") for warning in self.warnings]
        return _html.table(("understood", "as", "because"), rows, repr(self))


class Packed(Bundle):
    """A bundle that was just packed; ``report`` says what was understood."""

    report: PackReport


def pack(
    onnx: "Path | bytes | None",
    items: Any,
    *,
    vectors: Any = None,
    bits: Optional[int] = None,
    query: Optional[str] = None,
    inputs: Optional[Mapping[str, str]] = None,
    pad: Optional[str] = None,
    pad_id: Optional[int] = None,
    item_offset: Optional[int] = None,
    score: Optional[str] = None,
    sessions: Any = None,
    table_from: Any = None,
    expect: Any = None,
    name: str = "own",
    created_at: Optional[str] = None,
    **options: Any,
) -> Packed:
    """Makes a bundle of an ONNX graph, or of vectors and a ``query`` (``mean``, ``decay:0.6``, ``last``), and an item list.

    What is left out is found out by the graph and the sessions, and told in ``.report.guesses``. ``inputs`` says what fills an input
    (docs/packing.md); ``pad`` on which side of the events the padding stands; ``pad_id`` and ``item_offset`` what stands there and the
    number of the first item, for inputs that ``inputs`` calls ``item-index``. ``sessions`` (lists of ids) or ``table_from`` (lists, a log as a
    table, or a file) is needed. ``expect`` holds the graph against the tops of its own runtime: pairs of a session and its best items.
    Further options are those of ``nearhand pack``: ``fit``, ``last``, ``output``, ``currency``, ``licence``, …

    Tables are handed over as Parquet files in a temporary folder, lists as text, vectors as ``.npy``.
    """
    with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
        out = os.path.join(folder, "bundle.safetensors")
        argv = [
            "pack",
            "--out",
            out,
            "--name",
            name,
            "--created-at",
            created_at or today(),
            "--items",
            file(items, folder, "items"),
        ]
        if onnx is not None:
            argv += ["--onnx", given(onnx, folder, "model.onnx")]
        if vectors is not None:
            argv += ["--vectors", vector_file(vectors, folder)]
        if sessions is not None:
            argv += ["--table-from" if is_table(sessions) else "--sessions", session_file(sessions, folder)]
        if table_from is not None:
            argv += ["--table-from", session_file(table_from, folder, "table")]
        if expect is not None:
            argv += ["--expect", top_file(expect, folder, "expect")]
        if pad not in (None, "left", "right"):
            raise Error("pad is left or right", "invalid-option", {"option": "pad", "value": str(pad)})
        argv += _run.flags(
            {
                "input": _inputs(inputs, pad_id, item_offset),
                # Padding before the events means that they stand at the right.
                "align": pad and {"left": "right", "right": "left"}[pad],
                "bits": bits,
                "query": query,
                "score": score,
                **options,
            }
        )
        found = _run.report(argv, progress=False)
        packed = Packed.load(out)
        assert isinstance(packed, Packed)
        packed.report = PackReport(found)
        return packed


def _inputs(inputs: Optional[Mapping[str, str]], pad_id: Optional[int], item_offset: Optional[int]) -> "Optional[dict[str, str]]":
    if pad_id is None and item_offset is None:
        return dict(inputs) if inputs else None
    if not any(feature == "item-index" for feature in (inputs or {}).values()):
        why = "pad_id and item_offset are about an input of item numbers: name it, as inputs={'item_ids': 'item-index'}"
        raise Error(why, "invalid-option", {"option": "pad_id" if item_offset is None else "item_offset"})
    index = f"item-index:{1 if item_offset is None else item_offset}:{0 if pad_id is None else pad_id}"
    return {name: index if feature == "item-index" else feature for name, feature in (inputs or {}).items()}
