"""Models as people export them, with random weights and onnxruntime's answers. The same seed makes the same files.

Usage: python tools/conformance/zoo.py OUT [--bench FILE] | --mixed FILE
With --bench, the models of the benchmark go to FILE as well, one set of inputs each. With --mixed, those of mixed.py and loops.py alone go to
FILE (tests/conformance/mixed.cases).
"""

import logging
import sys
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
from models import attention, blocks, decoder, fused, loops, mixed, quantise, recurrent, vision
from store import Store


def answers(model, feeds):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # As the graph says: optimised, DequantizeLinear before MatMul would quantise the activations too.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    return [[(name, dense(value)) for name, value in zip(names, session.run(names, feed))] for feed in feeds]


def dense(value):
    """A list of maps (ZipMap) as the table it is: a row a map, a column a class."""
    return np.array([list(row.values()) for row in value], np.float32) if isinstance(value, list) else value


def tolerance(entry, wanted):
    """A quantised copy may differ from onnxruntime's by what the quantisation costs, and half as much again: an engine may
    round elsewhere, or widen the weights. Other models: a hundred-thousandth of the largest value, where sums cancel."""
    if entry.like is None:
        largest = [np.nanmax(np.abs(v)) for s in wanted for _, v in s if v.dtype == np.float32]
        return entry.rtol, entry.atol * max([1.0, *map(float, largest)])
    floats = [(a, b) for s, t in zip(wanted, answers(entry.like, entry.feeds)) for (_, a), (_, b) in zip(s, t)]
    return entry.rtol, 1.5 * max(float(np.abs(a - b).max()) for a, b in floats)


def collect():
    made = [*recurrent.entries(), *attention.entries(), *decoder.entries(), *vision.entries(), *fused.entries()]
    made += quantise.entries(made)
    made += [*blocks.entries(), *mixed.entries(), *loops.entries()]
    # Large packages, imported late: a fault in the others shows at once.
    from models import tabular, trees

    return made + [*trees.entries(), *tabular.entries()]


def main(out, *options):
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    zoo, bench = Store(), Store()
    (out, *options), entries = (options, [*mixed.entries(), *loops.entries()]) if out == "--mixed" else ((out, *options), collect())
    for entry in entries:
        wanted = answers(entry.model, entry.feeds)
        rtol, atol = tolerance(entry, wanted)
        sets = [(list(feed.items()), outputs) for feed, outputs in zip(entry.feeds, wanted)]
        zoo.add(entry.name, entry.model, sets, rtol, atol, **({"small": True} if entry.small else {}))
        if entry.bench:
            bench.add(entry.bench, entry.model, sets[:1], rtol, atol)
    print(f"zoo {len(zoo.cases)} bytes={zoo.write(Path(out))}")
    if options[:1] == ["--bench"]:
        print(f"bench {len(bench.cases)} bytes={bench.write(Path(options[1]))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
