"""Tables in and out: pandas, polars, Arrow or a file in, the same out."""

from __future__ import annotations

import os
from typing import Any, Optional, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from ._error import Error


def is_path(data: Any) -> bool:
    return isinstance(data, (str, os.PathLike))


def is_pandas(data: Any) -> bool:
    return type(data).__module__.split(".")[0] == "pandas"


def is_polars(data: Any) -> bool:
    return type(data).__module__.split(".")[0] == "polars"


def is_table(data: Any) -> bool:
    if hasattr(data, "to_list") and not hasattr(data, "columns"):
        # A column of pandas or polars is its values.
        return False
    return isinstance(data, (pa.Table, pa.RecordBatch)) or is_pandas(data) or hasattr(data, "__arrow_c_stream__")


def arrow(data: Any, name: str = "data") -> pa.Table:
    """A table of pandas, polars, or whatever has ``__arrow_c_stream__``; where the format allows, without a copy."""
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if is_pandas(data) and is_table(data):
        if not data.columns.is_unique:
            twice = str(data.columns[data.columns.duplicated()][0])
            raise Error("the table has two columns of one name", "data-invalid", {"option": name, "column": twice})
        try:
            return pa.Table.from_pandas(data, preserve_index=False)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            why = f"{name} has a column that is no Arrow column: give all of its values one type"
            raise Error(why, "data-invalid", {"option": name, "why": str(error)}) from error
    if isinstance(data, dict):
        return pa.table(data)
    if hasattr(data, "__arrow_c_stream__") and is_table(data):
        return pa.table(data)
    raise Error(
        f"{name} must be a table: pandas, polars, Arrow, or what has __arrow_c_stream__",
        "invalid-option",
        {"option": name, "value": type(data).__name__},
    )


def _plain(table: pa.Table) -> pa.Table:
    """Columns of types that the command line reads: flags as 0 and 1, decimals as their texts."""
    columns = []
    for field in table.schema:
        column = table.column(field.name) if table.schema.names.count(field.name) == 1 else None
        if column is None:
            raise Error("the table has two columns of one name", "data-invalid", {"column": field.name})
        kind = field.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
            kind = kind.value_type
        if pa.types.is_boolean(kind):
            column = column.cast(pa.int8())
        elif pa.types.is_decimal(kind):
            column = pa.chunked_array([[None if v is None else format(v, "f") for v in column.to_pylist()]], pa.string())
        elif pa.types.is_float16(kind):
            column = column.cast(pa.float32())
        elif pa.types.is_large_string(kind) or str(kind) == "string_view":
            column = column.cast(pa.string())
        elif pa.types.is_time(kind):
            column = column.cast(pa.string())
        elif pa.types.is_null(kind):
            column = column.cast(pa.string())
        columns.append(column)
    return pa.table(columns, names=table.schema.names)


def file(data: Any, folder: str, name: str) -> str:
    """The file of a table: its own where a path is given, else a Parquet file in the folder, which commands read."""
    if is_path(data):
        return os.fspath(data)
    path = os.path.join(folder, f"{name}.parquet")
    pq.write_table(_plain(arrow(data, name)), path, compression="NONE", store_schema=False)
    return path


def mapped(path: str) -> pa.Table:
    """An Arrow file's table, in the file's memory: nothing is copied. On systems where a mapped file cannot be removed it is read."""
    if os.name == "posix":
        with pa.memory_map(path) as source:
            return pa.ipc.open_file(source).read_all()
    with open(path, "rb") as source:
        return pa.ipc.open_file(pa.py_buffer(source.read())).read_all()


def like(table: pa.Table, *given: Any) -> Any:
    """A table as the first that was given: pandas for pandas, polars for polars, Arrow for Arrow. Where none was, pandas if it is
    installed, else Arrow."""
    for data in given:
        if is_pandas(data):
            return table.to_pandas()
        if is_polars(data):
            import polars

            return polars.from_arrow(table)
        if is_table(data):
            return table
    try:
        import pandas  # noqa: F401
    except ImportError:
        return table
    return table.to_pandas()


def column(table: pa.Table, names: Sequence[str], name: str) -> pa.ChunkedArray:
    """The first of some columns that a table has; one of them it must have."""
    found = find(table, names)
    if found is None:
        why = f"{name} has none of the columns {', '.join(names)}"
        raise Error(why, "data-invalid", {"option": name, "columns": ", ".join(table.schema.names)})
    return found


def find(table: pa.Table, names: Sequence[str]) -> Optional[pa.ChunkedArray]:
    """The first of some columns that a table has."""
    found = next((name for name in names if name in table.schema.names), None)
    if found is not None and table.schema.names.count(found) > 1:
        raise Error("the table has two columns of one name", "data-invalid", {"column": found})
    return None if found is None else table.column(found)
