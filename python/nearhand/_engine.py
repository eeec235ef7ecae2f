"""One bundle and one session: what production will say."""

from __future__ import annotations

import json
from typing import Any, Iterable, Mapping, Optional, Sequence

from . import _names, _nearhand, _time
from ._bundle import Bundle
from ._error import Error
from ._run import Path
from ._sessions import event as plain
from ._slate import Slate


class Engine:
    """A bundle that serves one visitor, by the code that runs in the page and at the edge.

    >>> shop = Engine("shop.safetensors")
    >>> shop.observe("85123A")
    >>> shop.recommend(k=5).ids

    Options are those of ``load`` in JavaScript, with underscores: ``consent`` (``"none"``, ``"memory"``, ``"persist"``), ``digest``,
    ``idle_timeout_ms``, ``viewed_ms``, ``dismissed_ms``, ``cart_ms``, ``max_bytes``. The clock is an argument, ``now``: a datetime, ISO
    8601 or Unix milliseconds; left out it is the machine's.
    """

    def __init__(self, bundle: "Bundle | Path", model: Optional[Path] = None, **options: Any) -> None:
        if model is not None and isinstance(bundle, Bundle):
            why = "a Bundle has its model: give model with a path, or to Bundle.load"
            raise Error(why, "invalid-option", {"option": "model"})
        bundle = bundle if isinstance(bundle, Bundle) else Bundle.load(bundle, model)
        options.setdefault("max_bytes", 2**53 - 1)
        self._engine = _nearhand.Engine(bundle.data, bundle.model_data, json.dumps(_names.options(options)))

    def observe(self, event: Any = None, /, *, now: Any = None, **fields: Any) -> bool:
        """Records an event: an item's id (a view), a dict, or its fields ``kind``, ``item``, ``at``, ``dwell_ms``, ``quantity``.

        Says whether the catalog knows the item. Raises ``Error`` (``event-invalid``, ``event-in-future``, ``event-too-old``).
        """
        given = fields if event is None else event
        if event is not None and fields:
            raise Error("give an event or its fields, not both", "invalid-option", {"option": "event"})
        told = plain(given)
        told = {"kind": "view", "item": told} if isinstance(told, str) else told
        return self._engine.observe(json.dumps(told), _time.now(now))

    def recommend(self, k: int = 5, *, now: Any = None, **rules: Any) -> Slate:
        """The slate of the session. ``rules`` are those of ``recommend`` in JavaScript (docs/rules.md), with underscores: ``placement``,
        ``source``, ``where``, ``exclude_items``, ``caps``, ``diversity``, ``rules``, ``explain``, …"""
        return self.recommend_page([{"k": k, **rules}], now=now)[0]

    def recommend_page(self, requests: Sequence[Mapping[str, Any]], *, now: Any = None) -> "list[Slate]":
        """The slates of one page, in order of their claim: no item is in two of them."""
        asked = json.dumps([_names.options(dict(request)) for request in requests])
        return [Slate(slate) for slate in json.loads(self._engine.recommend(asked, _time.now(now)))]

    def session(self, *, now: Any = None) -> "list[dict[str, Any]]":
        """What counts of the session."""
        return json.loads(self._engine.session(_time.now(now)))

    def set_cart(self, lines: Iterable[Any], *, now: Any = None) -> None:
        """States what the cart holds: ids, or dicts with ``item`` and ``quantity``."""
        told = [plain(line) for line in lines]
        told = [{"kind": "cart-add", "item": one} if isinstance(one, str) else {**one, "kind": "cart-add"} for one in told]
        self._engine.set_cart(json.dumps(told), _time.now(now))

    def undismiss(self, item: str) -> None:
        """Takes back that an item was dismissed."""
        self._engine.undismiss(item)

    def set_consent(self, consent: str) -> None:
        """Sets where the session may be kept: ``none``, ``memory`` or ``persist``."""
        self._engine.set_consent(json.dumps(consent))

    def forget(self, *, now: Any = None) -> None:
        """Drops the session."""
        self._engine.forget(_time.now(now))

    def snapshot(self) -> bytes:
        """The session as bytes, which a page or an edge worker takes as well."""
        return self._engine.snapshot()

    def restore(self, snapshot: bytes, *, now: Any = None) -> None:
        """Replaces the session."""
        self._engine.restore(snapshot, _time.now(now))

    def merge(self, snapshot: bytes, *, now: Any = None) -> None:
        """Takes in another tab's session."""
        self._engine.merge(snapshot, _time.now(now))

    def update_catalog(self, **delta: Any) -> "dict[str, Any]":
        """Changes the catalog row by row (``updateCatalog`` in JavaScript: ``upsert``, ``remove``, …); tells of rows that were left out."""
        return json.loads(self._engine.update_catalog(json.dumps(_names.options(delta))))

    def item(self, id: str) -> "Optional[dict[str, Any]]":
        """One catalog item, or ``None``."""
        found = self._engine.item(id)
        return None if found is None else json.loads(found)

    def items(self, **query: Any) -> "dict[str, Any]":
        """A page of catalog items: ``where``, ``search``, ``offset``, ``limit``."""
        return json.loads(self._engine.items(json.dumps(_names.options(query))))

    def facets(self) -> "dict[str, Any]":
        """What there is to filter by."""
        return json.loads(self._engine.facets())

    def info(self) -> "dict[str, Any]":
        """What the engine is and has done."""
        return json.loads(self._engine.info())

    @staticmethod
    def bucket(test: str, visitor: str, buckets: int = 100) -> int:
        """The bucket of a visitor in a test, the same as in the page."""
        return _nearhand.Engine.bucket(test, visitor, buckets)
