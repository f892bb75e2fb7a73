"""The reader's answer: what is best for each data set, and what is fastest under which conditions."""

from __future__ import annotations

from collections.abc import Sequence

from ..api import HOUSEKEEPING, Contender, Value, Verdict
from ..records.conditions import USED, Condition, device_kind, machine_of, resource_condition
from ..records.record import Record
from ..toolkit.rendering import plain
from .averages import deviation, mean
from .runs import Key, rates
from .standings import Replicates, Score, Standings
from .tables import column_of, in_order

ENCODING = "encode"
"""The phase in which features are made that training and evaluation then rest on."""


def verdicts(standings: Standings) -> list[Verdict]:
    """Return a verdict for each data set and metric that ranks on it."""
    ranked: dict[tuple[str, str, str], list[tuple[Replicates, Score]]] = {}
    for row in standings.quality:
        if row.score is not None:
            # Only figures of one metric on one split can be compared.
            key = (row.dataset, row.score.split, row.score.metric)
            ranked.setdefault(key, []).append((row, row.score))
    return [
        Verdict(
            dataset,
            column_of(found[0][1].facts, metric, split=split),
            [Contender(row.title, score.mean, score.spread, score.seeds) for row, score in found],
            over="seeds",
        )
        for (dataset, split, metric), found in ranked.items()
    ]


def fastest(standings: Standings) -> list[Verdict]:
    """Return a verdict for each data set, phase and all conditions, by the speeds that are headlines.

    What trains and evaluates on features that were encoded beforehand is compared with its like only.
    Speeds found in the cache do not count. The spread is over seeds and runs.
    """
    groups: dict[tuple[str, bool, Condition], list[Replicates]] = {}
    for row in standings.resources:
        if row.done:
            key = (row.dataset, _encodes(row), resource_condition(row.done[0]))
            groups.setdefault(key, []).append(row)
    return [
        Verdict(
            dataset,
            column_of(standings.figures.facts(table, name), name, phase=phase),
            contenders,
            over="runs",
            conditions=_conditions(rows[0].done[0]),
            encoded=encoded,
        )
        for (dataset, encoded, _), rows in groups.items()
        for table, name in standings.figures.speeds()
        for phase in _phases(rows, table)
        if (contenders := _ranked(standings, rows, table, (phase, name)))
    ]


def _phases(rows: Sequence[Replicates], table: str) -> list[str]:
    """Return the phases of which a table holds figures, but for housekeeping."""
    readings = [record.resources.get(table, {}) for row in rows for record in row.done]
    phases = dict.fromkeys(phase for reading in readings for phase in reading)
    return sorted((phase for phase in phases if phase not in HOUSEKEEPING), key=in_order)


def _ranked(standings: Standings, rows: Sequence[Replicates], table: str, key: Key) -> list[Contender]:
    cached = standings.figures.playing("cached").get(table, [])
    found = []
    for row in rows:
        by_cell = [runs for record in row.done if (runs := rates(record, table, key, cached))]
        if by_cell:
            every = [rate for runs in by_cell for rate in runs]
            average = mean(list(map(mean, by_cell)))
            busy = sum(standings.busy[record.id] for record in row.done)
            found.append(Contender(row.title, average, deviation(every), len(every), busy))
    return sorted(found, key=lambda contender: -contender.mean)


def _encodes(row: Replicates) -> bool:
    return any(ENCODING in phases for record in row.done for phases in record.resources.values())


def _conditions(record: Record) -> dict[str, Value]:
    used = {name: record.effective.get(name) for name in ("device_name", *USED)}
    found = {"machine": machine_of(record), "device": device_kind(record), **used}
    return {name: plain(value) if isinstance(value, str) else value for name, value in found.items()}
