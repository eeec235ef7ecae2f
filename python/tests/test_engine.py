"""One bundle and one visitor: what production says, and what it refuses."""

import datetime
import pickle
import threading

import numpy as np
import pandas as pd
import pytest

import nearhand as nh

NOW = 1_700_000_000_000


@pytest.fixture
def shop(shop):
    return nh.Engine(shop)


def test_a_visit(shop):
    assert shop.observe("85123A", now=NOW)
    assert not shop.observe("no such item", now=NOW + 1000)
    assert shop.observe(kind="cart-add", item="22423", quantity=2, now=NOW + 2000)
    slate = shop.recommend(k=3, now=NOW + 3000)
    assert len(slate) == 3 and slate.source == "model" and slate.ids == [item["item"] for item in slate]
    assert slate[0]["rank"] == 1 and slate[0]["reasons"] and not {"85123A", "22423"} & set(slate.ids)
    assert [event["item"] for event in shop.session(now=NOW + 3000)][:1] == ["85123A"]
    shop.forget(now=NOW + 4000)
    assert shop.recommend(now=NOW + 4000).source == "popular"


def test_slates_are_those_of_the_bundle(shop, recorded):
    for one in recorded["online-retail"][:8]:
        shop.forget(now=1_600_000_000_000)
        for at, item in enumerate(one["session"]):
            shop.observe(item, now=1_600_000_000_000 + 1000 * at)
        assert sorted(shop.recommend(20, exclude=[], now=1_600_000_000_000).ids) == sorted(one["items"])


def test_a_page_has_no_item_twice(shop):
    shop.observe("85123A", now=NOW)
    one, two = shop.recommend_page([{"k": 5, "placement": "product", "source": "85123A"}, {"k": 5, "placement": "home"}], now=NOW)
    assert not set(one.ids) & set(two.ids)


def test_a_session_moves_as_bytes(shop, sample):
    shop.observe("85123A", now=NOW)
    other = nh.Engine(nh.Bundle(shop_bytes(shop)))
    other.restore(shop.snapshot(), now=NOW)
    assert other.recommend(now=NOW).ids == shop.recommend(now=NOW).ids
    with pytest.raises(nh.Error) as error:
        other.restore(b"nothing", now=NOW)
    assert error.value.code.startswith("snapshot-")


def shop_bytes(_):
    from conftest import ROOT

    return (ROOT / "models/online-retail/online-retail.safetensors").read_bytes()


def test_times_are_what_python_has(shop):
    at = datetime.datetime(2026, 1, 1, 10, tzinfo=datetime.timezone.utc)
    shop.observe({"item": "85123A", "at": at, "kind": "view", "dwell_ms": 4000}, now=at)
    assert shop.session(now="2026-01-01T10:00:05Z")[0]["at"] == 1_767_261_600_000
    with pytest.raises(nh.Error):
        shop.observe("22423", now="yesterday")
    with pytest.raises(nh.Error) as error:
        shop.observe("22423", now=12.5)
    assert error.value.code == "invalid-option"


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"item": "", "kind": "view"}, "event-invalid"),
        ({"item": "a", "kind": "look"}, "invalid-option"),
        ({"item": "a", "colour": "red"}, "unknown-option"),
        ({"item": "a", "at": NOW + 10**9}, "event-in-future"),
        ({"item": "a", "quantity": 0, "kind": "cart-add"}, "event-invalid"),
    ],
)
def test_an_event_that_is_none_is_refused_and_the_session_stays(shop, event, code):
    shop.observe("85123A", now=NOW)
    before = shop.snapshot()
    with pytest.raises(nh.Error) as error:
        shop.observe(event, now=NOW)
    assert error.value.code == code and shop.snapshot() == before


def test_errors_are_value_errors_that_travel():
    error = nh.Error("no", "io", {"path": "x"})
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, ValueError) and (again.code, again.details, str(again)) == ("io", {"path": "x"}, "no [io] path=x")


def test_catalog_and_cart(shop):
    shop.set_cart(["85123A", {"item": "22423", "quantity": 2}], now=NOW)
    assert shop.item("85123A")["title"] and shop.item("nobody") is None
    told = shop.update_catalog(remove=["22423"])
    assert told["removed"] == 1, told
    assert shop.items(search="lantern", limit=3)["total"] > 0 and shop.facets()
    assert shop.info()["bundle"]["items"] == 3421


def test_options_are_refused_by_name(shop, sample):
    with pytest.raises(nh.Error) as error:
        nh.Engine(sample, concent="none")
    assert error.value.code == "unknown-option" and "consent" in error.value.message
    with pytest.raises(nh.Error) as error:
        nh.Engine(sample, digest="0" * 64)
    assert error.value.code == "bundle-digest-mismatch"
    assert nh.Engine.bucket("test", "anna", 2) in (0, 1)


def test_threads_share_an_engine(shop):
    shop.observe("85123A", now=NOW)
    want, found = shop.recommend(now=NOW).ids, []
    threads = [threading.Thread(target=lambda: found.append(shop.recommend(now=NOW).ids)) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert found == [want] * 4


def test_titles_do_not_become_html():
    found = {
        "item": "<b>",
        "title": "<script>alert(1)</script>",
        "rank": 1,
        "score": 0.5,
        "reasons": [{"kind": "viewed", "title": "<i>"}],
    }
    html = nh.Slate({"items": [found], "source": "model", "notes": []})._repr_html_()
    assert "<script" not in html and "<b>" not in html and "<i>" not in html and "&lt;script&gt;" in html


def test_refusals_beside_other_threads_end(sample):
    """A refusal is raised with the interpreter: nobody may wait for the engine and hold it."""
    engine, ids = nh.Engine(sample), sample.ids
    done = []

    def refused():
        for _ in range(300):
            with pytest.raises(nh.Error):
                engine.recommend(k=0)
        done.append("refused")

    def served():
        for _ in range(300):
            engine.item(ids[0])
            engine.observe(ids[0], now=NOW)
        done.append("served")

    threads = [threading.Thread(target=work, daemon=True) for work in (refused, served)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == ["refused", "served"]


def test_none_unsets_a_column_and_arrays_are_lists(sample):
    engine, ids = nh.Engine(sample), sample.ids
    engine.update_catalog(upsert=[{"item": ids[0], "stock": 0}])
    assert engine.item(ids[0])["stock"] == 0
    engine.update_catalog(upsert=[{"item": ids[0], "stock": None}])
    assert engine.item(ids[0]).get("stock") is None
    first = engine.recommend(3, now=NOW).ids
    for listed in (np.array(first[:2]), pd.Series(first[:2]), set(first[:2])):
        assert not set(engine.recommend(3, now=NOW, exclude_items=listed).ids) & set(first[:2])
    with pytest.raises(nh.Error):
        nh.Engine(sample, model="elsewhere.safetensors")
