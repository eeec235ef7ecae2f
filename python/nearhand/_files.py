"""Sessions, lists and vectors as the files that commands read."""

from __future__ import annotations

import datetime
import json
import os
from typing import Any, Iterable, Optional

import numpy as np

from ._error import Error
from ._frames import arrow, column, file, is_path, is_table
from ._sessions import _id


def today() -> str:
    """The day of the machine's clock, in UTC."""
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()


def keys(items: Any) -> str:
    """A list of ids as commands read it: in JSON, so that ids may hold blanks."""
    if isinstance(items, str):
        return items
    return json.dumps([_id(item) for item in items], ensure_ascii=False)


def session_file(sessions: Any, folder: str, name: str = "sessions") -> str:
    """Sessions, oldest first: of a path itself, of a table an event log in Parquet, of lists of ids a line each."""
    if is_path(sessions) or is_table(sessions):
        return file(sessions, folder, name)
    return lines((keys(session) for session in sessions), os.path.join(folder, f"{name}.txt"))


def lines(all: Iterable[str], path: str) -> str:
    with open(path, "w", encoding="utf-8") as to:
        to.writelines(f"{line}\n" for line in all)
    return path


def pairs(given: Any) -> "list[tuple[Any, Any]]":
    """Rows of a table with two columns, or pairs as they are."""
    if is_table(given):
        table = arrow(given, "pairs")
        first = column(table, ("prefix", "session", "items"), "pairs").to_pylist()
        second = column(table, ("next", "target", "items", "list"), "pairs").to_pylist()
        return list(zip(first, second))
    if isinstance(given, dict):
        return list(given.items())
    return [(one[0], one[1]) for one in given]


def pair_file(given: Any, folder: str) -> str:
    """Held-out pairs: the session so far, and the item that came next."""
    if is_path(given):
        return os.fspath(given)
    rows = (f"{keys(prefix)}\t{json.dumps(_id(target), ensure_ascii=False)}" for prefix, target in pairs(given))
    return lines(rows, os.path.join(folder, "pairs.tsv"))


def top_file(given: Any, folder: str, name: str) -> str:
    """Sessions and the best items of each."""
    if is_path(given):
        return os.fspath(given)
    return lines((f"{keys(prefix)}\t{keys(best)}" for prefix, best in pairs(given)), os.path.join(folder, f"{name}.tsv"))


def list_file(given: Any, folder: str, name: str, many: Optional[int] = None) -> str:
    """Lists of items: of a table with ``session, rank, item`` (as ``Bundle.recommend`` gives it) a line a session, of lists a line each; of
    pairs of a session and its list a line with both. Whole numbers that ascend below ``many``, the number of pairs, name places among them;
    else lists are in the order in which their sessions appear."""
    if is_path(given):
        return os.fspath(given)
    if is_table(given):
        table = arrow(given, name)
        if "rank" in table.schema.names:
            by: "dict[Any, list[tuple[int, str]]]" = {}
            rows = zip(*(table.column(of).to_pylist() for of in ("session", "rank", "item")))
            for session, rank, item in rows:
                by.setdefault(session, []).append((rank, item))
            ordered = list(by.items())
            ascend = all(isinstance(session, int) and session >= 0 for session in by) and list(by) == sorted(by)
            most = max(by, default=-1) if ascend else -1
            if ascend and (many is None or most < many):
                # They are places among the pairs: one without a list is an empty line.
                ordered = [(at, by.get(at, [])) for at in range(most + 1)]
            return lines(
                (keys([item for _, item in sorted(places)]) for _, places in ordered), os.path.join(folder, f"{name}.txt")
            )
        return top_file(given, folder, name)
    given = list(given)
    if given and isinstance(given[0], tuple):
        return top_file(given, folder, name)
    return lines((keys(items) for items in given), os.path.join(folder, f"{name}.txt"))


def vector_file(given: Any, folder: str) -> str:
    """Item vectors: an array (a row an item of the list), a table with ids, a dict by id, or a file."""
    if is_path(given) or is_table(given):
        return file(given, folder, "vectors")
    if isinstance(given, dict):
        rows = [
            json.dumps({"id": _id(key), "vector": [float(x) for x in vector]}, ensure_ascii=False)
            for key, vector in given.items()
        ]
        return lines(rows, os.path.join(folder, "vectors.jsonl"))
    values = np.asarray(given, dtype="<f4")
    if values.ndim != 2:
        raise Error(
            "vectors are an array with a row an item", "invalid-option", {"option": "vectors", "shape": str(np.shape(given))}
        )
    path = os.path.join(folder, "vectors.npy")
    np.save(path, values)
    return path
