"""JSON as pytest-benchmark saves it, so that `pytest-benchmark compare` and what reads its files read it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ...api import Column, ExportedCell, Exporter, Sheet, Value
from ...errors import BenchError
from ...hookspecs import hookimpl
from ...toolkit.rendering import file_stem
from ...toolkit.strict_json import to_json

LAYOUT = "5.0.0"
"""The version of pytest-benchmark whose layout this is."""

SECONDS = {"s": 1.0, "ms": 1e-3}
"""Units of time, in seconds."""

RATE = "samples/s"

Cells = Sequence[ExportedCell]


class PytestBenchmark(Exporter):
    """Speeds for `pytest-benchmark compare`: seconds a sample; rounds are seeds and repeated runs."""

    name: ClassVar[str] = "pytest-benchmark"

    def export(self, sheet: Sheet) -> Mapping[str, bytes]:
        """Return a document for each machine.

        Raises BenchError if no cell has measured a time or a speed.
        """
        machines: dict[Value, list[ExportedCell]] = {}
        for cell in sheet.cells:
            if cell.status == "done":
                machines.setdefault(cell.conditions.get("machine"), []).append(cell)
        found = {machine: list(_benchmarks(sheet, cells)) for machine, cells in machines.items()}
        if not any(found.values()):
            raise BenchError("no cell has measured a time or a speed")
        return {
            _file(machine, alone=len(found) == 1): _json(machines[machine], benchmarks)
            for machine, benchmarks in found.items()
        }


def _file(machine: Value, *, alone: bool) -> str:
    return "benchmark.json" if alone else f"benchmark-{file_stem(str(machine))}.json"


def _json(cells: Cells, benchmarks: Sequence[Mapping[str, Any]]) -> bytes:
    last = max(cells, key=lambda cell: cell.started)
    document = {
        "machine_info": {**last.machine, "software": dict(last.software)},
        "commit_info": dict(last.commit),
        "benchmarks": benchmarks,
        "datetime": last.started,
        "version": LAYOUT,
    }
    return (to_json(document, indent=4) + "\n").encode()


def _benchmarks(sheet: Sheet, cells: Cells) -> Iterator[dict[str, Any]]:
    """Give a benchmark for each of the main times, and all cells of a row that were measured alike."""
    rows = list(_alike(cells))
    for at, column in enumerate(sheet.columns):
        if column.figure.headline and _is_time(column):
            for title, row in rows:
                fresh = [cell for cell in row if not _is_cached(sheet, cell, column)]
                times = [time for cell in fresh for time in _times(column, cell.runs[at])]
                if times:
                    yield _benchmark(column, title, fresh, times)


def _alike(cells: Cells) -> Iterator[tuple[str, Cells]]:
    """Give the cells that differ only in their seed and were measured alike, and what they are called."""
    rows: dict[str, dict[tuple[tuple[str, Value], ...], list[ExportedCell]]] = {}
    for cell in cells:
        rows.setdefault(cell.row, {}).setdefault(tuple(cell.conditions.items()), []).append(cell)
    for row in rows.values():
        for conditions, alike in row.items():
            differing = [
                f"{name} {value}" for name, value in conditions if any((name, value) not in c for c in row)
            ]
            yield " · ".join([*alike[0].labels.values(), *differing]), alike


def _is_time(column: Column) -> bool:
    return column.figure.unit in SECONDS or column.figure.unit == RATE


def _is_cached(sheet: Sheet, cell: ExportedCell, column: Column) -> bool:
    """Tell whether what a cell has of a phase was measured by an earlier one, and found in the cache."""
    return any(
        other.figure.role == "cached" and other.phase == column.phase and bool(cell.value(at))
        for at, other in enumerate(sheet.columns)
    )


def _times(column: Column, runs: Sequence[Value]) -> Iterator[float]:
    """Give the seconds of each run; of a rate those of a sample."""
    for run in runs:
        if isinstance(run, int | float) and run > 0:
            yield 1 / run if column.figure.unit == RATE else run * SECONDS[column.figure.unit]


def _benchmark(column: Column, title: str, row: Cells, times: Sequence[float]) -> dict[str, Any]:
    first = row[0]
    name = f"{column.title}[{title}]"
    return {
        "group": f"{first.data.title}: {column.title}",
        "name": name,
        "fullname": f"{first.suite}::{name}",
        "params": dict(first.labels),
        "param": None,
        "extra_info": {**first.conditions, "seeds": sorted({cell.seed for cell in row})},
        "options": {},
        "stats": _stats(times),
    }


def _stats(times: Sequence[float]) -> dict[str, Any]:
    mean = statistics.fmean(times)
    deviation = statistics.stdev(times) if len(times) > 1 else 0.0
    q1, median, q3 = statistics.quantiles(times, method="inclusive") if len(times) > 1 else [times[0]] * 3
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    strays = sum(abs(time - mean) > deviation for time in times)
    outliers = sum(not low <= time <= high for time in times)
    return {
        "min": min(times),
        "max": max(times),
        "mean": mean,
        "stddev": deviation,
        "rounds": len(times),
        "median": median,
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": outliers,
        "stddev_outliers": strays,
        "outliers": f"{strays};{outliers}",
        "ld15iqr": min(time for time in times if time >= low),
        "hd15iqr": max(time for time in times if time <= high),
        "ops": 1 / mean,
        "total": sum(times),
        "data": list(times),
        "iterations": 1,
    }


@hookimpl
def bench_exporters() -> list[type[Exporter]]:
    """Return the format."""
    return [PytestBenchmark]
