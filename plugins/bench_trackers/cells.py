"""A cell in the words of trackers: flat settings, and figures under names with slashes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bench import CellInfo, DependencyError, Figure, Point

LONGEST = 100
"""Characters of a cell's title that a run is named by."""

PARTS = ("backbone", "objective", "dataset", "settings", "limits")


@contextmanager
def needed(extra: str) -> Iterator[None]:
    """Say of a package that cannot be imported within which extra brings it; raises DependencyError."""
    try:
        yield
    except ImportError as error:
        raise DependencyError(f"{error}; pip install 'transferbench[{extra}]'") from error


def run_name(cell: CellInfo) -> str:
    """Return what people know the cell by, and enough of its id to tell it from one with other settings."""
    return f"{cell.title[:LONGEST]} ({cell.id[:8]})"


def settings(cell: CellInfo) -> dict[str, str | int | float]:
    """Return labels, seed, and all settings that have a value, by names such as `objective.lr`."""
    found: dict[str, Any] = {"suite": cell.suite, "id": cell.id, "seed": cell.seed}
    found |= {f"label.{axis}": label for axis, label in cell.labels.items()}
    for part in PARTS:
        found |= {f"{part}.{name}": value for name, value in cell.spec[part].items()}
    return {
        name: value if isinstance(value, str | int | float) else json.dumps(value)
        for name, value in found.items()
        if value is not None
    }


def values(point: Point) -> dict[str, float]:
    """Return the values of a point: `train loss` is `train/loss`, so that trackers group them by split."""
    return {name.replace(" ", "/", 1): value for name, value in point.values.items()}


def finals(record: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures of a record that are numbers: `final/test/accuracy`, `memory/train_peak_mib`."""
    found = {
        f"final/{split}/{name}": value
        for split, metrics in record["quality"].items()
        for name, value in metrics.items()
    }
    for table, phases in record["resources"].items():
        for phase, figures in phases.items():
            found |= {f"{table}/{Figure(name).column(phase)}": value for name, value in figures.items()}
    return {name: float(value) for name, value in found.items() if _is_number(value)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def last_step(record: Mapping[str, Any]) -> int:
    """Return after how many steps of training the cell ended."""
    curve = record["curve"]
    return int(record["effective"].get("steps") or (curve[-1]["step"] if curve else 0))
