"""Training, packing and judging: the bundles of the command line, from tables and lists."""

import numpy as np
import pandas as pd
import pytest
from conftest import SMALL

import nearhand as nh


def test_the_bytes_of_the_command_line(sessions, trained, program, tmp_path):
    bundle, report = trained
    (tmp_path / "sessions.txt").write_text("".join(" ".join(session) + "\n" for session in sessions))
    flags = [word for name, value in SMALL.items() for word in ("--" + name.replace("_", "-"), value)]
    program("train", "--sessions", tmp_path / "sessions.txt", "--name", "small", "--out", tmp_path / "a.safetensors", *flags)
    other = nh.Bundle.load(tmp_path / "a.safetensors")
    # How a bundle was made stands in it; all that it answers by is the same.
    parts = [[(part["name"], part["shape"]) for part in nh.inspect(of)["parts"]] for of in (bundle, other)]
    assert parts[0] == parts[1]
    asked = [session[:3] for session in sessions[:50]]
    assert bundle.logits(asked).tobytes() == other.logits(asked).tobytes() and bundle.slates(asked, 10) == other.slates(asked, 10)
    assert report.settings and report.trials and report.to_dict()["items"] == 30
    assert report.provenance["command"].startswith("train --seed 1 --sessions sessions.txt")
    assert "hr@20" in report._repr_html_() and isinstance(report.to_json(), str)


def log(sessions):
    rows = [
        {
            "visit": f"s{number}",
            "sku": item,
            "when": pd.Timestamp("2026-01-01") + pd.Timedelta(hours=number, seconds=20 * at),
            "what": "view",
        }
        for number, session in enumerate(sessions)
        for at, item in enumerate(session)
    ]
    return pd.DataFrame(rows)


def test_a_table_with_names_of_its_own(sessions, tmp_path, capsys):
    events = log(sessions)
    schema = {"session": "visit", "item": "sku", "time": "when", "kind": "what"}
    options = {key: value for key, value in SMALL.items() if key != "created_at"}
    one, report = nh.train(events, schema=schema, seed=3, **options)
    assert "epoch" in capsys.readouterr().out, "progress is printed where Python prints"
    events.to_csv(tmp_path / "log.csv", index=False)
    two, _ = nh.train(tmp_path / "log.csv", schema=schema, seed=3, progress=False, **options)
    asked = [session[:3] for session in sessions[:20]]
    assert one.logits(asked).tobytes() == two.logits(asked).tobytes()
    assert capsys.readouterr().out == ""
    before, _ = nh.train(events, schema=schema, split="2026-01-10", progress=False, **options)
    assert before.manifest["training"]["sessions"] < one.manifest["training"]["sessions"]
    with pytest.raises(nh.Error) as error:
        nh.train(events, schema={"basket": "visit"})
    assert error.value.code == "unknown-option"
    with pytest.raises(nh.Error) as error:
        nh.train(events, schema={**schema, "item": "no such column"}, progress=False)
    assert error.value.details


def test_an_interrupt_ends_a_training(sessions, monkeypatch):
    class Stop(Exception):
        pass

    class Out:
        def write(self, text):
            if "epoch" in text:
                raise Stop

        def flush(self):
            pass

    monkeypatch.setattr("sys.stdout", Out())
    with pytest.raises(Stop):
        nh.train(sessions, **SMALL)
    monkeypatch.undo()
    # The next command finds everything as it should be.
    assert nh.inspect(__import__("conftest").ROOT / "models/sample/sample.safetensors")["manifest"]["name"] == "sample"


def test_vectors_become_a_bundle(sessions):
    draw = np.random.default_rng(1)
    items = pd.DataFrame(
        {"item": [f"i{n}" for n in range(30)], "title": [f"Thing {n}" for n in range(30)], "price": np.arange(30) + 0.5}
    )
    angle = np.arange(30) * 2 * np.pi / 30
    values = np.stack([np.cos(angle), np.sin(angle), *draw.normal(0, 0.01, (2, 30))], axis=1).astype(np.float32)
    given = {f"i{n}": values[n] for n in range(30)}
    one = nh.pack(None, items, vectors=values, query="last", sessions=sessions, name="circle", created_at="2026-11-29")
    two = nh.pack(None, items, vectors=given, query="last", sessions=sessions, name="circle", created_at="2026-11-29")
    assert one.logits(["i3"]).tobytes() == two.logits(["i3"]).tobytes()
    near = {one.ids[at] for at in np.argsort(-one.logits(["i3"]))[:3]}
    assert near == {"i2", "i3", "i4"}
    with pytest.raises(nh.Error) as error:
        nh.pack(None, items, query="last", sessions=sessions)
    assert error.value.code == "invalid-option"
    with pytest.raises(nh.Error) as error:
        nh.pack(None, items, vectors=values, query="last", sessions=sessions, pad="middle")
    assert error.value.details["option"] == "pad"
    with pytest.raises(nh.Error) as error:
        nh.pack(b"no onnx", items, sessions=sessions)
    assert error.value.code == "model-malformed"


