"""What runs on Spark, without Spark: a log cut into partitions by each key has the features of one machine, to the bit."""

import importlib.util
import json

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import nearhand as nh


@pytest.fixture(scope="module")
def spark(root):
    found = importlib.util.spec_from_file_location("spark_features", root / "python/examples/spark/features.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_partitions_have_the_bytes_of_one_machine(spark, transactions, root):
    spec = json.loads((root / "models/card-fraud/windows.json").read_text())
    log = pq.read_table(transactions)
    whole = nh.features(log, spec)
    order = {id: row for row, id in enumerate(whole.column("id").to_pylist())}
    seen = []
    for key, part in spark.by_key(spec).items():
        # Every value of the key in one of eight partitions.
        numbers = pa.chunked_array([[hash(str(value)) % 8 for value in log.column(key).to_pylist()]])
        found = []
        for number in range(8):
            rows = log.filter(pc.equal(numbers, number))
            found += spark.partition(part)(iter(rows.to_batches(max_chunksize=500)))
        table = pa.Table.from_batches(found)
        assert table.num_rows == whole.num_rows
        rows = pa.array([order[id] for id in table.column("id").to_pylist()])
        names = [feature["name"] for feature in part["features"]]
        sorted_whole = whole.take(rows)
        for name in names:
            assert table.column(name).to_numpy().tobytes() == sorted_whole.column(name).to_numpy().tobytes(), name
        seen += names
    assert sorted(seen) == sorted(feature["name"] for feature in spec["features"]) and len(spark.by_key(spec)) == 2


def test_what_cannot_be_taken_apart_is_refused(spark):
    window = {"kind": "count", "window": "1d"}
    features = [{"name": "a", "key": "card", **window}, {"name": "b", "key": "terminal", **window}]
    spec = {
        "time": "t",
        "keys": ["card", "terminal"],
        "features": [*features, {"name": "r", "kind": "ratio", "over": "a", "under": "b"}],
    }
    with pytest.raises(nh.Error) as error:
        spark.by_key(spec)
    assert error.value.details == {"feature": "r"}
    assert list(spark.partition(spec)(iter([]))) == []


def test_ids_that_come_twice_are_refused(spark):
    class Rows:
        """What the program asks of Spark."""

        def __init__(self, counts):
            self.counts = counts

        def groupBy(self, name):
            assert name == "id"
            return self

        def count(self):
            return self

        def where(self, wanted):
            assert wanted == "count > 1"
            return Rows([row for row in self.counts if row[1] > 1])

        def limit(self, most):
            return Rows(self.counts[:most])

        def collect(self):
            return self.counts

    spark.refuse_repeated(Rows([("a", 1), ("b", 1)]), "id")
    with pytest.raises(nh.Error) as error:
        spark.refuse_repeated(Rows([("a", 1), ("b", 2)]), "id")
    assert error.value.details == {"column": "id", "value": "b"}
