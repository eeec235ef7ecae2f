"""Parity: of features that were served, and of a bundle with the model that it was made of."""

import numpy as np
import pyarrow.parquet as pq
import pytest

import nearhand as nh


def test_served_features_are_those_of_the_log(transactions, root):
    spec = root / "models/card-fraud/windows.json"
    served = nh.features(pq.read_table(transactions), spec)
    found = nh.feature_parity(served, spec=spec, log=transactions)
    assert found.ok and (found.rows, found.mismatches, found.largest) == (served.num_rows, 0, 0.0)
    name = served.schema.names[5]
    values = served.column(name).to_numpy().copy()
    values[10] += 1
    wrong = served.set_column(5, name, [values])
    found = nh.feature_parity(wrong, recomputed=served, id="id")
    assert not found.ok and found.mismatches == 1 and [f["name"] for f in found.features if f["mismatches"]] == [name]
    assert f">{name}<" in found._repr_html_()
    with pytest.raises(nh.Error):
        nh.feature_parity(served)


def test_a_bundle_is_held_against_a_function(shop, recorded):
    sessions = [one["session"] for one in recorded["online-retail"]]
    vectors = {tuple(session): shop.logits(session) for session in sessions}
    assert nh.parity(shop, lambda session: vectors[tuple(session)], sessions, k=10).same == len(sessions)
    # Scores that differ in the last digits exchange ties alone.
    near = nh.parity(shop, lambda session: vectors[tuple(session)] * (1 + 1e-7), sessions, k=10)
    assert near.ok and near.largest < 1e-5
    backwards = nh.parity(shop, lambda session: -vectors[tuple(session)], sessions, k=10)
    assert not backwards.ok and backwards.overlap < 0.1 and len(backwards.worst) == 20
    slates = {tuple(one["session"]): one["items"] for one in recorded["online-retail"]}
    assert nh.parity(shop, lambda session: slates[tuple(session)], sessions, k=20, of="slate").overlap == 1.0


def test_what_cannot_be_compared_is_refused(shop):
    for given in ({"k": 0}, {"runtime": "wasm"}, {"of": "soul"}):
        with pytest.raises(nh.Error) as error:
            nh.parity(shop, lambda session: [], [["85123A"]], **given)
        assert error.value.code == "invalid-option"
    with pytest.raises(nh.Error):
        nh.parity(shop, lambda session: np.zeros(3), [["85123A"]])


def test_the_function_gets_what_was_given_and_a_score_that_is_none_differs(sample):
    session = tuple(sample.ids[:2])
    given = []
    assert nh.parity(sample, lambda events: (given.append(events), sample.logits(list(events)))[1], [session], k=5).ok
    assert given == [session]
    scores = sample.logits(list(session)).copy()
    scores[np.argmin(scores)] = np.nan
    found = nh.parity(sample, lambda events: scores, [session], k=5)
    assert not found.ok and found.largest == np.inf and len(found.worst) == 1
