"""Does the bundle answer as the model did in research, and are served features those that the log gives?"""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Callable, Optional

import numpy as np

from . import _html, _run, _wasm
from ._bundle import Bundle
from ._error import Error
from ._features import Spec, spec_file
from ._frames import file
from ._sessions import Sessions


class Parity:
    """How far a bundle's answers are from those of a function. ``same`` of ``sessions`` have the same items in the same order, ``tied`` more
    differ within ``tolerance`` of the scores alone; ``overlap`` is the mean share of common items, ``largest`` the largest difference of
    scores where the function gives scores, ``worst`` the sessions that differ most."""

    def __init__(self, found: "dict[str, Any]") -> None:
        self._found = found
        self.sessions: int = found["sessions"]
        self.k: int = found["k"]
        self.same: int = found["same"]
        self.tied: int = found["tied"]
        self.overlap: float = found["overlap"]
        self.largest: Optional[float] = found["largest"]
        self.worst: "list[dict[str, Any]]" = found["worst"]

    @property
    def ok(self) -> bool:
        """Whether every session has the same items, but for ties."""
        return self.same + self.tied == self.sessions

    def to_dict(self) -> "dict[str, Any]":
        return self._found

    def to_json(self) -> str:
        return json.dumps(self._found, ensure_ascii=False)

    def __repr__(self) -> str:
        largest = "" if self.largest is None else f" largest={self.largest:.3g}"
        return f"parity sessions={self.sessions} k={self.k} same={self.same} tied={self.tied} overlap={self.overlap:.4f}{largest}"

    def _repr_html_(self) -> str:
        rows = [(w["session"], float(w["overlap"]), " ".join(w["bundle"]), " ".join(w["given"])) for w in self.worst]
        return _html.table(("session", "overlap", "bundle", "given"), rows, repr(self))


def parity(
    bundle: Bundle,
    fn: Callable[[Any], Any],
    sessions: Any,
    k: int = 20,
    *,
    runtime: str = "native",
    of: Optional[str] = None,
    tolerance: float = 1e-5,
    package: Optional[_run.Path] = None,
    timeout: float = 600,
) -> Parity:
    """Holds a bundle against a function of a session, as the model in its own runtime.

    ``fn(events)`` gets one session as it was given and gives the items best first, or a score an item in the order of ``bundle.ids``.
    ``of="model"`` compares what the model says of every item, ``of="slate"`` the slate with table and repeats, nothing excluded.
    ``runtime`` is ``"native"``, the very code of the wasm compiled for this machine (``of`` is ``"model"`` unless told otherwise), or
    ``"wasm"``: slates of the npm package, run by Node, of the folder ``package`` or of the nearest ``node_modules``, within
    ``timeout`` seconds [600].
    """
    if runtime not in ("native", "wasm"):
        raise Error("runtime is native or wasm", "invalid-option", {"option": "runtime", "value": str(runtime)})
    of = of or ("slate" if runtime == "wasm" else "model")
    if of not in ("model", "slate"):
        raise Error("of is model or slate", "invalid-option", {"option": "of", "value": of})
    if runtime == "wasm" and of == "model":
        why = "the npm package gives slates: compare of='slate' with it, or of='model' with runtime='native'"
        raise Error(why, "invalid-option", {"option": "of", "value": of})
    if package is not None and runtime != "wasm":
        raise Error("package is for runtime='wasm'", "invalid-option", {"option": "package", "value": os.fspath(package)})
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 < timeout < float("inf"):
        raise Error("timeout is a number of seconds above 0", "invalid-option", {"option": "timeout", "value": str(timeout)})
    asked = Sessions(sessions)
    ids = bundle.ids
    if not 1 <= k <= min(100, len(ids)):
        raise Error("k is 1 to 100, and no more than there are items", "invalid-option", {"option": "k", "value": str(k)})
    logits = (
        np.frombuffer(bundle._engine.logits(asked.json), dtype="<f4").reshape(len(asked), len(ids)) if of == "model" else None
    )
    slates = None
    if of == "slate":
        slates = _wasm.slates(bundle, asked, k, package, timeout) if runtime == "wasm" else bundle.slates(sessions, k, exclude=[])
    same = tied = 0
    shares: "list[float]" = []
    largest: Optional[float] = None
    worst: "list[dict[str, Any]]" = []
    for at, name in enumerate(asked.names):
        scores = None if logits is None else logits[at]
        ours = _top(scores, ids, k)[0] if scores is not None else (slates or [])[at]
        given = fn(asked.given[at])
        theirs, values = _top(given, ids, k)
        blank = values is not None and bool(np.isnan(values).any())
        if values is not None and scores is not None:
            # A score that is no number differs from every number.
            off = float(np.max(np.where(np.isnan(values) & ~np.isnan(scores), np.inf, np.abs(values - scores))))
            largest = off if largest is None else max(largest, off)
        share = len(set(ours) & set(theirs)) / max(len(ours), 1)
        shares.append(share)
        if ours == theirs and not blank:
            same += 1
        elif not blank and scores is not None and _ties(ours, theirs, dict(zip(ids, scores.tolist())), tolerance):
            tied += 1
        else:
            worst.append({"session": name, "overlap": share, "bundle": ours, "given": theirs})
    worst.sort(key=lambda one: one["overlap"])
    return Parity(
        {
            "sessions": len(asked),
            "k": k,
            "of": of,
            "runtime": runtime,
            "same": same,
            "tied": tied,
            "overlap": float(np.mean(shares)) if shares else 1.0,
            "largest": largest,
            "worst": worst[:20],
        }
    )