def pairs_of(sessions):
    return [(session[:2], session[2]) for session in sessions[:120]]


def test_ways_are_judged_by_name(sessions, trained):
    bundle, _ = trained
    pairs = pairs_of(sessions)
    live = bundle.recommend([prefix for prefix, _ in pairs], k=20, exclude=[])
    ways = {"new": bundle, "live": live, "knn": nh.baselines.ItemKNN()}
    found = nh.evaluate(ways, pairs, by=["frequency"], bootstrap=200, train=sessions)
    assert set(found.ways) == {"new", "live", "knn"} and found.pairs == 120 and found.against == "new"
    # Lists that the bundle made itself do as well as it does.
    assert found["new"]["hr"] == found["live"]["hr"] > 0.5
    interval = found.ways["new"]["figures"]["hr"]
    assert interval["low"] <= interval["value"] <= interval["high"]
    assert {segment["by"] for segment in found.segments} == {"frequency"} and "live" in found._repr_html_()
    assert set(found.table().columns) == {"way", "measure", "value", "low", "high", "n"}
    frame = pd.DataFrame({"prefix": [" ".join(prefix) for prefix, _ in pairs], "next": [target for _, target in pairs]})
    again = nh.evaluate(bundle, frame, bootstrap=0, parts=True)
    assert again[bundle.name]["hr"] == found["new"]["hr"] and len(again.ways) > 2
    with pytest.raises(nh.Error):
        found["nobody"]
    with pytest.raises(nh.Error) as error:
        nh.evaluate({"knn": nh.baselines.ItemKNN()}, pairs)
    assert error.value.details == {"option": "ways"}
    with pytest.raises(nh.Error) as error:
        nh.evaluate({"new": bundle, "knn": nh.baselines.ItemKNN()}, pairs)
    assert error.value.details["option"] == "train"


def test_a_graph_becomes_a_bundle_or_is_refused(root):
    """By the graph: after a comes c, after b comes a."""
    onnx = root / "tests/fixtures/logits_last.onnx"
    items = pd.DataFrame({"item": ["a", "b", "c"], "title": ["A", "B", "C"]})
    visits = [["a", "b"], ["b", "c"], ["a", "c"]]
    given = {"sessions": visits, "name": "own", "created_at": "2026-11-29"}
    meant = {"inputs": {"ids": "item-index"}, "item_offset": 1, "pad_id": 0, "pad": "right", "last": 5}
    bundle = nh.pack(onnx, items, **meant, **given)
    assert [bundle.ids[np.argmax(row)] for row in bundle.logits([["a"], ["b"]])] == ["c", "a"]
    assert bundle.features(["a", "b"])["ids"].reshape(-1).tolist() == [1, 2, 0, 0, 0]
    # What the model answers in its own runtime settles what is not said.
    tops = [(["a"], ["c", "b", "a"]), (["b"], ["a", "c", "b"]), (["a", "b"], ["a", "c", "b"])]
    found = nh.pack(onnx.read_bytes(), items, expect=tops, **given)
    assert (found.report.agreed, found.report.expected) == (3, 3)
    assert any(guess["value"].startswith("item-index:1:0") for guess in found.report.guesses), found.report.guesses
    assert "item-index" in found.report._repr_html_()
    with pytest.raises(nh.Error) as error:
        nh.pack(onnx, items, expect=[(["a"], ["b", "c", "a"]), (["a"], ["c", "a", "b"])], **given)
    assert error.value.code == "model-mismatch"
    with pytest.raises(nh.Error) as error:
        nh.pack(onnx, items, item_offset=1, **given)
    assert error.value.details == {"option": "item_offset"}
    by_hand = nh.parity(
        bundle, lambda session: {"a": ["c", "b", "a"], "b": ["a", "c", "b"]}[session[-1]], [["a"], ["b"], ["b", "a"]], k=3
    )
    assert by_hand.ok, by_hand
