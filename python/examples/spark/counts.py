"""Counts of a log of any size on Spark, and a bundle whose table is made of them: the bytes of one machine.

A table is made of how often items stand beside each other in sessions, and sessions of different visitors have nothing to do with each other: rows are
partitioned by the column of sessions or visitors, each partition is counted by `nearhand.count`, and the counts, sums of whole numbers, are added
up where the program runs. What is counted of a partition comes as bytes through Spark, so that a task that is run twice counts once.

Usage: spark-submit counts.py LOG.parquet OUT.counts --session COLUMN[,COLUMN] [--order COLUMN] [--partitions N] [--items FILE]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional

import pyarrow as pa
import pyarrow.compute as pc

import nearhand as nh

#: A partition's counts, piece by piece.
SCHEMA = pa.schema([pa.field("part", pa.int64()), pa.field("at", pa.int64()), pa.field("bytes", pa.binary())])
#: Bytes of a piece.
PIECE = 1 << 22
#: The columns that tell which of two rows of one time came first: the one that is named, then the order in which Spark reads them.
ORDER = ["__order", "__read"]


def number() -> int:
    """The number of the partition that runs here."""
    from pyspark import TaskContext

    return TaskContext.get().partitionId()


def partition(order: "Optional[List[str]]" = None, number: "Callable[[], int]" = number, **options: Any) -> "Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]":
    """What `mapInArrow` runs over a partition, which holds all rows of its visitors. Rows go in by the columns of `order`, as those of one time
    stay as they are."""

    def compute(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        rows = [batch for batch in batches if batch.num_rows]
        if not rows:
            return
        table = pa.Table.from_batches(rows)
        if order is not None:
            table = table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in order])).drop_columns(order)
        data = nh.count(table, **options).data
        # Of partitions without a session all bytes are the same: their numbers tell them apart.
        part = number()
        for at in range(0, len(data), PIECE):
            yield pa.record_batch([[part], [at], [data[at : at + PIECE]]], schema=SCHEMA)

    return compute


def parts(pieces: "Iterable[Any]", folder: str) -> "List[str]":
    """The files of all partitions' counts, of the rows that `partition` gives, in whatever order."""
    sizes: Dict[str, int] = {}
    for piece in pieces:
        path = os.path.join(folder, f"{piece['part']}.counts")
        with open(path, "r+b" if path in sizes else "wb") as to:
            to.seek(piece["at"])
            to.write(piece["bytes"])
        sizes[path] = sizes.get(path, 0) + len(piece["bytes"])
    for path, size in sizes.items():
        if os.path.getsize(path) != size:
            raise nh.Error("a piece of a part is missing, or there twice", "data-invalid", {"path": path})
    return sorted(sizes)


def add_up(paths: "List[str]") -> nh.Counts:
    """The counts of the whole log. A digest that is wrong, a part that is there twice and a visitor found in two parts are refused;
    visitors are looked for in a sample of each (docs/counts.md)."""
    return nh.Counts.merge(nh.Counts.load(path) for path in paths)


def main() -> None:
    from pyspark.sql import SparkSession, functions
    from pyspark.sql.pandas.types import from_arrow_schema

    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("log")
    asked.add_argument("out")
    asked.add_argument("--session", required=True, help="the column of sessions or visitors; several, separated by commas")
    asked.add_argument("--order", help="a column that orders rows of one session and time [that in which Spark reads them]")
    asked.add_argument("--partitions", type=int, default=8)
    asked.add_argument("--items", help="the item list")
    given = asked.parse_args()
    spark = SparkSession.builder.appName("nearhand counts").getOrCreate()
    rows = spark.read.parquet(given.log)
    order, read = ORDER
    rows = rows.withColumn(read, functions.monotonically_increasing_id())
    rows = rows.withColumn(order, functions.col(given.order if given.order else read))
    options = {"items": given.items} if given.items else {}
    count = partition(ORDER, schema={"session": given.session}, **options)
    # As ids are read: without blanks around them, whatever their type.
    keys = [functions.trim(functions.col(name).cast("string")) for name in given.session.split(",")]
    pieces = rows.repartition(given.partitions, *keys).mapInArrow(count, from_arrow_schema(SCHEMA))
    with tempfile.TemporaryDirectory(prefix="nearhand-") as folder:
        whole = add_up(parts(pieces.toLocalIterator(), folder))
    whole.save(given.out)
    print(f"counts {given.out} {whole!r}")
    spark.stop()


if __name__ == "__main__":
    main()
