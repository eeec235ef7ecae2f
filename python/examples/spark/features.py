"""Features of a log of any size on Spark: the bytes of one machine.

A window is of one key's value, so a log falls apart by each key: rows are partitioned by the card, and each partition computes the features of its cards;
again by the terminal; and the columns are joined by the id. Each part is `nearhand.features`, the code of one machine and of production.

Usage: spark-submit features.py SPEC.json LOG.parquet OUT [PARTITIONS]
"""

from __future__ import annotations

import json
import sys
from typing import Any, Callable, Dict, Iterator

import pyarrow as pa

import nearhand as nh


def by_key(spec: Dict[str, Any]) -> "dict[str, dict[str, Any]]":
    """A specification for each key, with its features alone; those of the event alone go with the first key.

    A ratio goes where both of its features are; one of features of two keys cannot be taken apart and is refused.
    """
    of: "dict[str, str]" = {}
    parts: "dict[str, list[Any]]" = {key: [] for key in spec["keys"]}
    for feature in spec["features"]:
        named = [feature[name] for name in ("over", "under") if name in feature]
        keys = {of[name] for name in named} or {feature.get("key", spec["keys"][0])}
        if len(keys) > 1:
            why = "a ratio of features of two keys: compute it of their columns, once they are joined"
            raise nh.Error(why, "invalid-option", {"feature": feature["name"]})
        of[feature["name"]] = next(iter(keys))
        parts[of[feature["name"]]].append(feature)
    return {key: {**spec, "features": features} for key, features in parts.items() if features}


def schema(spec: Dict[str, Any]) -> pa.Schema:
    """The columns that a specification's features come in; Spark counts times in microseconds."""
    fields = [pa.field(spec["id"], pa.string()), pa.field("time_ms", pa.timestamp("us", "UTC"))]
    return pa.schema(fields + [pa.field(feature["name"], pa.float64()) for feature in spec["features"]])


def partition(spec: Dict[str, Any], **options: Any) -> "Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]":
    """What `mapInArrow` runs over a partition, which holds all rows of its values of the key."""
    text = json.dumps(spec)

    def compute(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        rows = list(batches)
        if rows:
            yield from (
                nh.features(pa.Table.from_batches(rows), text, **options).cast(schema(spec)).to_batches(max_chunksize=65_536)
            )

    return compute


def refuse_repeated(rows: Any, id: str) -> None:
    """Refuses a log in which an id comes twice: the columns are joined by it, and each such pair would become four rows."""
    twice = rows.groupBy(id).count().where("count > 1").limit(1).collect()
    if twice:
        why = "an id comes twice: take repeated rows out before the log is partitioned"
        raise nh.Error(why, "data-invalid", {"column": id, "value": str(twice[0][0])})


def main(spec_file: str, log: str, out: str, partitions: int = 8) -> None:
    from pyspark.sql import SparkSession
    from pyspark.sql.pandas.types import from_arrow_schema

    spark = SparkSession.builder.appName("nearhand features").getOrCreate()
    with open(spec_file, encoding="utf-8") as file:
        spec = json.load(file)
    rows = spark.read.parquet(log)
    refuse_repeated(rows, spec["id"])
    joined = None
    for key, part in by_key(spec).items():
        found = rows.repartition(partitions, key).mapInArrow(partition(part), from_arrow_schema(schema(part)))
        joined = found if joined is None else joined.join(found.drop("time_ms"), on=spec["id"])
    names = [spec["id"], "time_ms", *(feature["name"] for feature in spec["features"])]
    joined.select(*names).write.mode("overwrite").parquet(out)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:5]))
