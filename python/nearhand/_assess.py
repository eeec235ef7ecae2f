"""Card transactions judged: approve, review or decline, and why (docs/assess.md)."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Iterable, Mapping, Optional, Sequence

import pyarrow as pa

from . import _html, _nearhand, _run
from ._bundle import read
from ._error import Error
from ._frames import file, is_path, like
from ._run import Path
from ._sessions import _id


class Assessment:
    """A decision: ``decision`` (``approve``, ``review``, ``decline``), ``by`` (``model``, ``fallback`` or ``{"rule": code}``), ``score``,
    ``risk``, ``rules`` that hold and ``reasons`` of the model."""

    def __init__(self, found: "dict[str, Any]") -> None:
        self._found = found
        self.decision: str = found["decision"]
        self.by: Any = found["by"]
        self.rules: "list[dict[str, Any]]" = found["rules"]
        self.reasons: "list[dict[str, Any]]" = found["reasons"]
        model = found["model"] or {}
        self.score: Optional[float] = model.get("score")
        self.risk: Optional[float] = model.get("risk")

    def to_dict(self) -> "dict[str, Any]":
        return self._found

    def to_json(self) -> str:
        return json.dumps(self._found, ensure_ascii=False)

    def __repr__(self) -> str:
        return f"Assessment({self.decision!r}, by={self.by!r}, risk={self.risk})"

    def _repr_html_(self) -> str:
        rows: "list[tuple[Any, ...]]" = [("rule", r["code"], r["text"], None) for r in self.rules]
        rows += [("reason", r["code"], r["text"], float(r["contribution"])) for r in self.reasons]
        return _html.table(("", "code", "", "contribution"), rows, f"{self.decision}, risk {self.risk}")


class Assessor:
    """A bundle that judges transactions, by the code that does so at the edge.

    >>> assessor = Assessor.load("card-fraud.safetensors")
    >>> assessor.assess({"TX_AMOUNT": 12.3, …}, amount=1230, currency="EUR").decision
    """

    def __init__(self, data: bytes, *, digest: Optional[str] = None) -> None:
        self.data = data
        self._assessor = _nearhand.Assessor(data, digest)
        self._lists: "dict[str, list[str]]" = {}
        self.manifest: "dict[str, Any]" = json.loads(self._assessor.manifest())
        #: Names of the features, in the order of the declaration.
        self.features: "list[str]" = self._assessor.features()

    @classmethod
    def load(cls, path: Path, *, digest: Optional[str] = None) -> "Assessor":
        """Opens a file and replays its goldens."""
        return cls(read(path), digest=digest)

    def save(self, path: Path) -> None:
        with open(path, "wb") as to:
            to.write(self.data)

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return self._assessor.digest()

    @property
    def windows(self) -> Optional[str]:
        """The specification of the windows that make the features, where the bundle has it: for ``Windows`` and ``features``."""
        return self._assessor.windows()

    def assess(
        self,
        features: "Mapping[str, float] | Sequence[float]",
        *,
        amount: Optional[int] = None,
        currency: Optional[str] = None,
        explain: str = "severe",
        **fields: str,
    ) -> Assessment:
        """Judges a transaction by its features, by name or in order. ``amount`` is in minor units, ``fields`` are those that rules look at.
        ``explain``: which get reasons, ``never``, ``severe`` (unless approved) or ``always``."""
        if isinstance(features, Mapping):
            # All that are missing or unknown are refused by their names.
            unknown = [name for name in features if name not in self.features]
            missing = [name for name in self.features if name not in features]
            if unknown or missing:
                why = "the features are not those that the bundle wants"
                raise Error(why, "schema-mismatch", {"missing": ", ".join(missing), "unknown": ", ".join(unknown)})
            values = [float(features[name]) for name in self.features]
        else:
            values = [float(value) for value in features]
        told = [(name, _id(value)) for name, value in fields.items()]
        return Assessment(json.loads(self._assessor.assess(values, _minor(amount), currency, told, explain)))

    def assess_table(self, rows: Any, **options: Any) -> Any:
        """Judges the rows of a table: ``id, decision, by, score, risk, model, rules, reasons``, a row each.

        ``nearhand assess`` does it, which reads a Parquet file in a temporary folder. Options are those of the command: ``id_col``,
        ``amount_col``, ``currency_col``, ``explain``, ``field_col`` (a dict), ``list`` (a dict of files), … Lists that ``set_list``
        has set hold, but for those of ``list``.
        """
        with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
            bundle, out = os.path.join(folder, "bundle.safetensors"), os.path.join(folder, "decisions.jsonl")
            self.save(bundle)
            argv = ["assess", "--bundle", bundle, "--in", file(rows, folder, "rows"), "--out", out]
            lists = {name: list_of(keys, folder, f"list{at}") for at, (name, keys) in enumerate(self._lists.items())}
            options["list"] = {**lists, **(options.get("list") or {})}
            _run.command([*argv, *_run.flags(options)], progress=False)
            with open(out, encoding="utf-8") as lines:
                found = [json.loads(line) for line in lines]
        model = [one["model"] or {} for one in found]
        by = [one["by"] if isinstance(one["by"], str) else one["by"]["rule"] for one in found]
        table = pa.table(
            {
                "id": pa.array([one["id"] for one in found], pa.string()),
                "decision": pa.array([one["decision"] for one in found], pa.string()),
                "by": pa.array(by, pa.string()),
                "score": pa.array([one.get("score") for one in model], pa.float32()),
                "risk": pa.array([one.get("risk") for one in model], pa.float64()),
                "model": pa.array([one.get("decision") for one in model], pa.string()),
                "rules": pa.array([[rule["code"] for rule in one["rules"]] for one in found], pa.list_(pa.string())),
                "reasons": pa.array([[reason["code"] for reason in one["reasons"]] for one in found], pa.list_(pa.string())),
            }
        )
        return like(table, rows)

    def set_list(self, name: str, keys: Iterable[Any]) -> None:
        """Puts other keys in the place of a list's."""
        told = [_id(key) for key in keys]
        self._assessor.set_list(name, told)
        self._lists[name] = told

    def __repr__(self) -> str:
        return f"Assessor({self.manifest['name']!r}, {len(self.features)} features, {len(self.data):,} bytes)"


