"""``nearhand eval``: ways of recommending, judged on held-out pairs."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Mapping, Optional, Sequence

import pyarrow as pa

from . import _html, _run
from ._bundle import Bundle
from ._error import Error
from ._files import list_file, pair_file, session_file
from ._files import pairs as rows_of
from ._frames import is_path, is_table, like
from .baselines import Baseline

__all__ = ["Eval", "evaluate", "pair_file"]


class Eval:
    """Figures of every way, with intervals: ``ways`` by name, ``differences`` from ``against``, ``segments``, ``notes``."""

    def __init__(self, found: "dict[str, Any]", names: "dict[str, str]") -> None:
        def name(way: Any) -> Any:
            return names.get(way, way)

        self._found = found
        self.k: int = found["k"]
        self.pairs: int = found["pairs"]
        self.sessions: int = found["sessions"]
        self.against: str = name(found["against"])
        self.ways: "dict[str, dict[str, Any]]" = {name(way["name"]): way for way in found["ways"]}
        self.differences: "dict[str, dict[str, Any]]" = {name(one["way"]): one["of"] for one in found["differences"]}
        self.segments: "list[dict[str, Any]]" = found["segments"]
        self.notes: "list[str]" = found["notes"]

    def __getitem__(self, name: str) -> "dict[str, float]":
        """The figures of a way: ``evaluation["new"]["hr"]``."""
        if name not in self.ways:
            raise Error("no way of this name was judged", "invalid-option", {"way": name, "known": ", ".join(self.ways)})
        return {measure: of["value"] for measure, of in self.ways[name]["figures"].items()}

    def table(self) -> Any:
        """A row a way and measure: ``way, measure, value, low, high, n``."""
        rows = [
            {"way": name, "measure": measure, "value": of["value"], "low": of.get("low"), "high": of.get("high"), "n": way["n"]}
            for name, way in self.ways.items()
            for measure, of in way["figures"].items()
        ]
        return like(pa.Table.from_pylist(rows))

    def to_dict(self) -> "dict[str, Any]":
        return self._found

    def to_json(self) -> str:
        return json.dumps(self._found, ensure_ascii=False)

    def __repr__(self) -> str:
        ways = " ".join(f"{name} hr@{self.k}={self[name]['hr']:.4f} mrr@{self.k}={self[name]['mrr']:.4f}" for name in self.ways)
        return f"eval pairs={self.pairs} {ways}"

    def _repr_html_(self) -> str:
        def interval(of: "dict[str, Any]") -> str:
            return f"{of['value']:.4f} ({of['low']:.4f} to {of['high']:.4f})"

        def verdict(name: str) -> str:
            of = self.differences.get(name, {}).get("mrr")
            return "" if of is None else f"{of['value']:+.4f}, {of['verdict']}"

        rows = [
            (
                name,
                interval(way["figures"]["hr"]),
                interval(way["figures"]["mrr"]),
                interval(way["figures"]["ndcg"]),
                verdict(name),
            )
            for name, way in self.ways.items()
        ]
        k = self.k
        head = ("way", f"hr@{k}", f"mrr@{k}", f"ndcg@{k}", f"mrr less that of {self.against}")
        return _html.table(head, rows, f"{self.pairs:,} pairs of {self.sessions:,} sessions; 95 % intervals")


def evaluate(
    ways: Any,
    pairs: Any = None,
    *,
    by: Sequence[str] = (),
    bootstrap: int = 2000,
    k: int = 20,
    train: Any = None,
    seed: int = 1,
    against: Optional[str] = None,
    parts: bool = False,
    **options: Any,
) -> Eval:
    """Judges ways of recommending by the same questions: a session so far, and the item that came next. All items are ranked.

    ``ways`` is a bundle, or a dict by name of bundles (or their files), lists from elsewhere (a table ``session, rank, item`` in the order of
    the pairs, a list of lists, or pairs of a session and its list) and ``baselines``; these count ``train``, sessions oldest first.
    ``pairs`` is a file, a list of pairs, or a table with ``prefix`` and ``next``; instead of it ``events`` and ``from`` as the command takes
    them. ``by`` names segments: ``length``, ``category``, ``new``, ``frequency``, ``repeat``. ``bootstrap`` is how often sessions are
    drawn anew for intervals and tests. ``against`` is the way that all others are compared with. ``parts`` keeps the bundles' parts as ways
    of their own: ``NAME/vectors``, ``NAME/table``, ``NAME/popularity``. Further options are those of ``nearhand eval``.
    """
    given: "dict[str, Any]" = dict(ways) if isinstance(ways, Mapping) else {getattr(ways, "name", "bundle"): ways}
    with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
        bundles = {name: way for name, way in given.items() if isinstance(way, Bundle) or _is_bundle(way)}
        if not bundles:
            raise Error("name a bundle: it says what the items are", "invalid-option", {"option": "ways"})
        if pairs is not None and not is_path(pairs) and not is_table(pairs):
            pairs = pairs if isinstance(pairs, Mapping) else list(pairs)
        many = None if pairs is None or is_path(pairs) else len(rows_of(pairs))
        first = next(iter(bundles))
        names, argv = {}, ["eval"]
        for at, (name, way) in enumerate(bundles.items()):
            path, models = _bundle_files(way, folder, at)
            argv.append(f"{name}={path}")
            argv += models
            names[name] = name
        for name, way in given.items():
            if name in bundles:
                continue
            if isinstance(way, Baseline):
                if train is None and way.way != "popularity":
                    why = "a baseline counts sessions: give them as train, oldest first"
                    raise Error(why, "invalid-option", {"option": "train", "way": name})
                names[f"{first}/{way.way}"] = name
            else:
                argv += ["--lists", f"{name}={list_file(way, folder, f'lists{len(names)}', many)}"]
                names[f"{first}/{name}"] = name
        if pairs is not None:
            argv += ["--pairs", pair_file(pairs, folder)]
        if train is not None:
            argv += ["--train", session_file(train, folder, "train")]
        said = {told: way for way, told in names.items()}
        if against is not None:
            argv += ["--against", said.get(against, against)]
        argv += ["--k", str(k), "--resamples", str(bootstrap), "--seed", str(seed)]
        if by:
            argv += ["--by", ",".join(by)]
        found = _run.report([*argv, *_run.flags({name.rstrip("_"): value for name, value in options.items()})], progress=False)
    if not parts:
        _keep(found, names)
    return Eval(found, names)


def _keep(found: "dict[str, Any]", names: "dict[str, str]") -> None:
    """Leaves the ways that were asked for; what all are compared with stays."""
    wanted = {*names, found["against"]}
    found["ways"] = [way for way in found["ways"] if way["name"] in wanted]
    found["differences"] = [one for one in found["differences"] if one["way"] in wanted]
    for segment in found["segments"]:
        segment["ways"] = [way for way in segment["ways"] if way["name"] in wanted]


def _is_bundle(way: Any) -> bool:
    return is_path(way) and os.fspath(way).endswith(".safetensors")


def _bundle_files(way: Any, folder: str, at: int) -> "tuple[str, list[str]]":
    if is_path(way):
        return os.fspath(way), []
    path = os.path.join(folder, f"bundle{at}.safetensors")
    way.save(path)
    if way.model_data is None:
        return path, []
    second = os.path.join(folder, f"model{at}.safetensors")
    with open(second, "wb") as to:
        to.write(way.model_data)
    return path, ["--model", second]
