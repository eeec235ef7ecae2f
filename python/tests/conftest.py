"""What the tests share: the checkout's files, a small log, and the command line that was built beside the wheel."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

import nearhand as nh

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shop() -> nh.Bundle:
    return nh.Bundle.load(ROOT / "models/online-retail/online-retail.safetensors")


@pytest.fixture(scope="session")
def sample() -> nh.Bundle:
    return nh.Bundle.load(ROOT / "models/sample/sample.safetensors")


@pytest.fixture(scope="session")
def recorded() -> dict:
    """Slates of the wasm: recorded/record.mjs."""
    return json.loads((Path(__file__).parent / "recorded/slates.json").read_text())


@pytest.fixture(scope="session")
def program():
    """The program `nearhand`, as tools/wheel.sh built it."""
    path = os.environ.get("NEARHAND", str(ROOT / "target/release/nearhand"))
    assert os.path.exists(path), f"build the command line first: {path}"

    def run(*argv: object) -> str:
        done = subprocess.run([path, *map(str, argv)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def sessions() -> list:
    """400 sessions of thirty items: after each mostly comes the next."""
    draw = random.Random(7)
    all = []
    for _ in range(400):
        item, session = draw.randrange(30), []
        for _ in range(3 + draw.randrange(5)):
            session.append(f"i{item}")
            item = draw.randrange(30) if draw.randrange(5) == 0 else (item + 1) % 30
        all.append(session)
    return all


#: A training that ends soon.
SMALL = {"dim": 16, "bits": 4, "half_life": 0.5, "batch": 64, "pairs": 200, "threads": 1, "epochs": 4, "created_at": "2026-11-23"}


@pytest.fixture(scope="session")
def trained(sessions):
    return nh.train(sessions, name="small", progress=False, **SMALL)


@pytest.fixture(scope="session")
def transactions(tmp_path_factory) -> Path:
    """A made-up fortnight of card payments."""
    out = tmp_path_factory.mktemp("cards") / "log.parquet"
    nh.command(
        [
            "simulate-transactions",
            "--days",
            "14",
            "--customers",
            "300",
            "--terminals",
            "200",
            "--strangers",
            "10",
            "--out",
            str(out),
        ]
    )
    return out
