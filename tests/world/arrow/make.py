"""Makes the Arrow files beside this script: one small table, as pyarrow, pandas and polars write it.

Run by hand in the root of the checkout, with pyarrow, pandas and polars installed: python tests/world/arrow/make.py
Tests read the files alone.
"""

import os
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather as feather

HERE = os.path.dirname(os.path.abspath(__file__))
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
IDS = [1, 2, 3, None, 5]
CARDS = ["c1", 'ü "q"', None, "c1", "x" * 40]
AMOUNTS = [10.5, 20.25, None, -3.0, 1e9]
FLAGS = [True, False, None, True, False]
TIMES = [START + timedelta(hours=i) for i in range(4)] + [None]


def path(name):
    return os.path.join(HERE, name)


def rest(unit):
    return pa.array([None if t is None else int(t.timestamp() * {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[unit]) for t in TIMES], pa.int64()).cast(
        pa.timestamp(unit, tz="UTC")
    )


ALL = {
    "id": pa.array(IDS, pa.int64()),
    "card": pa.array(CARDS, pa.string()),
    "amount": pa.array(AMOUNTS, pa.float64()),
    "flag": pa.array(FLAGS, pa.bool_()),
    "at": rest("ms"),
    "at_s": rest("s"),
    "at_us": rest("us"),
    "at_ns": rest("ns"),
    "day": pa.array([date(2026, 1, 1), None, date(1969, 12, 31), date(2026, 1, 2), date(2026, 1, 3)], pa.date32()),
    "day_ms": pa.array([date(2026, 1, 1), None, date(1969, 12, 31), date(2026, 1, 2), date(2026, 1, 3)], pa.date64()),
    "price": pa.array([Decimal("1050.00"), Decimal("-0.05"), None, Decimal("0"), Decimal("99999999.99")], pa.decimal128(12, 2)),
    "word": pa.array(["a", "b", "a", None, "b"]).dictionary_encode(),
    "number": pa.array([7, 9, 7, 7, None], pa.int32()).dictionary_encode(),
    "large": pa.array(CARDS, pa.large_string()),
    "i8": pa.array([-128, 127, 0, None, 1], pa.int8()),
    "u16": pa.array([65535, 1, 0, None, 1], pa.uint16()),
    "u64": pa.array([2**64 - 1, 1, 0, None, 1], pa.uint64()),
    "f32": pa.array([0.1, 85.65, None, float("nan"), 1.0], pa.float32()),
    "f16": pa.array([0.5, 1.0, None, 2.0, -1.5], pa.float16()),
    "none": pa.nulls(5),
    "list": pa.array([[1], [], None, [2, 3], [4]], pa.list_(pa.int64())),
    "struct": pa.array([{"a": 1}] * 5),
}
TABLE = pa.table(ALL)
feather.write_feather(TABLE, path("all-lz4.feather"), compression="lz4", chunksize=2)
feather.write_feather(TABLE, path("all-zstd.feather"), compression="zstd")
with pa.OSFile(path("all.arrow"), "wb") as sink, pa.ipc.new_file(sink, TABLE.schema) as writer:
    for batch in TABLE.to_batches(max_chunksize=3):
        writer.write_batch(batch)
with pa.OSFile(path("stream.arrows"), "wb") as sink, pa.ipc.new_stream(sink, TABLE.schema) as writer:
    writer.write_table(TABLE)
with pa.OSFile(path("empty.arrow"), "wb") as sink, pa.ipc.new_file(sink, TABLE.schema):
    pass

# What pandas makes of it: whole numbers with gaps are floats.
FRAME = pd.DataFrame({"id": IDS, "card": CARDS, "amount": AMOUNTS, "at": [None if t is None else t.replace(tzinfo=None) for t in TIMES], "word": pd.Categorical(["a", "b", "a", None, "b"])})
FRAME.to_feather(path("pandas.feather"))
# And polars: views of texts, and categories.
pl.DataFrame({"id": IDS, "card": CARDS, "amount": AMOUNTS, "flag": FLAGS, "at": TIMES, "word": pl.Series(["a", "b", "a", None, "b"], dtype=pl.Categorical)}).write_ipc(
    path("polars.arrow"), compression="zstd"
)
