"""Which records make one row of a table: the cells that differ only in their seed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any

from ..records.conditions import USED, Condition, quality_condition, resource_condition
from ..records.record import Record
from .text import plain

RANKING_SPLITS = ("test", "val")
"""Rows are ranked on the first of these that they report on."""


@dataclass(frozen=True)
class Row:
    """Cells that differ only in their seed: those that are done, and those that are not.

    `settings` says how the row differs from others with the same labels; empty if there are none.
    """

    labels: Mapping[str, str]
    done: Sequence[Record]
    rest: Sequence[Record]
    settings: str = ""

    @property
    def records(self) -> Sequence[Record]:
        """All records of the row."""
        return [*self.done, *self.rest]

    @property
    def title(self) -> str:
        """What sentences call the row, without its data set."""
        names = [name for axis, name in self.labels.items() if axis != "dataset"]
        return " · ".join([*names, *([self.settings] if self.settings else [])])

    @property
    def dataset(self) -> str:
        """The data set's label."""
        return self.labels.get("dataset", "")

    @property
    def status(self) -> str:
        """`done`, `done 2 of 3`, `failed` or `skipped`."""
        if self.done:
            return f"done {len(self.done)} of {len(self.records)}" if self.rest else "done"
        return "failed" if any(record.status == "failed" for record in self.rest) else "skipped"

    @property
    def reason(self) -> str:
        """Why seeds are missing; which seeds, if the others are done or ended otherwise."""
        seeds_by_reason: dict[str, list[int]] = {}
        for record in self.rest:
            seeds_by_reason.setdefault(plain(record.reason or "no reason given"), []).append(record.seed)
        if len(seeds_by_reason) == 1 and not self.done:
            return next(iter(seeds_by_reason))
        return "; ".join(
            f"seed {', '.join(map(str, sorted(seeds)))}: {reason}"
            for reason, seeds in seeds_by_reason.items()
        )

    @cached_property
    def score(self) -> Score | None:
        """The figure that ranks the row; None where nothing was measured."""
        for split in RANKING_SPLITS:
            values = [
                record.quality[split][record.primary]
                for record in self.done
                if record.primary in record.quality.get(split, {})
            ]
            if values:
                first, mean = self.done[0], sum(values) / len(values)
                spread = _deviation(values, mean) if len(values) > 1 else None
                return Score(split, first.primary, mean, spread, len(values), first.higher_is_better)
        return None


@dataclass(frozen=True)
class Score:
    """The primary metric on the ranking split: mean, and standard deviation over seeds if there are more."""

    split: str
    metric: str
    mean: float
    spread: float | None
    seeds: int
    higher_is_better: bool

    @property
    def rank(self) -> float:
        """A number that is lower the better the score is."""
        return -self.mean if self.higher_is_better else self.mean


def _deviation(values: Sequence[float], mean: float) -> float:
    """Return the standard deviation of a sample."""
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


class Standings:
    """Records in rows, in order: by data set, the best first, those that are not done last.

    `quality` averages over all seeds that were computed alike, `resources` only over those that were
    measured on the same kind of machine and device.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        groups: dict[str, list[Record]] = {}
        for record in sorted(records, key=lambda record: record.seed):
            groups.setdefault(_key(record), []).append(record)
        self.quality = _rows(groups.values(), quality_condition)
        self.resources = _rows(groups.values(), resource_condition)


def _rows(groups: Iterable[list[Record]], condition: Callable[[Record], Condition]) -> list[Row]:
    found = [row for group in groups for row in _split(group, condition)]
    return sorted(_tell_apart(found), key=_order)


def _key(record: Record) -> str:
    """Return the one text of all that makes a cell, but its seed and those of the cells it starts from."""
    identity = {**record.identity, "seed": None, "parent": _without_seeds(record.cell.get("parent"))}
    return json.dumps([record.labels, identity], sort_keys=True)


def _without_seeds(parent: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if parent is None:
        return None
    return {**parent, "seed": None, "parent": _without_seeds(parent.get("parent"))}


def _split(group: list[Record], condition: Callable[[Record], Condition]) -> Iterator[Row]:
    """Cut a group where it was not computed under one condition."""
    labels = {plain(axis): plain(name) for axis, name in group[0].labels.items()}
    rest = [record for record in group if record.status != "done"]
    done: dict[Condition, list[Record]] = {}
    for record in group:
        if record.status == "done":
            done.setdefault(condition(record), []).append(record)
    if len(done) <= 1:
        yield Row(labels, next(iter(done.values()), []), rest)
        return
    for part in done.values():
        yield Row(labels, part, [])
    if rest:
        yield Row(labels, [], rest)


def _tell_apart(found: list[Row]) -> list[Row]:
    """Give rows with the same labels the settings in which they differ."""
    alike: dict[tuple[tuple[str, str], ...], list[Row]] = {}
    for row in found:
        alike.setdefault(tuple(sorted(row.labels.items())), []).append(row)
    return [row for group in alike.values() for row in _with_settings(group)]


def _with_settings(group: list[Row]) -> list[Row]:
    if len(group) == 1:
        return group
    flat = [dict(_flatten("", _settings(row))) for row in group]
    keys = sorted({key for item in flat for key in item})
    differing = [key for key in keys if len({item.get(key) for item in flat}) > 1]
    return [
        Row(
            row.labels,
            row.done,
            row.rest,
            ", ".join(f"{key}={item[key]}" for key in differing if key in item),
        )
        for row, item in zip(group, flat, strict=True)
    ]


def _settings(row: Row) -> dict[str, Any]:
    record = row.records[0]
    identity = {key: value for key, value in record.identity.items() if key not in ("seed", "parent")}
    used = {key: record.effective.get(key) for key in USED}
    parent = {"parent": _without_seeds(record.cell["parent"])} if record.cell.get("parent") else {}
    return {**identity, **parent, **({"used": used} if row.done else {})}


def _flatten(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(f"{prefix}.{key}" if prefix else key, inner)
    else:
        yield plain(prefix), plain(value if isinstance(value, str) else json.dumps(value))


def _order(row: Row) -> tuple[Any, ...]:
    score = row.score
    group = 0 if row.done else 1 if row.status == "failed" else 2
    # Only figures of one metric on one split can be compared.
    rank = (RANKING_SPLITS.index(score.split), score.metric, score.rank) if score else ()
    return (row.dataset, group, score is None, rank, tuple(row.labels.values()), row.settings)
