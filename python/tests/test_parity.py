"""Parity: of features that were served, and of a bundle with the model that it was made of."""

import json
import os
from pathlib import Path

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
    for given in ({"k": 0}, {"runtime": "jvm"}, {"of": "soul"}, {"runtime": "wasm", "of": "model"}, {"package": "."}, {"timeout": 0}, {"timeout": "1"}, {"runtime": "wasm", "package": "/nowhere"}):
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


@pytest.fixture
def package(root):
    """The npm package as it was built; tools/test.sh builds it before."""
    found = os.environ.get("NEARHAND_PACKAGE")
    if found is None and not (root / "www/lib/dist/node.js").exists():
        pytest.skip("the npm package is not built: ./build.sh package")
    return found or root / "www/lib"


def test_the_wasm_gives_the_same_slates(shop, sample, recorded, package, tmp_path, monkeypatch):
    sessions = [one["session"] for one in recorded["online-retail"]]
    slates = dict(zip(map(tuple, sessions), shop.slates(sessions, 20, exclude=[])))
    found = nh.parity(shop, lambda session: slates[tuple(session)], sessions, k=20, runtime="wasm", package=package)
    assert (found.same, found.sessions, found.to_dict()["runtime"]) == (len(sessions), len(sessions), "wasm")
    # Events with times, and where there is no folder told, that of the nearest node_modules.
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/nearhand").symlink_to(package)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    first, second = sample.ids[:2]
    timed = [[{"kind": "cart-add", "item": first, "at": 1_000_000}, {"item": second, "at": 1_060_000}], [{"item": first, "at": 5}]]
    answers = iter(sample.slates(timed, 5, exclude=[]))
    assert nh.parity(sample, lambda session: next(answers), timed, k=5, runtime="wasm").same == 2
    assert not nh.parity(sample, lambda session: [first], timed, k=5, runtime="wasm").ok


def test_a_package_that_cannot_answer_says_so(sample, package, tmp_path, monkeypatch):
    about = json.loads((Path(package) / "package.json").read_text())
    other = tmp_path / "other"
    other.mkdir()
    for change, code in (({"version": "0.0.1"}, "invalid-option"), ({"exports": "./none.js"}, "io")):
        (other / "package.json").write_text(json.dumps({**about, **change}))
        with pytest.raises(nh.Error) as error:
            nh.parity(sample, lambda session: [], [[sample.ids[0]]], k=5, runtime="wasm", package=other)
        assert error.value.code == code
    # An event that the package refuses: by its code.
    with pytest.raises(nh.Error) as error:
        nh.parity(sample, lambda session: [], [[{"kind": "stare", "item": "a", "at": 1}]], k=5, runtime="wasm", package=package)
    assert error.value.code not in ("io", "internal")
    # Sessions that the native engine refuses: in its words, before Node is asked.
    first = sample.ids[0]
    for session in ([{"kind": "view", "item": first}], [first, {"kind": "view", "item": first, "at": 1}]):
        told = []
        for runtime in ("native", "wasm"):
            with pytest.raises(nh.Error) as error:
                nh.parity(sample, lambda session: [], [[first], session], k=5, of="slate", runtime=runtime, package=package if runtime == "wasm" else None)
            told.append((error.value.code, str(error.value), error.value.details))
        assert told[0] == told[1] and told[0][0] == "invalid-option"
    with pytest.raises(nh.Error, match="no answer in time") as error:
        nh.parity(sample, lambda session: [], [[first]], k=5, runtime="wasm", package=package, timeout=0.001)
    assert error.value.details == {"option": "timeout", "value": "0.001"}
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(nh.Error, match="Node"):
        nh.parity(sample, lambda session: [], [[sample.ids[0]]], k=5, runtime="wasm", package=package)
