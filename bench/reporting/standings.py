"""Which records stand together in a row, the cells that differ only in their seed, and in which order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from ..records.conditions import USED, Condition, quality_condition, resource_condition
from ..records.record import QUALITY, Facts, Record
from ..toolkit.rendering import plain
from .averages import deviation, mean
from .facts import UNKNOWN, Catalogue
from .runs import busy_runs

RANKING_SPLITS = ("test", "val")
"""Rows are ranked on the first of these that they report on."""


ENCODING = "encode"
"""The phase in which features are made that training and evaluation then rest on."""


@dataclass(frozen=True)
class Replicates:
    """Cells that differ only in their seed: those that are done, and those that are not.

    `settings` says how they differ from others with the same labels; empty if there are none.
    """

    labels: Mapping[str, str]
    done: Sequence[Record]
    rest: Sequence[Record]
    settings: str = ""

    @property
    def records(self) -> Sequence[Record]:
        """All records."""
        return [*self.done, *self.rest]

    @property
    def title(self) -> str:
        """What verdicts call them, without their data set."""
        names = [name for axis, name in self.labels.items() if axis != "dataset"]
        return " · ".join([*names, *([self.settings] if self.settings else [])])

    @property
    def dataset(self) -> str:
        """The data set's label."""
        return self.labels.get("dataset", "")

    @property
    def objective(self) -> str:
        """The objective's label."""
        return self.labels.get("objective", "")

    @property
    def status(self) -> Literal["done", "failed", "skipped"]:
        """How they ended; `done` if any of them is."""
        if self.done:
            return "done"
        return "failed" if any(record.status == "failed" for record in self.rest) else "skipped"

    @property
    def encoded(self) -> bool:
        """Whether they train and evaluate on features that were encoded beforehand."""
        return any(ENCODING in phases for record in self.done for phases in record.resources.values())

    @property
    def reasons(self) -> dict[str, list[int]]:
        """Why some are not done: seeds by reason."""
        found: dict[str, list[int]] = {}
        for record in self.rest:
            found.setdefault(plain(record.reason or "no reason given"), []).append(record.seed)
        return found

    def scored(self, split: str, metric: str) -> list[Record]:
        """Return the records that hold a metric on a split."""
        return [record for record in self.done if metric in record.quality.get(split, {})]

    def values(self, split: str, metric: str) -> list[float]:
        """Return what these hold."""
        return [record.quality[split][metric] for record in self.scored(split, metric)]

    @cached_property
    def score(self) -> Score | None:
        """The figure that ranks them; None where nothing was measured."""
        for split in RANKING_SPLITS:
            metric = self.done[0].primary if self.done else ""
            if values := self.values(split, metric):
                facts = self.done[0].figures.get(QUALITY, {}).get(metric, UNKNOWN)
                return Score(split, metric, facts, mean(values), deviation(values), len(values))
        return None


@dataclass(frozen=True)
class Score:
    """The primary metric on the ranking split: mean, and standard deviation over seeds if there are more."""

    split: str
    metric: str
    facts: Facts
    mean: float
    spread: float | None
    seeds: int

    @property
    def rank(self) -> float:
        """A number that is lower the better the score is."""
        return self.mean if self.facts.better == "lower" else -self.mean


class Standings:
    """Records in rows, in order: by data set, the best first, those that are not done last.

    `quality` averages over all seeds that were computed alike, `resources` only over those that were
    measured on the same kind of machine and device.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self.figures = Catalogue(records)
        groups: dict[str, list[Record]] = {}
        for record in sorted(records, key=lambda record: record.seed):
            groups.setdefault(record.row, []).append(record)
        self.quality = _rows(groups.values(), quality_condition)
        self.resources = _rows(groups.values(), resource_condition)

    @cached_property
    def busy(self) -> dict[str, int]:
        """In how many runs of each cell the machine was busy with something else, by its id."""
        telling = self.figures.playing("disturbance")
        return {record.id: busy_runs(record, telling) for record in self.records}


def _rows(groups: Iterable[list[Record]], condition: Callable[[Record], Condition]) -> list[Replicates]:
    found = [row for group in groups for row in _split(group, condition)]
    return sorted(_tell_apart(found), key=_order)


def _without_seeds(parent: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if parent is None:
        return None
    return {**parent, "seed": None, "parent": _without_seeds(parent.get("parent"))}


def _split(group: list[Record], condition: Callable[[Record], Condition]) -> Iterator[Replicates]:
    """Cut a group where it was not computed under one condition."""
    labels = {plain(axis): plain(name) for axis, name in group[0].labels.items()}
    rest = [record for record in group if record.status != "done"]
    done: dict[Condition, list[Record]] = {}
    for record in group:
        if record.status == "done":
            done.setdefault(condition(record), []).append(record)
    if len(done) <= 1:
        yield Replicates(labels, next(iter(done.values()), []), rest)
        return
    for part in done.values():
        yield Replicates(labels, part, [])
    if rest:
        yield Replicates(labels, [], rest)


def _tell_apart(found: list[Replicates]) -> list[Replicates]:
    """Give rows with the same labels the settings in which they differ."""
    alike: dict[tuple[tuple[str, str], ...], list[Replicates]] = {}
    for row in found:
        alike.setdefault(tuple(sorted(row.labels.items())), []).append(row)
    return [row for group in alike.values() for row in _with_settings(group)]


def _with_settings(group: list[Replicates]) -> list[Replicates]:
    if len(group) == 1:
        return group
    flat = [dict(_flatten("", _settings(row))) for row in group]
    keys = sorted({key for item in flat for key in item})
    differing = [key for key in keys if len({item.get(key) for item in flat}) > 1]
    return [
        replace(row, settings=", ".join(f"{key}={item[key]}" for key in differing if key in item))
        for row, item in zip(group, flat, strict=True)
    ]


def _settings(row: Replicates) -> dict[str, Any]:
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


def _order(row: Replicates) -> tuple[Any, ...]:
    score = row.score
    group = 0 if row.done else 1 if row.status == "failed" else 2
    # Only figures of one metric on one split can be compared.
    rank = (RANKING_SPLITS.index(score.split), score.metric, score.rank) if score else ()
    return (row.dataset, group, score is None, rank, tuple(row.labels.values()), row.settings)
