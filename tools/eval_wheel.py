"""Puts held-out pairs through the installed wheel and compares its slates with those of the command line.

Usage: .venv/wheel/bin/python tools/eval_wheel.py BUNDLE PAIRS ITEMS.tsv KEY_COLUMN ID_COLUMN SLATES   (tools/wheel.sh has installed it)
"""

import sys
import time

import nearhand as nh


def lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().rstrip("\n").split("\n")


bundle_file, pairs_file, items_file, key_column, id_column, slates_file = sys.argv[1:]
header, *rows = [line.split("\t") for line in lines(items_file)]
key, id = header.index(key_column), header.index(id_column)
id_of = {row[key]: row[id] for row in rows}
want = [line.split(" ") for line in lines(slates_file)]
sessions = [[id_of[word] for word in line.split("\t")[0].split(" ")] for line in lines(pairs_file)]
assert len(sessions) == len(want), f"{len(want)} slates for {len(sessions)} pairs"
began = time.perf_counter()
found = nh.Bundle.load(bundle_file).slates(sessions, len(want[0]), exclude=[])
us = (time.perf_counter() - began) / len(sessions) * 1e6
same = sum(a == b for a, b in zip(found, want))
print(f"eval-wheel pairs={len(sessions)} k={len(want[0])} same={same} different={len(sessions) - same} us_per_pair={us:.0f}")
sys.exit(same != len(sessions))
