"""A small shop with strong habits: what comes next hangs on the last item, on the one before it, and on what is popular."""

import random
import string

ITEMS = 160
SEED = 12
_random = random.Random(SEED)


def _ids():
    """Three letters and digits, never digits alone: no id can be taken for a place in a list."""
    ids = set()
    while len(ids) < ITEMS:
        text = "".join(_random.choice(string.ascii_lowercase + string.digits) for _ in range(3))
        if not text.isdigit():
            ids.add(text)
    ids = sorted(ids)
    _random.shuffle(ids)
    return ids


IDS = _ids()
_places = list(range(ITEMS))


def _walk():
    """For each item another one: a permutation."""
    to = _places[:]
    _random.shuffle(to)
    return to


_FIRST, _SECOND, _BEFORE = _walk(), _walk(), _walk()
_POPULAR = [1 / (10 + i) for i in range(ITEMS)]


def session(chance, longest):
    """Indices of items, oldest first."""
    items = chance.choices(_places, _POPULAR)
    for _ in range(chance.choice([0, 1, 2, 2, 3, 3, 4, 5, 6, 8, longest - 1]) if longest > 12 else chance.randrange(1, longest)):
        last, before = items[-1], items[-2] if len(items) > 1 else items[-1]
        kind = chance.random()
        if kind < 0.48:
            items.append(_FIRST[last])
        elif kind < 0.66:
            items.append(_SECOND[last])
        elif kind < 0.82:
            items.append(_BEFORE[before])
        elif kind < 0.86:
            items.append(last)
        else:
            items.append(chance.choices(_places, _POPULAR)[0])
    return items


def sessions(count, seed, longest=12):
    chance = random.Random(seed)
    return [session(chance, longest) for _ in range(count)]


TRAIN = sessions(6000, 1)
# What `pack` is shown: other sessions than the models saw.
SHOWN = [s for s in sessions(900, 2) if len(s) > 1]
# What is asked of models and bundles: some longer than any window.
ASKED = sessions(420, 3, longest=26)
