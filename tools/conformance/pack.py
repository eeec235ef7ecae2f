"""Packs a part of the cases for the test suite: the smallest of every operator, and the zoo's small models.

Usage: python tools/conformance/pack.py OUT [--report FILE]
With --report, the report of a run (target/conformance/report.json), cases that passed must pass in the suite as well, and
those that were refused must not be wrong. Without it no case must pass.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import onnx
from store import Store, read

FOLDER = Path("target/conformance")
NODE_CASES, NODE_BYTES = 200, 115_000
# Of operators that are refused: one case each, so many at most.
REFUSED_CASES = 20


def tensors(case):
    return [t for s in case["sets"] for t in s["in"] + s["out"]]


def weight(case):
    """Bytes in the file: model, tensors, and the index's line."""
    return case["model"][1] + sum(t[4] for t in tensors(case)) + 60 * (len(tensors(case)) + 2)


def signature(case, body):
    """What makes another kind of case of one operator: attributes, number and types of the tensors, their axes."""
    at, length = case["model"]
    graph = onnx.load_from_string(body[at : at + length]).graph
    attributes = frozenset(a.name for node in graph.node for a in node.attribute)
    return attributes, tuple((t[1], len(t[2])) for t in tensors(case))


def choose(cases, body):
    """Round by round the smallest case of every operator, each of a new kind, until it is enough."""
    queues = defaultdict(list)
    for case in sorted(cases, key=lambda c: (weight(c), c["name"])):
        queues[case["ops"][0]].append(case)
    chosen, kinds, spent = [], set(), 0
    while any(queues.values()):
        for operator, queue in sorted(queues.items()):
            while queue:
                case = queue.pop(0)
                kind = operator, signature(case, body)
                if kind not in kinds:
                    break
            else:
                continue
            if len(chosen) == NODE_CASES or spent + weight(case) > NODE_BYTES:
                queue.clear()
                continue
            kinds.add(kind)
            chosen.append(case)
            spent += weight(case)
    return chosen


def main(out, *options):
    status = {}
    if options[:1] == ("--report",):
        status = {(c["group"], c["name"]): c["status"] for c in json.loads(Path(options[1]).read_text())["cases"]}
    store = Store()

    def take(case, body, group):
        expect = {"expect": "pass"} if status.get((group, case["name"])) == "pass" else {}
        store.copy({k: v for k, v in case.items() if k not in ("ops", "small")}, body, **expect)

    cases, body = read(FOLDER / "node.cases")
    # Several operators: a body, or an operator written out in others.
    whole = [c for c in cases if len(c["ops"]) == 1 and "chance" not in c and all(t[3] >= 0 for t in tensors(c))]
    refused = [c for c in whole if status.get(("node", c["name"])) == "refused"]
    wrong = [c for c in whole if status.get(("node", c["name"])) == "wrong"]
    accepted = [c for c in whole if c not in refused and c not in wrong]
    operators = {c["ops"][0] for c in accepted}
    unknown = sorted((weight(c), c["name"], c["ops"][0]) for c in refused if c["ops"][0] not in operators)
    first = {operator: name for _, name, operator in reversed(unknown)}
    names = {c["name"] for c in choose(accepted, body)} | set(sorted(first.values())[:REFUSED_CASES])
    for case in cases:
        if case["name"] in names:
            take(case, body, "node")
    zoo, body = read(FOLDER / "zoo.cases")
    for case in zoo:
        if case.get("small"):
            take(case, body, "zoo")
    must = sum("expect" in c for c in store.cases)
    print(f"part {len(store.cases)} must-pass={must} operators={len(operators)} left-out-as-wrong={len(wrong)} bytes={store.write(Path(out))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
