"""Every built-in plugin keeps its contract."""

from __future__ import annotations

import pytest

from bench.registry import load
from bench.testing import check

REGISTRY = load()
BUILT_IN = {
    f"{kind}/{name}": entry.cls
    for kind, entries in REGISTRY.entries.items()
    for name, entry in entries.items()
    if entry.owner.distribution == "transferbench"
}


def test_nothing_is_broken():
    assert REGISTRY.broken == []


@pytest.mark.parametrize("cls", BUILT_IN.values(), ids=BUILT_IN)
def test_contract(cls):
    assert check(cls, REGISTRY) == []
