#!/usr/bin/env python3
"""Records what reference implementations answer, for the tests of crates/monitor: distances by scipy, change detectors by river,
rank-biased overlap by rbo, prediction-powered intervals by ppi_py, calibration by scikit-learn.
Usage: tools/monitor_golden.py    writes crates/monitor/tests/golden/references.json

Recorded with scipy 1.17.1, river 0.23.0, rbo 0.1.3, ppi-python 0.2.3, scikit-learn 1.9.1, numpy 1.26.4.
"""
import json
import random
from pathlib import Path

import numpy as np
from ppi_py import ppi_mean_ci, ppi_mean_pointestimate
from rbo import RankingSimilarity
from river import drift
from scipy.spatial.distance import chebyshev, jensenshannon
from scipy.stats import chi2, entropy, ks_2samp
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

OUT = Path(__file__).resolve().parent.parent / "crates/monitor/tests/golden/references.json"
rng = random.Random(20261130)


def distances():
    """Counts of ten bins or fewer, some of them empty. The PSI is the sum of both divergences of scipy's entropy, half an observation added."""
    cases = []
    for size in [(5, 40, 30), (10, 900, 50), (10, 10000, 1000), (3, 7, 7), (12, 5000, 100000), (2, 100, 1)]:
        bins, m, n = size
        for skew in (0.0, 1.0, 4.0):
            weights = [rng.random() for _ in range(bins)]
            moved = [w * (1 + skew * rng.random()) for w in weights]
            r = [0] * bins
            c = [0] * bins
            for i in rng.choices(range(bins), weights, k=m):
                r[i] += 1
            for i in rng.choices(range(bins), moved, k=n):
                c[i] += 1
            rs, cs = np.array(r, float) + 0.5, np.array(c, float) + 0.5
            rs, cs = rs / rs.sum(), cs / cs.sum()
            p, q = np.array(r) / m, np.array(c) / n
            samples = [np.repeat(np.arange(bins), counts) for counts in (r, c)]
            cases.append({
                "reference": r, "current": c, "psi": float(entropy(rs, cs) + entropy(cs, rs)), "jensen_shannon": float(jensenshannon(p, q, base=2)),
                "kolmogorov_smirnov": float(ks_2samp(*samples, method="asymp").statistic), "chebyshev": float(chebyshev(p, q)),
                "psi_by_chance": float(chi2.ppf(0.999, bins - 1) * (1 / m + 1 / n)),
            })
    return cases


def streams():
    """Levels that jump, drift, stay or have outliers, and where river sees a change; width and mean of ADWIN's window at the end."""
    kinds = {
        "jump": lambda i: (0.2 if i < 1000 else 0.8) + 0.1 * rng.gauss(0, 1),
        "coins": lambda i: float(rng.random() < (0.3 if i < 1500 else 0.5)),
        "slope": lambda i: i / 3000 + 0.05 * rng.gauss(0, 1),
        "steady": lambda i: rng.random(),
        "back": lambda i: float(500 <= i < 900) + 0.3 * rng.gauss(0, 1),
        "large": lambda i: float(rng.randint(0, 1) if i < 1000 else rng.randint(4, 7)),
    }
    adwin = [{}, {"delta": 0.05, "clock": 1, "max_buckets": 3, "min_window_length": 2, "grace_period": 1}]
    hinkley = [{}, {"min_instances": 10, "delta": 0.01, "threshold": 5.0, "alpha": 1.0, "mode": "up"},
               {"threshold": 3.0, "alpha": 0.99, "mode": "down"}]
    out = []
    for name, value in kinds.items():
        numbers = [round(value(i), 4) for i in range(2500)]
        case = {"name": name, "numbers": numbers, "adwin": [], "page_hinkley": []}
        for settings in adwin:
            detector, found = drift.ADWIN(**settings), []
            for i, x in enumerate(numbers):
                detector.update(x)
                if detector.drift_detected:
                    found.append(i)
            case["adwin"].append({"settings": settings, "found": found, "width": detector.width, "mean": detector.estimation})
        for settings in hinkley:
            detector, found = drift.PageHinkley(**settings), []
            for i, x in enumerate(numbers):
                detector.update(x)
                if detector.drift_detected:
                    found.append(i)
            case["page_hinkley"].append({"settings": settings, "found": found})
        out.append(case)
    return out


def rankings():
    cases = []
    for one, two in [(5, 5), (5, 3), (1, 1), (20, 20), (10, 4), (2, 20), (3, 0)]:
        for p in (0.5, 0.8, 0.9, 0.98):
            for pool in (6, 24):
                pool = max(pool, one, two)
                a, b = rng.sample(range(pool), one), rng.sample(range(pool), two)
                cases.append({"one": a, "two": b, "p": p, "rbo": float(RankingSimilarity(a, b).rbo_ext(p=p))})
    return cases


def powered():
    cases = []
    for n, m, good in [(30, 300, 0.9), (100, 5000, 0.6), (50, 100, 0.1), (40, 400, 0.0)]:
        y = np.array([float(rng.random() < 0.3) for _ in range(n)])
        f = np.array([round(good * v + (1 - good) * rng.random(), 3) for v in y])
        u = np.array([round(good * float(rng.random() < 0.3) + (1 - good) * rng.random(), 3) for _ in range(m)])
        low, high = ppi_mean_ci(y, f, u, alpha=0.1)
        cases.append({"y": y.tolist(), "f": f.tolist(), "unlabelled": u.tolist(), "mean": float(np.squeeze(ppi_mean_pointestimate(y, f, u))),
                      "low": float(np.squeeze(low)), "high": float(np.squeeze(high))})
    return cases


def calibrations():
    # On no edge of a bin, which the two sides give to different bins.
    p = [round(0.999 * rng.random(), 3) + 0.0005 for _ in range(500)]
    y = [int(rng.random() < v ** 1.5) for v in p]
    true, mean = calibration_curve(y, p, n_bins=10, strategy="uniform")
    return {"p": p, "y": y, "brier": float(brier_score_loss(y, p)), "true": true.tolist(), "mean": mean.tolist()}


OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps({"distances": distances(), "streams": streams(), "rankings": rankings(), "powered": powered(), "calibration": calibrations()},
                          separators=(",", ":")) + "\n")
