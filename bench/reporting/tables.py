"""The tables: a row for the cells that differ only in their seed, with means and spreads over these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np
import pandas as pd

from ..records.conditions import USED, device_kind, machine_of
from ..records.record import Record, Value
from .rows import RANKING_SPLITS, Row, Standings
from .runs import Runs, busy_runs, measured
from .text import plain

SPREAD = " std"
"""What the column with the standard deviation over seeds has after the name of its mean."""

RUN_SPREAD = " run std"
"""The same for the standard deviation between runs of the same cell."""

Line = tuple[int, Runs]
"""A row's number, and what was measured of one of its cells."""

SIDE_BY_SIDE = (
    "train_samples_per_s",
    "encode_samples_per_s",
    "encode_cached",
    "evaluate_samples_per_s",
    "latency_ms_p50",
    "train_peak_mib",
    "encode_peak_mib",
    "evaluate_peak_mib",
    "train_gpu_allocated_mib",
    "evaluate_gpu_allocated_mib",
    "parameters_total",
    "parameters_trainable",
    "forward_gflops",
)
"""The resources that most people ask for: first in their tables, and beside quality in the summary."""


def all_tables(standings: Standings) -> dict[str, pd.DataFrame]:
    """Return `accuracy`, a table for each kind of resource in the records, and `summary`."""
    names = dict.fromkeys(name for record in standings.records for name in record.resources)
    return {
        "accuracy": accuracy(standings),
        **{name: resource(standings, name) for name in names if name not in ("accuracy", "summary")},
        "summary": summary(standings),
    }


def accuracy(standings: Standings) -> pd.DataFrame:
    """Return quality by split: primary metrics first, each with its standard deviation over seeds."""
    found = standings.quality
    lines = _lines(found, _quality)
    return _table(found, _figures(found, lines, _quality_columns(found, set(_seen(lines)))))


def resource(standings: Standings, name: str) -> pd.DataFrame:
    """Return the resources in one of the records' tables. Machines and devices are never averaged."""
    found = standings.resources
    lines = _lines(found, lambda record: measured(record, name))
    return _table(found, _figures(found, lines, sorted(_seen(lines), key=_importance)), places=True)


def summary(standings: Standings) -> pd.DataFrame:
    """Return the primary metrics and the resources that most people ask for, side by side."""
    found = standings.resources
    lines = _lines(found, _all)
    primaries = dict.fromkeys(record.primary for row in found for record in row.done)
    quality = [f"{split} {metric}" for metric in primaries for split in RANKING_SPLITS]
    seen = set(_seen(lines))
    columns = [name for name in (*quality, *SIDE_BY_SIDE) if name in seen]
    return _table(found, _figures(found, lines, columns), places=True)


def _importance(column: str) -> int:
    return SIDE_BY_SIDE.index(column) if column in SIDE_BY_SIDE else len(SIDE_BY_SIDE)


def _quality(record: Record) -> Runs:
    return {
        f"{split} {metric}": [value]
        for split, metrics in record.quality.items()
        for metric, value in metrics.items()
    }


def _all(record: Record) -> Runs:
    resources = {name: runs for table in record.resources for name, runs in measured(record, table).items()}
    return {**resources, **_quality(record)}


def _quality_columns(found: Sequence[Row], seen: Set[str]) -> list[str]:
    """Return the columns metric by metric, primary ones first, and by split, test first."""
    done = [record for row in found for record in row.done]
    splits = dict.fromkeys([*RANKING_SPLITS, *(split for record in done for split in record.quality)])
    metrics = dict.fromkeys(record.primary for record in done)
    for record in done:
        for figures in record.quality.values():
            metrics |= dict.fromkeys(figures)
    return [name for metric in metrics for split in splits if (name := f"{split} {metric}") in seen]


def _lines(found: Sequence[Row], values: Callable[[Record], Runs]) -> list[Line]:
    return [(number, values(record)) for number, row in enumerate(found) for record in row.done]


def _seen(lines: Sequence[Line]) -> list[str]:
    """Return the columns that records fill, in the order in which they first occur."""
    return list(dict.fromkeys(name for _, runs in lines for name in runs))


def _table(found: Sequence[Row], figures: pd.DataFrame, *, places: bool = False) -> pd.DataFrame:
    """Put what rows are called and how they ended around their figures."""
    axes = dict.fromkeys(axis for row in found for axis in row.labels)
    before: dict[str, list[Any]] = {axis: [row.labels.get(axis) for row in found] for axis in axes}
    if any(row.settings for row in found):
        before["settings"] = [row.settings or None for row in found]
    if places:
        before |= _places(found)
    before["status"] = [row.status for row in found]
    before["seeds"] = [len(row.done) for row in found]
    if places:
        before |= _runs(found)
    after = {"reason": [row.reason or None for row in found]}
    # A meter may have called a column `device`.
    figures = figures.rename(columns={name: f"{name} (measured)" for name in (*before, *after)})
    return pd.concat([_frame(before), figures, _frame(after)], axis=1)


