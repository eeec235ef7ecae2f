"""What runs on Spark, without Spark: partitions of a log have the features, the counts and the figures of one machine, to the bit."""

import importlib.util
import json
import random

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import nearhand as nh


def example(root, name):
    found = importlib.util.spec_from_file_location(f"spark_{name}", root / f"python/examples/spark/{name}.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def spark(root):
    return example(root, "features")


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


def test_partitions_have_the_counts_of_one_machine(root, sessions, tmp_path):
    spark = example(root, "counts")
    # All events of a session at one time: the order of the rows is all that tells what came first.
    rows = [
        {"visit": f"s{number}", "sku": item, "when": 1_767_225_600 + 3600 * number}
        for number, session in enumerate(sessions)
        for item in session
    ]
    log = pa.Table.from_pylist(rows)
    schema = {"session": "visit", "item": "sku", "time": "when"}
    # The named column tells nothing of rows of one time; that of reading does.
    order, read = spark.ORDER
    ordered = log.append_column(order, pa.array([0] * log.num_rows)).append_column(read, pa.array(range(log.num_rows)))
    numbers = pa.chunked_array([[int(visit[1:]) * 5 % 8 for visit in log.column("visit").to_pylist()]])
    spark.PIECE = 1000
    draw, pieces = random.Random(5), []
    for number in range(8):
        part = ordered.filter(pc.equal(numbers, number))
        # As a shuffle brings them.
        part = part.take(pa.array(draw.sample(range(part.num_rows), part.num_rows)))
        count = spark.partition(spark.ORDER, number=lambda: number, schema=schema)
        pieces += [row for batch in count(iter(part.to_batches(max_chunksize=50))) for row in batch.to_pylist()]
    assert list(spark.partition(schema=schema)(iter([]))) == [] and len(pieces) > 16
    draw.shuffle(pieces)
    (tmp_path / "parts").mkdir()
    whole = spark.add_up(spark.parts(pieces, str(tmp_path / "parts")))
    assert (whole.sessions, whole.events) == (len(sessions), log.num_rows)
    # What a sum holds, but for the parts that it is of.
    one = nh.Counts.merge([nh.count(log, schema=schema)])
    assert body(whole) == body(one)
    (tmp_path / "less").mkdir()
    with pytest.raises(nh.Error, match="a piece of a part is missing"):
        spark.parts([piece for piece in pieces if piece["at"] != 1000], str(tmp_path / "less"))


def test_partitions_without_a_session_are_told_apart(root, tmp_path):
    spark = example(root, "counts")
    # Pages without an item, but for one.
    rows = [{"visit": f"v{part}", "sku": "a" if part == 3 else None, "when": 1_767_225_600} for part in range(4)]
    log, schema, pieces = pa.Table.from_pylist(rows[::-1]), {"session": "visit", "item": "sku", "time": "when"}, []
    for part in range(4):
        count = spark.partition(number=lambda: part, schema=schema)
        found = count(iter(log.slice(3 - part, 1).to_batches()))
        pieces += [row for batch in found for row in batch.to_pylist()]
    assert pieces[0]["bytes"] == pieces[1]["bytes"]
    whole = spark.add_up(spark.parts(pieces, str(tmp_path)))
    assert (whole.sessions, whole.events) == (1, 1)
    with pytest.raises(nh.Error, match="there twice"):
        spark.parts([*pieces, pieces[-1]], str(tmp_path))


def body(counts):
    return counts.data.split(b"\n", 2)[2][:-32]


def test_partitions_have_the_figures_of_one_machine(root, sessions, trained):
    spark = example(root, "evaluate")
    bundle, _ = trained
    pairs = [(session[:-1], session[-1]) for session in sessions]
    table = pa.table({"prefix": [prefix for prefix, _ in pairs], "next": [target for _, target in pairs]})
    rank = spark.partition(bundle.data)
    whole = [row for batch in rank(iter(table.to_batches())) for row in batch.to_pylist()]
    found = [row for at in range(0, 400, 90) for batch in rank(iter(table.slice(at, 90).to_batches())) for row in batch.to_pylist()]
    assert spark.figures(found) == spark.figures(whole) and len(found) > len(whole)
    judged = nh.evaluate(bundle, pairs, bootstrap=0)
    of = spark.figures(found)["small"]
    # Figures come with six digits.
    assert of["pairs"] == judged.pairs == 400 and round(of["hr"], 6) == judged["small"]["hr"]
    assert round(of["mrr"], 6) == judged["small"]["mrr"]
    assert list(rank(iter([]))) == []
    # Of a partition whose targets are all unknown each is missed, as beside others.
    strange = pa.table({"prefix": [pairs[0][0]] * 7, "next": [f"strange {number}" for number in range(7)]})
    missed = [row for batch in rank(iter(strange.to_batches())) for row in batch.to_pylist()]
    assert {row["rank"] for row in missed} == {0} and {row["pairs"] for row in missed} == {7}
    beside = rank(iter(pa.concat_tables([table, strange]).to_batches()))
    assert spark.figures([*whole, *missed]) == spark.figures(row for batch in beside for row in batch.to_pylist())
