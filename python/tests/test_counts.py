"""Counts of parts: the sums, and the bundle, of the whole log."""

import hashlib
import json

import pandas as pd
import pytest
from conftest import SMALL

import nearhand as nh

SCHEMA = {"session": "visit", "item": "sku", "time": "when"}
OPTIONS = {key: value for key, value in SMALL.items() if key != "created_at"}


@pytest.fixture(scope="module")
def log(sessions):
    rows = [
        (f"s{number}", item, pd.Timestamp("2026-01-01") + pd.Timedelta(hours=number, seconds=20 * at))
        for number, session in enumerate(sessions)
        for at, item in enumerate(session)
    ]
    return pd.DataFrame(rows, columns=["visit", "sku", "when"])


def cut(log, parts):
    by = log["visit"].map(lambda visit: int(visit[1:]) ** 2 % 7 % parts)
    return [log[by == part] for part in range(parts)]


def told(bundle):
    """All that a bundle holds, but for the text of how it was made, and the digest of all."""
    length = int.from_bytes(bundle.data[:8], "little")
    header = json.loads(bundle.data[8 : 8 + length])
    manifest = json.loads(header.pop("__metadata__")["nearhand"])
    assert manifest.pop("provenance") and manifest.pop("sha256")
    return header, manifest, bundle.data[8 + length :]


def test_parts_are_the_whole(log, tmp_path):
    whole = nh.count(log, schema=SCHEMA)
    assert (whole.sessions, whole.events, whole.parts) == (400, len(log), 1)
    parts = [nh.count(part, schema=SCHEMA) for part in cut(log, 5)]
    total = sum(parts)
    # One of the five is empty.
    assert (total.sessions, total.events, total.parts) == (400, len(log), 4)
    assert total == nh.Counts.merge(reversed(parts)) == parts[0] + (parts[2] + parts[1]) + (parts[4] + parts[3])
    total.save(tmp_path / "all.counts")
    assert nh.Counts.load(tmp_path / "all.counts") == total
    assert "sessions" in total._repr_html_() and "400 sessions" in repr(total)


def test_a_bundle_of_counts_is_the_bundle_of_the_log(log, tmp_path):
    options = {**OPTIONS, "created_at": "2026-11-23", "progress": False}
    plain, _ = nh.train(log, schema=SCHEMA, **options)
    parts = [nh.count(part, schema=SCHEMA) for part in cut(log, 8)]
    (tmp_path / "parts").mkdir()
    for number, part in enumerate(parts):
        part.save(tmp_path / "parts" / f"{number}.counts")
    for counts in (parts, sum(parts), tmp_path / "parts"):
        counted, report = nh.train(log, schema=SCHEMA, counts=counts, **options)
        assert told(counted) == told(plain)
        assert "--counts" in report.provenance["command"]
    # Of a sample, the numbers are those of all.
    sampled, _ = nh.train(log[log["visit"].str.len() < 4], schema=SCHEMA, counts=parts, **options)
    assert sampled.manifest["training"]["sessions"] == 400


def test_what_does_not_belong_together_is_refused(log):
    one, two = (nh.count(part, schema=SCHEMA) for part in cut(log, 2))
    for parts, why in [
        ([one, one], "a part is there twice"),
        ([one + two, two], "a part is there twice"),
        ([one, nh.count(log, schema=SCHEMA)], "a visitor is in two parts"),
        ([one, nh.count(cut(log, 2)[1], schema=SCHEMA, idle_minutes=5)], "not counted alike"),
    ]:
        with pytest.raises(nh.Error, match=why) as error:
            nh.Counts.merge(parts)
        assert error.value.code == "data-invalid" and "path" in error.value.details
    halves = [nh.count(log.iloc[:500], schema=SCHEMA), nh.count(log.iloc[500:], schema=SCHEMA)]
    split = nh.Counts.merge(halves, split_visitors=True)
    assert split.events == len(log)
    bent = bytearray(one.data)
    bent[-40] ^= 1
    for data in (bytes(bent), b"", b"nearhand-counts 1\n{}\n", b"nearhand-counts 1\nno\n"):
        with pytest.raises(nh.Error) as error:
            nh.Counts(data)
        assert error.value.code == "data-invalid"
    with pytest.raises(nh.Error) as error:
        nh.train(log, schema=SCHEMA, counts=[], progress=False)
    assert (error.value.code, error.value.details) == ("invalid-option", {"option": "counts"})
    with pytest.raises(nh.Error) as error:
        nh.train(log, schema=SCHEMA, counts=7, progress=False)
    assert error.value.details == {"option": "counts", "value": "int"}
    with pytest.raises(nh.Error) as error:
        nh.Counts.merge([])
    assert error.value.code == "invalid-option"
    # What counts leave for tests must be what the sample leaves.
    with pytest.raises(nh.Error, match="count anew with the before") as error:
        nh.train(log, schema=SCHEMA, counts=[one], split="2026-01-10", progress=False)
    assert error.value.details["setting"] == "before" and "path" in error.value.details
    with pytest.raises(nh.Error, match="--items"):
        nh.count(log, schema=SCHEMA, min_item_count=2)


def digested(header):
    data = b"nearhand-counts 1\n" + header + b"\nbody"
    return data + hashlib.sha256(data).digest()


def test_headers_that_are_none_are_refused():
    right = {"sessions": 1, "events": 2, "reading": {}, "parts": []}
    assert nh.Counts(digested(json.dumps(right).encode())).parts == 1
    for header in (
        b"[" * 200_000,
        b"[]",
        b"\xff",
        b"7",
        *(json.dumps({**right, name: value}).encode() for name in right for value in ("x", None, True, -1, 0.5)),
    ):
        with pytest.raises(nh.Error) as error:
            nh.Counts(digested(header))
        assert error.value.code == "data-invalid", header
    with pytest.raises(nh.Error) as error:
        nh.Counts("text")
    assert error.value.code == "invalid-option"
