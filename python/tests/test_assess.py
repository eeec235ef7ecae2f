"""Transactions judged: one by one and as a table, by the shipped bundle."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

import nearhand as nh


@pytest.fixture(scope="module")
def assessor(root):
    return nh.Assessor.load(root / "models/card-fraud/card-fraud.safetensors")


@pytest.fixture(scope="module")
def rows(assessor, transactions):
    log = pq.read_table(transactions).to_pandas()
    features = nh.features(log, assessor.windows)
    return features.merge(log[["id", "card", "terminal"]].astype(str), on="id")


def test_a_table_and_one_by_one_are_the_same(assessor, rows):
    table = assessor.assess_table(rows, id_col="id", amount_col="amount", explain="always")
    assert isinstance(table, pd.DataFrame) and len(table) == len(rows) and set(table.decision) <= {"approve", "review", "decline"}
    assert len(set(table.decision)) > 1
    for at in range(0, len(rows), 997):
        row, want = rows.iloc[at], table.iloc[at]
        features = {name: float(row[name]) for name in assessor.features}
        minor = round(float(row["amount"]) * 100)
        one = assessor.assess(features, amount=minor, explain="always", card=row["card"], terminal=row["terminal"])
        assert (one.decision, one.by) == (want.decision, want.by)
        assert one.risk == pytest.approx(want.risk, abs=0) and [r["code"] for r in one.reasons] == list(want.reasons)


def test_lists_decide(assessor, rows):
    features = [float(rows.iloc[0][name]) for name in assessor.features]
    assessor.set_list("blocked_cards", ["x"])
    found = assessor.assess(features, amount=100, card="x")
    assert found.decision == "decline" and found.by == {"rule": "BLOCKED"} and "BLOCKED" in found._repr_html_()
    assessor.set_list("blocked_cards", [])
    with pytest.raises(nh.Error) as error:
        assessor.set_list("nobody", ["x"])
    assert error.value.code == "invalid-option"


def test_what_does_not_fit_is_refused(assessor, rows):
    features = {name: float(rows.iloc[0][name]) for name in assessor.features}
    with pytest.raises(nh.Error) as error:
        assessor.assess({**features, "colour": 1.0}, amount=1)
    assert (error.value.code, error.value.details["unknown"]) == ("schema-mismatch", "colour")
    for bad, code in [
        (({**features, "amount": float("inf")}), "feature-invalid"),
        (list(features.values())[:-1], "schema-mismatch"),
    ]:
        with pytest.raises(nh.Error) as error:
            assessor.assess(bad, amount=1)
        assert error.value.code == code
    for given, code in [
        ({}, "transaction-invalid"),
        ({"amount": 1, "currency": "XXX"}, "currency-unknown"),
        ({"amount": 1, "colour": "red"}, "transaction-invalid"),
    ]:
        with pytest.raises(nh.Error) as error:
            assessor.assess(features, **given)
        assert error.value.code == code


def test_inspect_shows_it(assessor, root):
    found = nh.inspect(assessor)
    assert found["digest"] == assessor.digest and found["goldens_replayed"] > 0


def test_lists_hold_in_tables_and_keys_are_ids(assessor, rows):
    features = {name: float(rows.iloc[0][name]) for name in assessor.features}
    one = rows.head(2).assign(card=["4001", "4002"])
    assessor.set_list("blocked_cards", pd.Series([4001.0]))
    for card in ("4001", 4001, 4001.0):
        assert assessor.assess(features, amount=100, card=card).by == {"rule": "BLOCKED"}
    table = assessor.assess_table(one, id_col="id", amount_col="amount")
    assert table.by[0] == "BLOCKED" and table.by[1] != "BLOCKED"
    for keys in ([None], [float("nan")], [1.5]):
        with pytest.raises(nh.Error):
            assessor.set_list("blocked_cards", keys)
    assessor.set_list("blocked_cards", ["a\nb"])
    with pytest.raises(nh.Error):
        assessor.assess_table(one, id_col="id", amount_col="amount")
    assessor.set_list("blocked_cards", [])
    for given in ({"amount": 12.5}, {"amount": True}, {"amount": 100, "card": None}):
        with pytest.raises(nh.Error):
            assessor.assess(features, **given)
