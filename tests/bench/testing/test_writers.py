"""Contract checks of writers find what they claim to find."""

from __future__ import annotations

from itertools import count

import pytest

from bench import Writer
from bench.registry import load
from bench.testing import check
from bench.testing.writers import HOSTILE

REGISTRY = load()


@pytest.mark.parametrize("name", ["csv", "json", "markdown", "terminal"])
def test_built_in_writers_keep_their_contract(name):
    assert check(REGISTRY.entries["writer"][name].cls, REGISTRY) == []


def faults(documents) -> list[str]:
    class Mine(Writer):
        """Mine."""

        name = "mine"

        def write(self, report):
            return documents(report)

    return check(Mine, REGISTRY)


def test_what_is_wrong_with_a_writer_is_found():
    number = count()
    assert faults(lambda report: {"a.html": report.summary.name}) == []
    assert faults(lambda report: {}) == ["writes no document"]
    assert faults(lambda report: {"a": b"x"}) == ["returns bytes for 'a', not text"]
    assert faults(lambda report: {"a": str(next(number))}) == [
        "writes the same report in another way the second time"
    ]
    [told] = faults(lambda report: {f"{table.name}.html": "" for table in report.tables})
    assert told.startswith(f"names a file {HOSTILE + '.html'!r}; use letters")
    [told] = faults(lambda report: {"a": report.tables[0].rows[1].measurements[0].value})
    assert told.startswith("with {}: AttributeError: 'NoneType'")
