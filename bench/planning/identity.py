"""The identity of a cell: a digest of all that can change its outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..api import Limits, Plugin, Settings

FORMAT = 3
"""Increased when cells are computed differently, so that older records do not stand for newer ones."""

Identified = Plugin | Settings | Limits


def canonical(data: Any) -> str:
    """Return the one JSON text of plain data: keys sorted, no spaces, no NaN.

    Raises ValueError for NaN or infinity, TypeError for what is not plain data.
    """
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(data: Any) -> str:
    """Return the sha256 of the canonical JSON text, in hexadecimal."""
    return digest_of(canonical(data))


def digest_of(text: str) -> str:
    """Return the sha256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def row(labels: Mapping[str, str], identity: Mapping[str, Any], parent: str | None) -> str:
    """Return what is equal for cells that differ in their seed alone; `parent` is the parent's row."""
    return digest([dict(labels), {**identity, "seed": None, "parent": parent}])[:16]


class Identities:
    """The identities of values, each worked out once: a fingerprint may read a whole data set."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Identified, dict[str, Any]]] = {}
        self._texts: dict[int, tuple[Any, str]] = {}

    def of(self, value: Identified) -> dict[str, Any]:
        """Return all of a value that can change an outcome. Raises DataError where data cannot be read."""
        if id(value) not in self._known:
            # Keeping the value keeps its id from being given to another.
            self._known[id(value)] = (value, value.identity())
        return self._known[id(value)][1]

    def text(self, value: Identified | Mapping[str, str]) -> str:
        """Return the canonical JSON of all that can change an outcome, or of what a mapping holds."""
        if id(value) not in self._texts:
            data = dict(value) if isinstance(value, Mapping) else self.of(value)
            self._texts[id(value)] = value, canonical(data)
        return self._texts[id(value)][1]
