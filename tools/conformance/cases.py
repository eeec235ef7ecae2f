"""ONNX's own node tests in one file. Usage: python tools/conformance/cases.py OUT"""

import sys
import warnings
from pathlib import Path

import numpy as np
from onnx.backend.test.case.node import collect_testcases
from store import Store

# Answers that are drawn: type and shape are compared, values are not.
CHANCE = ("test_bernoulli", "test_training_dropout")


def main(out):
    np.random.seed(0)
    warnings.simplefilter("ignore", RuntimeWarning)
    store = Store()
    for case in sorted(collect_testcases(), key=lambda case: case.name):
        graph = case.model.graph
        named = lambda ports, values: [(port.name, value) for port, value in zip(ports, values, strict=True)]
        sets = [(named(graph.input, inputs), named(graph.output, outputs)) for inputs, outputs in case.data_sets]
        drawn = case.name.startswith(CHANCE) and "zero_ratio" not in case.name
        store.add(case.name, case.model, sets, case.rtol, case.atol, **({"chance": True} if drawn else {}))
    print(f"cases {len(store.cases)} bytes={store.write(Path(out))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
