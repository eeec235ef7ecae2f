"""An ONNX file by itself: the answers of reference libraries as they are recorded, and what is refused."""

import json

import numpy as np
import pytest

import nearhand as nh


def test_a_graph_of_the_fixtures(root):
    model = nh.Model(root / "tests/fixtures/query_mean.onnx")
    assert model.inputs and model.outputs and "Model(" in repr(model)
    shapes = {port["name"]: [n or 1 for n in port["shape"]] for port in model.inputs}
    feeds = {
        port["name"]: np.ones(shapes[port["name"]], {"f32": np.float32, "i64": np.int64}[port["dtype"]]) for port in model.inputs
    }
    found = model.run(feeds)
    assert list(found) == [port["name"] for port in model.outputs]
    again = model.run({name: value.tolist() for name, value in feeds.items()}, outputs=list(found)[:1])
    name = list(found)[0]
    assert found[name].dtype == np.float32 and found[name].tobytes() == again[name].tobytes()
    # Memory of another order is the same array.
    assert model.run({key: np.asfortranarray(value) for key, value in feeds.items()})[name].tobytes() == found[name].tobytes()


@pytest.mark.parametrize("name", ["forest", "lightgbm", "logistic", "network", "xgboost"])
def test_models_score_as_in_their_libraries(root, name):
    folder = root / "tests/fixtures/assess"
    golden = json.loads((folder / "golden.json").read_text())
    want = golden["models"][name]
    model = nh.Model((folder / f"{name}.onnx").read_bytes())
    held = np.array(golden["held_missing" if want.get("missing") else "held"], float)
    rows = held.reshape(len(want["scores"]), -1).astype(np.float32)
    found = model.run({model.inputs[0]["name"]: rows})
    # The probability of a fraud is the last column of the output that has floats.
    scores = next(value for value in found.values() if value.dtype == np.float32).reshape(len(rows), -1)[:, -1]
    np.testing.assert_allclose(scores, want["scores"], atol=3e-6)


@pytest.mark.parametrize("feeds", [{"nobody": [1.0]}, {}])
def test_inputs_that_are_not_the_graphs_are_refused(root, feeds):
    with pytest.raises(nh.Error) as error:
        nh.Model(root / "tests/fixtures/query_mean.onnx").run(feeds)
    assert error.value.code == "model-mismatch"


def test_types_and_shapes_are_held(root):
    model = nh.Model(root / "tests/fixtures/query_mean.onnx")
    for port in model.inputs:
        feeds = {
            p["name"]: np.zeros([n or 1 for n in p["shape"]], {"f32": np.float32, "i64": np.int64}[p["dtype"]])
            for p in model.inputs
        }
        for bad in (
            feeds[port["name"]].astype(np.complex64),
            feeds[port["name"]].astype(np.float64),
            np.zeros([7, 7, 7], feeds[port["name"]].dtype),
        ):
            with pytest.raises(nh.Error) as error:
                model.run({**feeds, port["name"]: bad})
            assert error.value.code == "model-mismatch"


def test_a_file_that_is_none_is_refused(root):
    for name in ("cycle.onnx", "operator_unknown.onnx", "external_data.onnx", "input_from_nowhere.onnx"):
        with pytest.raises(nh.Error) as error:
            nh.Model(root / "tests/fixtures" / name)
        assert error.value.code.startswith("model-"), name
    with pytest.raises(nh.Error):
        nh.Model(b"")


def test_whole_numbers_are_not_cut_off(root):
    model = nh.Model(root / "tests/fixtures/logits_last.onnx")
    port = model.inputs[0]
    ones = np.ones([size or 1 for size in port["shape"]])
    assert port["dtype"] == "i64" and model.run({port["name"]: ones.astype(int).tolist()})
    for bad in (ones * 1.9, ones, ones * np.nan, ones.astype(int).astype(str)):
        with pytest.raises(nh.Error) as error:
            model.run({port["name"]: bad.tolist()})
        assert error.value.code == "model-mismatch"
