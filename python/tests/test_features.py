"""Features: the bytes of the command line, from whatever holds the log; and one event at a time."""

import decimal
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import nearhand as nh

SPEC = {
    "time": "at",
    "id": "id",
    "keys": ["card"],
    "amounts": [{"name": "amount", "decimals": 2}],
    "flags": ["declined"],
    "features": [
        {"name": "count_1d", "kind": "count", "key": "card", "window": "1d"},
        {"name": "mean_1d", "kind": "mean", "of": "amount", "key": "card", "window": "1d"},
        {"name": "declined_1d", "kind": "count", "of": "declined", "key": "card", "window": "1d"},
    ],
}


def bytes_of(table):
    """All values, bit by bit; texts as they are."""

    def one(column):
        if pa.types.is_floating(column.type):
            return column.to_numpy().tobytes()
        return column.cast(pa.timestamp("ms", "UTC")).to_pylist() if pa.types.is_timestamp(column.type) else column.to_pylist()

    return [one(column) for column in table.columns]


def test_the_bytes_of_the_command_line(transactions, root, tmp_path, program):
    spec = root / "models/card-fraud/windows.json"
    program("features", "--spec", spec, "--log", transactions, "--out", tmp_path / "f.arrow")
    with pa.memory_map(str(tmp_path / "f.arrow")) as file:
        want = pa.ipc.open_file(file).read_all()
    log = pq.read_table(transactions)
    assert want.num_rows > 5000
    for given in (transactions, log, log.to_pandas(), pa.RecordBatchReader.from_batches(log.schema, log.to_batches(1000))):
        found = nh.features(given, spec)
        found = found if isinstance(found, pa.Table) else pa.Table.from_pandas(found, preserve_index=False)
        assert found.schema.names == want.schema.names and bytes_of(found) == bytes_of(want)


def test_one_event_at_a_time_is_the_batch(transactions, root):
    spec = root / "models/card-fraud/windows.json"
    log = pq.read_table(transactions).to_pandas().head(3000).sort_values("time", kind="stable")
    want = nh.features(log, spec)
    windows = nh.Windows(spec)
    delay = 7 * 86_400_000
    for event, row in zip(log.to_dict("records"), want.itertuples(index=False)):
        asked = windows.peek(event)
        answer = windows.observe(event)
        assert answer.outcome == "observed" and list(answer) == list(want.columns[2:])
        assert np.array(list(answer.values())).tobytes() == np.array(row[2:], dtype=float).tobytes()
        assert asked.outcome == "peeked" and len(asked) == len(answer)
        at = nh._time.ms(event["time"])
        windows.label(event["id"], event["fraud"], at + delay)
    assert windows.counts["observed"] == 3000
    again = nh.Windows(spec, snapshot=windows.snapshot())
    assert again.snapshot() == windows.snapshot()


def event(at=1_700_000_000_000, id="a", card="1", amount="12.30", declined=False):
    return {"at": at, "id": id, "card": card, "amount": amount, "declined": declined}


def test_amounts_of_every_kind_are_the_same():
    for amount in ("12.30", 12.3, decimal.Decimal("12.30"), np.float64(12.3), np.float32(12.3)):
        assert nh.Windows(SPEC).observe(event(amount=amount))["mean_1d"] == 12.3
    assert nh.Windows(SPEC).observe(event(amount=12))["mean_1d"] == 12.0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": 12.345}, "amount"),
        ({"amount": float("nan")}, "amount"),
        ({"amount": "-1e400"}, "amount"),
        ({"card": "x" * 300}, "card"),
        ({"at": -1}, "at"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_state_stays(change, field):
    windows = nh.Windows(SPEC)
    windows.observe(event())
    before = windows.snapshot()
    with pytest.raises(nh.Error) as error:
        windows.observe({**event(id="b"), **change})
    assert error.value.code == "features-event-invalid" and windows.snapshot() == before, field
    for name in ("at", "amount", "declined"):
        with pytest.raises(nh.Error) as error:
            windows.observe({key: value for key, value in event(id="b").items() if key != name})
        assert error.value.code == "features-event-invalid" and name in error.value.message


def test_rules_of_a_stream():
    windows = nh.Windows(SPEC)
    first = windows.observe(event())
    assert windows.observe(event()).outcome == "duplicate" and windows.observe(event()) == first
    late = windows.observe(event(at=1_700_000_000_000 - 1, id="b"))
    assert (late.outcome, dict(late)) == ("late", {})
    assert windows.observe(event(at=1_700_000_000_000 + 10**9, id="c"), received=1_700_000_000_000).outcome == "ahead"
    assert windows.label("nobody", True, 1_700_000_000_000) == "unknown"
    one = windows.snapshot_key("card", "1")
    other = nh.Windows(SPEC)
    assert other.restore_key(one) == ("card", "1") and windows.snapshot_key("card", "2") is None
    with pytest.raises(nh.Error) as error:
        nh.Windows({**SPEC, "lateness": "1m"}, snapshot=windows.snapshot())
    assert error.value.code == "features-snapshot-other-spec"


def test_columns_of_every_kind_are_one_log():
    at = pd.date_range("2026-01-01", periods=4, freq="h")
    plain = pd.DataFrame(
        {
            "at": at,
            "id": list("abcd"),
            "card": ["1", "1", "2", "1"],
            "amount": [1.5, 2.0, 3.25, 4.0],
            "declined": [True, False, True, True],
        }
    )
    want = bytes_of(pa.Table.from_pandas(nh.features(plain, SPEC)))
    table = pa.Table.from_pandas(plain)

    def change(name, kind):
        return table.set_column(table.schema.names.index(name), name, table.column(name).cast(kind))

    decimals = pa.array([decimal.Decimal(x) for x in ("1.50", "2.00", "3.25", "4.00")], pa.decimal128(9, 2))
    forms = [
        change("at", pa.timestamp("ns", "UTC")),
        change("at", pa.timestamp("s")),
        change("at", pa.timestamp("us", "Europe/Paris")),
        change("card", pa.int64()),
        change("card", pa.float64()),
        change("card", pa.large_string()),
        change("card", pa.dictionary(pa.int8(), pa.string())),
        change("declined", pa.int8()),
        change("amount", pa.float32()),
        table.set_column(3, "amount", decimals),
        pa.concat_tables([table.slice(0, 1), table.slice(1)]),
    ]
    for form in forms:
        found = nh.features(form, SPEC)
        assert bytes_of(found) == want, form.schema


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": [1.5, None]}, "data-invalid"),
        ({"amount": [1.5, 1.234]}, "data-invalid"),
        ({"at": ["soon", "later"]}, "data-invalid"),
        ({"declined": [0, 2]}, "data-invalid"),
        ({"id": ["a", None]}, "data-invalid"),
    ],
)
def test_columns_that_do_not_fit_are_refused_by_row(change, code):
    table = {
        "at": [1_700_000_000_000, 1_700_000_000_001],
        "id": ["a", "b"],
        "card": ["1", "2"],
        "amount": [1.0, 2.0],
        "declined": [0, 1],
    }
    with pytest.raises(nh.Error) as error:
        nh.features(pd.DataFrame({**table, **change}), SPEC)
    assert error.value.code == code and error.value.details.get("column") == next(iter(change))


