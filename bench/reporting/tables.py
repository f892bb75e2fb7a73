"""The tables: a row for the cells that differ only in their seed, with mean and spread over seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..records.conditions import device_kind, machine_of
from ..records.record import Record, Value
from .rows import RANKING_SPLITS, Row, Standings
from .text import plain

SPREAD = " std"
"""What the column with the standard deviation over seeds has after the name of its mean."""

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
    return _table(found, _figures(found, _quality, _quality_columns(found)))


def resource(standings: Standings, name: str) -> pd.DataFrame:
    """Return the resources in one of the records' tables. Machines and devices are never averaged."""
    found = standings.resources

    def values(record: Record) -> Mapping[str, Value]:
        return record.resources.get(name, {})

    columns = sorted(_seen(found, values), key=_importance)
    return _table(found, _figures(found, values, columns), places=True)


def summary(standings: Standings) -> pd.DataFrame:
    """Return the primary metrics and the resources that most people ask for, side by side."""
    found = standings.resources

    def values(record: Record) -> dict[str, Value]:
        resources = {name: value for table in record.resources.values() for name, value in table.items()}
        return {**resources, **_quality(record)}

    primaries = dict.fromkeys(record.primary for row in found for record in row.done)
    quality = [f"{split} {metric}" for metric in primaries for split in RANKING_SPLITS]
    seen = set(_seen(found, values))
    columns = [name for name in (*quality, *SIDE_BY_SIDE) if name in seen]
    return _table(found, _figures(found, values, columns), places=True)


def _importance(column: str) -> int:
    return SIDE_BY_SIDE.index(column) if column in SIDE_BY_SIDE else len(SIDE_BY_SIDE)


def _quality(record: Record) -> dict[str, Value]:
    return {
        f"{split} {metric}": value
        for split, metrics in record.quality.items()
        for metric, value in metrics.items()
    }


def _quality_columns(found: Sequence[Row]) -> list[str]:
    """Return the columns metric by metric, primary ones first, and by split, test first."""
    done = [record for row in found for record in row.done]
    splits = dict.fromkeys([*RANKING_SPLITS, *(split for record in done for split in record.quality)])
    metrics = dict.fromkeys(record.primary for record in done)
    for record in done:
        for figures in record.quality.values():
            metrics |= dict.fromkeys(figures)
    seen = set(_seen(found, _quality))
    return [name for metric in metrics for split in splits if (name := f"{split} {metric}") in seen]


def _seen(found: Sequence[Row], values: Callable[[Record], Mapping[str, Value]]) -> list[str]:
    """Return the columns that records fill, in the order in which they first occur."""
    return list(dict.fromkeys(name for row in found for record in row.done for name in values(record)))


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
    after = {"reason": [row.reason or None for row in found]}
    # A meter may have called a column `device`.
    figures = figures.rename(columns={name: f"{name} (measured)" for name in (*before, *after)})
    return pd.concat([_frame(before), figures, _frame(after)], axis=1)


def _places(found: Sequence[Row]) -> dict[str, list[Any]]:
    """Return where rows were measured, if that is not the same everywhere."""
    columns = {"machine": _machine, "device": _device}
    every = {
        name: [spell(row.done[0]) if row.done else None for row in found] for name, spell in columns.items()
    }
    return {name: places for name, places in every.items() if len(set(places) - {None}) > 1}


def _machine(record: Record) -> str:
    processor = record.machine.get("processor")
    return plain(f"{machine_of(record)} ({processor})" if processor else machine_of(record))


def _device(record: Record) -> str:
    return plain(f"{device_kind(record)} ({record.effective.get('device_name')})")


def _frame(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Return columns as they are: pandas would guess types, and make NaN of None."""
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype="int64" if name == "seeds" else "object")
            for name, values in columns.items()
        }
    )


def _figures(
    found: Sequence[Row], values: Callable[[Record], Mapping[str, Value]], columns: Iterable[str]
) -> pd.DataFrame:
    """Return a line a row: mean and standard deviation of numbers, and texts where they agree."""
    row_of = [number for number, row in enumerate(found) for _ in row.done]
    measured = [values(record) for row in found for record in row.done]
    lines = pd.RangeIndex(len(found))
    done: dict[str, pd.Series[Any]] = {}
    for name in columns:
        column = [reading.get(name) for reading in measured]
        kinds = {type(value) for value in column if value is not None}
        if kinds and kinds <= {int, float}:
            groups = pd.Series(column, dtype="float64").groupby(np.asarray(row_of))
            means, spread = groups.mean().reindex(lines), groups.std(ddof=1).reindex(lines)
            done[plain(name)] = _as_counts(means) if kinds == {int} else means
            if (spread > 0).any():
                done[plain(name) + SPREAD] = spread
        else:
            agreed = [_agreed([values(record).get(name) for record in row.done]) for row in found]
            done[plain(name)] = pd.Series(agreed, dtype="object")
    return pd.DataFrame(done, index=lines)


def _as_counts(means: pd.Series[Any]) -> pd.Series[Any]:
    """Return means of counts as whole numbers, if they are."""
    return means.astype("Int64") if (means.dropna() % 1 == 0).all() else means


def _agreed(values: Iterable[Value]) -> Value:
    """Return what all seeds say, or all that they say."""
    said = list(dict.fromkeys(plain(value) if isinstance(value, str) else value for value in values))
    said = [value for value in said if value is not None]
    return "/".join(map(str, said)) if len(said) > 1 else next(iter(said), None)