def _top(given: Any, ids: "list[str]", k: int) -> "tuple[list[str], Optional[np.ndarray[Any, Any]]]":
    values = np.asarray(given)
    if values.dtype.kind == "f":
        if values.shape != (len(ids),):
            why = "the function gives a score an item, in the order of bundle.ids, or the items best first"
            raise Error(why, "invalid-option", {"option": "fn", "shape": str(values.shape), "items": str(len(ids))})
        return [ids[i] for i in np.argsort(-values, kind="stable")[:k]], values
    return [str(item) for item in given][:k], None


def _ties(ours: "list[str]", theirs: "list[str]", scores: "dict[str, float]", tolerance: float) -> bool:
    """Whether places that differ hold items of the same score, within a tolerance of numbers above 1."""
    if len(ours) != len(theirs):
        return False
    for a, b in zip(ours, theirs):
        if a != b:
            x, y = scores[a], scores.get(b)
            if y is None or abs(x - y) > tolerance * max(1.0, abs(x)):
                return False
    return True


class FeatureParity:
    """What ``nearhand parity`` found: ``rows``, ``mismatches``, ``largest``, ``missing_recomputed``, and by feature."""

    def __init__(self, found: "dict[str, Any]") -> None:
        self._found = found
        self.rows: int = found["rows"]
        self.mismatches: int = found["mismatches"]
        self.largest: float = float(found["largest"])
        self.missing_recomputed: int = found["missing_recomputed"]
        self.features: "list[dict[str, Any]]" = found["features"]
        self.notes: "list[str]" = found["notes"]

    @property
    def ok(self) -> bool:
        """Whether nothing differs and nothing is missing, and there is something to compare."""
        missing = self.missing_recomputed + (self._found["missing_served"] if self._found["both_ways"] else 0)
        return self.rows > 0 and self.mismatches == 0 and missing == 0

    def to_dict(self) -> "dict[str, Any]":
        return self._found

    def to_json(self) -> str:
        return json.dumps(self._found, ensure_ascii=False)

    def __repr__(self) -> str:
        return (
            f"parity rows={self.rows} mismatches={self.mismatches} largest={self.largest:.3g} missing={self.missing_recomputed}"
        )

    def _repr_html_(self) -> str:
        rows = [(f["name"], f["mismatches"], float(f["largest"]), float(f["p50"]), float(f["p99"])) for f in self.features]
        return _html.table(("feature", "mismatches", "largest", "p50", "p99"), rows, repr(self))


def feature_parity(
    served: Any, *, spec: Optional[Spec] = None, log: Any = None, recomputed: Any = None, html: Any = None, **options: Any
) -> FeatureParity:
    """Compares served features with those of a log by a specification, or with a table of recomputed ones (docs/parity.md).

    Tables are handed over as Parquet files in a temporary folder, which the command reads. It does not raise where values differ: look at
    ``ok``. Further options are those of ``nearhand parity``: ``tolerance``, ``relative``, ``id``, ``features``, ``time_origin``, …
    """
    if (recomputed is None) == (spec is None or log is None):
        why = "give a specification and a log, or a table of recomputed features"
        raise Error(why, "invalid-option", {"option": "recomputed"})
    with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
        argv = ["parity", "--served", file(served, folder, "served")]
        if recomputed is not None:
            argv += ["--recomputed", file(recomputed, folder, "recomputed")]
        else:
            argv += ["--spec", spec_file(spec, folder), "--log", file(log, folder, "log")]  # type: ignore[arg-type]
        argv += _run.flags({"html": html and os.fspath(html), **options})
        # That values differ is what is asked for, and no error: what is let pass is for the caller.
        most = 2**63
        return FeatureParity(_run.report([*argv, "--max-mismatches", str(most), "--max-missing", str(most)], progress=False))
