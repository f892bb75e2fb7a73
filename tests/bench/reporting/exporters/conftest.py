"""Sheets to export."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from bench import Sheet
from bench.records.record import Record
from bench.reporting.sheet import make_sheet

HOSTILE = "=x | <script>alert(1)</script> 'y': {z} \\ - & \n---\n# no"


IDENTITY = {
    "dataset": {"name": "csv", "fingerprint": "0a1b2c3d" * 8},
    "task": {"name": "image-classification"},
}


def accuracies(record: Callable[..., Record], backbone: str, values: Sequence[float]) -> list[Record]:
    """Cells of one row, a seed each, with an accuracy each on test and on val, and a speed."""
    return [
        record(
            backbone,
            seed=seed,
            quality={"test": {"accuracy": value, "loss": 1 / 3}, "val": {"accuracy": value / 2}},
            resources={
                "throughput": {"train": {"samples_per_s": 100.0 + seed}, "": {"latency_ms": 2.5}},
                "memory": {"": {"method": "PSS", "parameters": 7 * 10**9}},
            },
            data={"examples": {"train": 90, "val": 10, "test": 20}, "classes": 3, "licence": "CC BY 4.0"},
            identity=IDENTITY,
        )
        for seed, value in enumerate(values)
    ]


@pytest.fixture
def records(record: Callable[..., Record]) -> list[Record]:
    """Two rows of three and two seeds, and a cell of a hostile name that failed."""
    return [
        *accuracies(record, "resnet", (0.5, 0.6, 0.75)),
        *accuracies(record, HOSTILE, (0.25, 0.5)),
        record(HOSTILE, "evaluate", reason=HOSTILE, identity=IDENTITY),
    ]


@pytest.fixture
def sheet(records: list[Record]) -> Sheet:
    return make_sheet(records)
