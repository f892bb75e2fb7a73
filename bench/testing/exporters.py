"""Does an exporter keep its contract? Seen by a little sheet whose names are meant to do harm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..api import Column, ExportedCell, ExportedData, Exporter, Figure, Sheet
from ..registry import Registry
from ..reporting import faults_of
from .writers import CONDITIONS, HOSTILE


def check_exporter(exporter: Exporter, registry: Registry) -> Iterator[str]:
    """Give what is wrong with an exporter: the names of its files, and whether it writes the same twice."""
    sheet = hostile_sheet()
    documents = exporter.export(sheet)
    yield from faults_of(documents, bytes)
    if not documents:
        yield "writes no document"
    if exporter.export(sheet) != documents:
        yield "writes the same sheet in another way the second time"


def hostile_sheet() -> Sheet:
    """Return a sheet of everything that there can be, with names that must not be taken for markup."""
    columns = [
        Column(Figure("accuracy", better="higher"), "test accuracy", split="test"),
        Column(Figure(HOSTILE, better="higher"), f"test {HOSTILE}", split="test"),
        Column(Figure(HOSTILE, "samples/s", better="higher", headline=1), f"train_{HOSTILE}", "train"),
        Column(Figure("latency_ms", "ms", better="lower", headline=2), "latency_ms"),
        Column(Figure("method"), "method"),
    ]
    data = ExportedData(HOSTILE, HOSTILE, HOSTILE, "0a" * 32, {"train": 9, "test": 3}, 2, HOSTILE)
    cells = [_cell(seed, data) for seed in range(2)]
    return Sheet(columns, [*cells, replace(cells[0], **_failure(len(columns)))], [data])


def _cell(seed: int, data: ExportedData) -> ExportedCell:
    return ExportedCell(
        id=f"{seed:016x}",
        row="f" * 16,
        suite=HOSTILE,
        labels={"backbone": HOSTILE, "dataset": HOSTILE, "batch_size": "32"},
        seed=seed,
        status="done",
        ranks_by="accuracy",
        data=data,
        runs=[(0.5 + seed / 4,), (1,), (100.0, 125.0), (2.5,), (HOSTILE,)],
        conditions=CONDITIONS,
        started=f"2030-01-0{seed + 1}T00:00:00+00:00",
        seconds=1.5,
        machine={"id": HOSTILE, "threads": 2},
        software={"python": HOSTILE},
        commit={"commit": HOSTILE, "dirty": True},
    )


def _failure(columns: int) -> dict[str, Any]:
    """Return how a cell that failed differs from one that is done."""
    return {
        "id": "f" * 16,
        "seed": 2,
        "status": "failed",
        "reason": HOSTILE,
        "runs": [()] * columns,
        "conditions": {},
    }
