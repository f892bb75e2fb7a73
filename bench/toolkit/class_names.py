"""Names of classes, as data sets and weights write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache


def match_classes(wanted: Sequence[str], known: Sequence[Collection[str]]) -> list[int] | None:
    """Return the position in `known` of each wanted class; None if one is unknown, ambiguous or there twice.

    An item of `known` holds all names of a class. Case does not count, and `_`, `-` and a space are the
    same. A name that several classes share (ImageNet has two cranes) must be wanted as many times; it then
    stands for them in their order.
    """
    positions: dict[str, list[int]] = {}
    for position, names in enumerate(known):
        for name in _all_plain(names):
            positions.setdefault(name, []).append(position)
    names = [_plain(name) for name in wanted]
    if any(len(positions.get(name, ())) != count for name, count in Counter(names).items()):
        return None
    left = {name: iter(found) for name, found in positions.items()}
    rows = [next(left[name]) for name in names]
    return rows if len(set(rows)) == len(rows) else None  # two names of one class


def unknown_classes(wanted: Iterable[str], known: frozenset[str]) -> list[str]:
    """Return which of the wanted classes no name in `known` stands for, by the same rule."""
    names = _known_plain(known)
    return [name for name in wanted if _plain(name) not in names]


# Many models share the thousands of names of ImageNet.
@lru_cache(maxsize=16)
def _known_plain(names: frozenset[str]) -> frozenset[str]:
    return _all_plain(names)


def _all_plain(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_plain, names))


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()