def test_a_specification_is_refused_by_its_place(tmp_path):
    bad = {**SPEC, "features": [{"name": "x", "kind": "count", "key": "card", "window": "1 day"}]}
    with pytest.raises(nh.Error) as error:
        nh.Windows(bad)
    assert (error.value.code, error.value.details["place"]) == ("features-spec-invalid", "features[0].window")
    (tmp_path / "spec.json").write_text(json.dumps({**SPEC, "zone": "Europe/Paris"}))
    assert nh.Windows(tmp_path / "spec.json").names == ["count_1d", "mean_1d", "declined_1d"]
    with pytest.raises(nh.Error) as error:
        nh.Windows({**SPEC, "zone": "Mars/Olympus"})
    assert error.value.code == "features-zone-unknown"
    with pytest.raises(nh.Error) as error:
        nh.features(pd.DataFrame({"at": [1]}), SPEC)
    assert error.value.code == "invalid-option" or error.value.code == "data-invalid"


@pytest.mark.parametrize(
    "cards",
    [[1.0, np.nan, np.nan], ["1", None, None], pd.array([1, None, None], dtype="Int64"), [True, False, True], ["1", "2", "1"]],
)
def test_values_of_keys_are_those_of_the_batch(cards):
    log = pd.DataFrame([event(at=1_700_000_000_000 + at, id=f"e{at}") for at in range(3)]).assign(card=cards)
    windows = nh.Windows(SPEC)
    online = [list(windows.observe(one).values()) for one in log.to_dict("records")]
    assert np.array_equal(np.array(online), nh.features(log, SPEC).iloc[:, 2:].to_numpy(float), equal_nan=True)
    assert windows.snapshot_key("card", "nan") is None and windows.snapshot_key("card", 1.0) == windows.snapshot_key("card", "1")


def test_flags_are_those_of_the_batch():
    for flag in (True, np.True_, 1, 1.0, "yes", "True", "1"):
        assert nh.Windows(SPEC).observe(event(declined=flag)) == nh.Windows(SPEC).observe(event(declined=True))
    assert nh.Windows(SPEC).observe(event(declined="false")) == nh.Windows(SPEC).observe(event())


@pytest.mark.parametrize(
    "change",
    [
        *({"declined": flag} for flag in (2, None, float("nan"), "maybe", "")),
        *({"id": id} for id in (None, float("nan"), pd.NA)),
        *({"at": at} for at in (1_700_000_000, pd.NaT, np.datetime64("NaT"), float("inf"), float("nan"))),
    ],
)
def test_what_stands_for_nothing_is_refused(change):
    with pytest.raises(nh.Error) as error:
        nh.Windows(SPEC).observe(event(**change))
    assert error.value.code == "features-event-invalid"


def test_the_hour_that_comes_twice():
    for hour in ("00:30", "01:30"):
        utc = pd.Timestamp(f"2026-10-25 {hour}", tz="UTC")
        assert nh._time.ms(utc.tz_convert("Europe/Paris")) == utc.value // 10**6
