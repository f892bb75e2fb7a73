"""Reports of records in memory, with what their examples contribute, if anything was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from bench import Report, Split
from bench.records.contributions import Contributions
from bench.records.record import Record
from bench.records.results import Results
from bench.records.store import Store
from bench.registry import Registry, load
from bench.reporting.report import make_report

NOWHERE = Store(Path("/nowhere"))

Kept = Mapping[str, Mapping[Split, Contributions]]
"""What is kept of cells, by their id."""


class InMemory(Results):
    """Results that are in no folder."""

    def __init__(self, records: Sequence[Record], kept: Kept | None = None) -> None:
        super().__init__([])
        self.records = records
        self.kept = kept or {}

    def store(self, record: Record) -> Store:
        return NOWHERE

    def predictions(self, record: Record, only: str | None = None) -> Mapping[Split, Contributions] | None:
        return self.kept.get(record.id)


@cache
def registry() -> Registry:
    return load()


def report_of(records: Sequence[Record], kept: Kept | None = None, margin: float = 0.0) -> Report:
    """Return the report of records."""
    return make_report(InMemory(records, kept), registry(), margin=margin)
