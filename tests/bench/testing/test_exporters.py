"""Contract checks of exporters find what they claim to find."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from bench import Exporter, Sheet
from bench.registry import load
from bench.testing import check
from bench.testing.writers import HOSTILE

REGISTRY = load()
BUILT_IN = ("croissant", "csv", "eval-results", "jsonl", "model-index", "parquet", "pytest-benchmark")


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_exporters_keep_their_contract(name: str) -> None:
    assert check(REGISTRY.entries["exporter"][name].cls, REGISTRY) == []


def faults(documents: Callable[[Sheet], object]) -> list[str]:
    class Mine(Exporter):
        """Mine."""

        name = "mine"

        def export(self, sheet: Sheet) -> object:
            return documents(sheet)

    return check(Mine, REGISTRY)


def test_what_is_wrong_with_an_exporter_is_found() -> None:
    number = count()
    assert faults(lambda sheet: {"a.txt": sheet.cells[0].id.encode()}) == []
    assert faults(lambda sheet: {}) == ["writes no document"]
    assert faults(lambda sheet: {"a": "x"}) == ["returns str for 'a', not bytes"]
    assert faults(lambda sheet: {"a": bytes(next(number))}) == [
        "writes the same sheet in another way the second time"
    ]
    [told] = faults(lambda sheet: {f"{sheet.data[0].title}.html": b""})
    assert told.startswith(f"names a file {HOSTILE + '.html'!r}; use letters")
    [told] = faults(lambda sheet: {"a": sheet.cells[2].runs[0][0]})
    assert told.startswith("with {}: IndexError")