def _minor(amount: Any) -> Optional[int]:
    """An amount in minor units; what is none is refused, as 12.5 for 1250."""
    if amount is None:
        return None
    try:
        units = int(amount)
        if units == amount and not isinstance(amount, bool) and abs(units) < 2**63:
            return units
    except (TypeError, ValueError, OverflowError):
        pass
    why = "the amount is in minor units: a whole number, as 1250 of 12.50"
    raise Error(why, "invalid-option", {"option": "amount", "value": str(amount)})


def pack_assess(
    onnx: "Path | bytes",
    spec: "Path | Mapping[str, Any]",
    scored: Any,
    *,
    name: str,
    created_at: str,
    windows: "Path | Mapping[str, Any] | None" = None,
    **options: Any,
) -> "tuple[Assessor, dict[str, Any]]":
    """Makes the bundle that judges transactions (``nearhand pack-assess``): the bundle, and what was measured.

    ``scored`` are rows with features and labels that the model has not learnt from. Options are those of the command: ``label_col``,
    ``amount_col``, ``time_col``, ``days``, ``score_col``, ``tolerance``, ``licence``, ``card``, …
    """
    with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
        out = os.path.join(folder, "bundle.safetensors")
        argv = ["pack-assess", "--onnx", given(onnx, folder, "model.onnx"), "--spec", given(spec, folder, "assess.json")]
        if windows is not None:
            argv += ["--windows", given(windows, folder, "windows.json")]
        argv += ["--scored", file(scored, folder, "scored"), "--name", name, "--created-at", created_at, "--out", out]
        found = _run.report([*argv, *_run.flags(options)], progress=False)
        return Assessor.load(out), found


def list_of(keys: "list[str]", folder: str, name: str) -> str:
    """A file with a key a line. What a line does not hold is refused."""
    for key in keys:
        if key != key.strip() or not key or len(key.splitlines()) > 1:
            why = "a key with blanks at its ends or a line's end cannot be handed to the command: judge such rows by assess"
            raise Error(why, "invalid-option", {"option": "list", "key": key})
    path = os.path.join(folder, f"{name}.txt")
    with open(path, "w", encoding="utf-8") as to:
        to.writelines(f"{key}\n" for key in keys)
    return path


def given(value: Any, folder: str, name: str) -> str:
    """The file of bytes, of a dict as JSON, or that is named."""
    if is_path(value):
        return os.fspath(value)
    path = os.path.join(folder, name)
    if isinstance(value, Mapping):
        value = json.dumps(value, ensure_ascii=False).encode()
    with open(path, "wb") as to:
        to.write(value)
    return path
