"""A bundle judged on any number of held-out pairs on Spark: the figures of one machine.

A pair's rank follows from the pair and the bundle alone, and hit rate and mean reciprocal rank follow from how many pairs have each rank: whole numbers,
which are added up. Each partition is ranked by `Bundle.ranks`, the code of `nearhand eval`.

Usage: spark-submit evaluate.py BUNDLE.safetensors PAIRS.parquet [PARTITIONS]

PAIRS has the columns `prefix`, a list of item ids, and `next`.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

import nearhand as nh

#: How many pairs have a rank; 0 is none among the first k.
SCHEMA = pa.schema([pa.field("way", pa.string()), pa.field("rank", pa.int64()), pa.field("pairs", pa.int64())])


def partition(bundle: bytes, **options: Any) -> "Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]":
    """What `mapInArrow` runs over a partition, whatever pairs it holds."""

    def compute(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        rows = [batch for batch in batches if batch.num_rows]
        if rows:
            # Whether most targets are unknown only all pairs tell.
            ranks = _ranks(nh.Bundle(bundle), pa.Table.from_batches(rows), **options)
            found = ranks.group_by(["way", "rank"]).aggregate([("pair", "count")])
            yield from found.rename_columns(_names(found)).select(SCHEMA.names).cast(SCHEMA).to_batches()

    return compute


def _ranks(bundle: nh.Bundle, pairs: pa.Table, **options: Any) -> pa.Table:
    """The ranks of a partition; targets that are all unknown, which are refused of a whole file, are all missed."""
    try:
        return bundle.ranks(pairs, max_unknown=1, **options)
    except nh.Error as error:
        if error.code != "item-unknown":
            raise
    # Beside one more pair, of a known target, which is then left out.
    text = [[str(item) for item in prefix] for prefix in pairs.column("prefix").to_pylist()]
    known = {"prefix": [*text, bundle.ids[:1]], "next": [*map(str, pairs.column("next").to_pylist()), bundle.ids[-1]]}
    ranks = bundle.ranks(pa.table(known), max_unknown=1, **options)
    return ranks.filter(pc.less(ranks.column("pair"), pc.max(ranks.column("pair"))))


def _names(found: pa.Table) -> "list[str]":
    return ["pairs" if name == "pair_count" else name for name in found.schema.names]


def figures(counted: "Iterable[Any]", k: int = 20) -> "Dict[str, Dict[str, float]]":
    """Pairs, hit rate and mean reciprocal rank of every way, of rows `way, rank, pairs` in whatever order and of however many partitions."""
    by_way: "Dict[str, Dict[int, int]]" = {}
    for row in counted:
        ranks = by_way.setdefault(row["way"], {})
        ranks[row["rank"]] = ranks.get(row["rank"], 0) + row["pairs"]
    found = {}
    for way, ranks in sorted(by_way.items()):
        pairs = sum(ranks.values())
        hits = [(rank, ranks[rank]) for rank in sorted(ranks) if 1 <= rank <= k]
        found[way] = {
            "pairs": pairs,
            "hr": sum(count for _, count in hits) / pairs,
            "mrr": sum(count / rank for rank, count in hits) / pairs,
        }
    return found


def main(bundle: str, pairs: str, partitions: int = 8) -> None:
    from pyspark.sql import SparkSession
    from pyspark.sql.pandas.types import from_arrow_schema

    spark = SparkSession.builder.appName("nearhand evaluate").getOrCreate()
    rank = partition(nh.Bundle.load(bundle).data)
    counted = spark.read.parquet(pairs).repartition(partitions).mapInArrow(rank, from_arrow_schema(SCHEMA))
    summed = counted.groupBy("way", "rank").sum("pairs").withColumnRenamed("sum(pairs)", "pairs")
    for way, of in figures(summed.toLocalIterator()).items():
        print(f"eval {way} pairs={of['pairs']} hr@20={of['hr']:.4f} mrr@20={of['mrr']:.4f}")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:4]))