def _places(found: Sequence[Row]) -> dict[str, list[Any]]:
    """Return where and how rows were measured, where that is not the same for all and no axis says it."""
    axes = {axis for row in found for axis in row.labels}
    circumstances = [_circumstances(row.done[0]) if row.done else {} for row in found]
    names = [name for name in ("machine", "device", *USED) if name not in axes]
    return {
        name: [told.get(name) for told in circumstances]
        for name in names
        if len({told.get(name) for told in circumstances if told}) > 1
    }


def _circumstances(record: Record) -> dict[str, Value]:
    used = {name: record.effective.get(name) for name in USED}
    told = {"machine": _machine(record), "device": _device(record), **used}
    return {name: plain(value) if isinstance(value, str) else value for name, value in told.items()}


def _runs(found: Sequence[Row]) -> dict[str, list[Any]]:
    """Return on how many runs speeds rest, if on several, and in how many the machine was busy, if it was."""
    runs = [sum(record.runs for record in row.done) for row in found]
    busy = [sum(map(busy_runs, row.done)) for row in found]
    repeated = runs != [len(row.done) for row in found]
    return {**({"runs": runs} if repeated else {}), **({"busy": busy} if any(busy) else {})}


def _machine(record: Record) -> str:
    processor = record.machine.get("processor")
    return f"{machine_of(record)} ({processor})" if processor else machine_of(record)


def _device(record: Record) -> str:
    return f"{device_kind(record)} ({record.effective.get('device_name')})"


def _frame(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Return columns as they are: pandas would guess types, and make NaN of None."""
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype="int64" if name == "seeds" else "object")
            for name, values in columns.items()
        }
    )


def _figures(found: Sequence[Row], lines: Sequence[Line], columns: Iterable[str]) -> pd.DataFrame:
    """Return a line a row: mean and standard deviations of numbers, and texts where they agree."""
    index = pd.RangeIndex(len(found))
    done: dict[str, pd.Series[Any]] = {}
    for name in columns:
        column = [(row, runs) for row, item in lines if (runs := item.get(name))]
        kinds = {type(value) for _, runs in column for value in runs}
        if kinds and kinds <= {int, float}:
            done |= {plain(name) + end: figures for end, figures in _statistics(column, index, kinds).items()}
        else:
            said: dict[int, list[Value]] = {}
            for row, runs in column:
                said.setdefault(row, []).extend(runs)
            done[plain(name)] = pd.Series([_agreed(said.get(row, [])) for row in index], dtype="object")
    return pd.DataFrame(done, index=index)


def _statistics(
    column: Sequence[tuple[int, list[Any]]], index: pd.RangeIndex, kinds: set[type]
) -> dict[str, pd.Series[Any]]:
    """Return the mean over cells, each the mean of its runs, and the deviations over seeds and between runs.

    Between runs it is pooled over the row's cells: the root of all squares over all degrees of freedom.
    """
    rows = np.asarray([row for row, _ in column])
    means = [sum(runs) / len(runs) for _, runs in column]
    groups = pd.Series(means, dtype="float64").groupby(rows)
    mean, spread = groups.mean().reindex(index), groups.std(ddof=1).reindex(index)
    found = {"": _as_counts(mean) if kinds == {int} else mean}
    if (spread > 0).any():
        found[SPREAD] = spread
    if any(len(runs) > 1 for _, runs in column):
        squares = [
            sum((value - center) ** 2 for value in runs)
            for (_, runs), center in zip(column, means, strict=True)
        ]
        freedom = [len(runs) - 1 for _, runs in column]
        sums = pd.DataFrame({"squares": squares, "freedom": freedom}).groupby(rows).sum()
        variance = sums.squares / sums.freedom.where(sums.freedom > 0)
        found[RUN_SPREAD] = (variance**0.5).reindex(index)
    return found


def _as_counts(means: pd.Series[Any]) -> pd.Series[Any]:
    """Return means of counts as whole numbers, if they are."""
    return means.astype("Int64") if (means.dropna() % 1 == 0).all() else means


def _agreed(values: Iterable[Value]) -> Value:
    """Return what all seeds say, or all that they say."""
    said = list(dict.fromkeys(plain(value) if isinstance(value, str) else value for value in values))
    said = [value for value in said if value is not None]
    return "/".join(map(str, said)) if len(said) > 1 else next(iter(said), None)
